/**
 * TransactionRun: WATCH and EXEC on their way, and commands that keep their client waiting. Main thread.
 *
 * The shards know which of a client's watched keys have changed; the client knows only on which shards and slots they are.
 * EXEC claims the slots of the watched keys and of those it writes, asks the shards, and then, as one step of the order,
 * has all commands sequenced. Without a watched key there is nothing to ask, and mostly nothing to claim. One that contains
 * a command of two hops has the server to itself until the last one is sequenced.
 *
 * The reply is a header and the replies of the commands, each in its own place of the client's queue.
 */
import type { ConnectionCall, Session, Transaction, Transactions } from '../commands/calls.js';
import type { Command } from '../commands/command.js';
import { integerOf } from '../commands/steps.js';
import {
  CHANGED,
  checkWatches,
  forgetWatches,
  guardTransaction,
  watchKeys,
} from '../commands/transactions/watch.js';
import { Argv, type Piece } from '../protocol/argv.js';
import type { ReplyWriter } from '../protocol/reply-writer.js';
import type { Holder } from '../router/gate.js';
import { Hop, unheard } from '../router/hop.js';
import type { PendingReply } from '../router/pending-reply.js';
import type { Router } from '../router/router.js';
import type { Reach } from '../router/slot-locks.js';
import type { Dispatcher } from './dispatcher.js';
import { Waiting } from './waiting.js';

/** A session as it is seen by who runs its commands. */
export interface Client extends Session {
  /** Set while it is blocked. */
  waiting: Waiting | null;
  /** What WATCH has left with the shards, null for nothing. */
  watched: Watched | null;
  /** Makes room in the reply queue for one more reply, which is not sent if it is `muted`. */
  expectReply(muted: boolean): PendingReply;
}

/** Where a client's watched keys are. */
export interface Watched {
  /** The command whose steps deal with them. */
  readonly command: Command;
  readonly slots: Set<number>;
  readonly shards: Set<number>;
}

export class TransactionRun implements Transactions {
  /** What the client's later commands have to wait for. */
  holder: Holder | null = null;

  private readonly dispatcher: Dispatcher;
  private readonly router: Router;
  private readonly call: ConnectionCall;
  private readonly client: Client;
  private readonly pending: PendingReply;
  /** Whether the client wants no reply; asked before the header is sent, since `pending` may be another's after that. */
  private readonly muted: boolean;
  /** Whether the client may be kept waiting. */
  private readonly mayBlock: boolean;

  constructor(
    dispatcher: Dispatcher,
    call: ConnectionCall,
    client: Client,
    pending: PendingReply,
    mayBlock: boolean,
  ) {
    this.mayBlock = mayBlock;
    this.dispatcher = dispatcher;
    this.router = dispatcher.router;
    this.call = call;
    this.client = client;
    this.pending = pending;
    this.muted = pending.muted;
  }

  reply(write: (reply: ReplyWriter) => void): void {
    this.dispatcher.replies.reply(this.pending, this.client.resp, write);
  }

  block(timeoutMs: number, write: (reply: ReplyWriter) => void): void {
    if (!this.mayBlock) {
      this.reply(write);
      return;
    }
    const { client } = this;
    const waiting = new Waiting((error) => {
      client.waiting = null;
      this.reply(error === null ? write : (reply) => reply.error(error));
    });
    client.waiting = waiting;
    this.holder = waiting;
    if (timeoutMs > 0) waiting.limit((end) => this.router.after(timeoutMs, end));
  }

  watch(): void {
    const { call, client, router } = this;
    const { argv, command } = call;
    client.watched ??= { command, slots: new Set(), shards: new Set() };
    const { shards, slots } = client.watched;
    router.collectSlots(command, argv, slots);
    const keysOfShard = new Map<number, Piece[]>();
    for (let key = 1; key < argv.count; key++) {
      const shard = router.shardOfArgument(argv, key);
      if (!keysOfShard.has(shard)) keysOfShard.set(shard, [idOf(client)]);
      keysOfShard.get(shard)!.push(argv.piece(key));
    }
    router.beginStep();
    for (const [shard, pieces] of keysOfShard) {
      shards.add(shard);
      router.sendTo(shard, command, watchKeys, Argv.of(pieces), client, unheard, 0);
    }
    // Nothing about it can fail, and whatever comes later comes later on the shards as well.
    this.reply((reply) => reply.ok());
    this.holder = router.fullLink;
  }

  exec(): void {
    this.start();
    // Nobody has to wait for it: then the client's next command waits for a shard that is full, as behind any other.
    this.holder ??= this.router.fullLink;
  }

  private start(): void {
    const { client, router } = this;
    const { transaction, watched } = client;
    client.transaction = null;
    if (transaction === null) {
      this.reply((reply) => reply.error('ERR EXEC without MULTI'));
      return;
    }
    if (transaction.failed) {
      client.unwatch();
      this.reply((reply) => reply.error('EXECABORT Transaction discarded because of previous errors.'));
      return;
    }
    // From here on they are this EXEC's: a client that goes away meanwhile does not take them along.
    client.watched = null;
    if (watched === null && router.isIdle && !transaction.commands.some(mayTakeTwoHops)) {
      this.run(transaction, () => {});
      return;
    }
    const reach = this.reachOf(transaction, watched);
    if (watched !== null && !router.isTaken(reach, true) && this.runOnOneShard(transaction, watched)) return;
    if (watched === null && reach !== 'exclusive' && !router.isTaken(reach, writes(transaction))) {
      this.run(transaction, () => {});
      return;
    }
    this.holder = router.reserve(reach, (done) => {
      if (watched === null) this.run(transaction, done);
      else this.check(transaction, watched, done);
    });
  }

  /**
   * Where all is on one shard, the check and the commands go there in one step, and the shard leaves the commands out if a
   * key has changed.
   * @returns false, and nothing is sent, where that is not so
   */
  private runOnOneShard({ argvs, commands }: Transaction, { command, shards }: Watched): boolean {
    const { client, dispatcher, router } = this;
    const [shard] = shards;
    const argv = new Argv();
    const isHere = (one: Command, i: number): boolean => {
      argvs.read(i, argv);
      return router.isFor(shard, one, argv) && dispatcher.acceptedCall(one, argv, client) !== null;
    };
    if (shards.size > 1 || !commands.every(isHere)) return false;
    router.beginStep();
    const words = [idOf(client), pieceOf(String(commands.length))];
    router.sendTo(shard, command, guardTransaction, Argv.of(words), client, this.pending, 0);
    for (const [i, one] of commands.entries()) {
      argvs.read(i, argv);
      const call = dispatcher.acceptedCall(one, argv, client)!;
      router.sendGuarded(shard, call, client.expectReply(this.muted));
      dispatcher.countCommand();
    }
    return true;
  }

  /** Asks the shards whether a watched key has changed; they forget them. */
  private check(transaction: Transaction, { command, shards }: Watched, done: () => void): void {
    const { client, router } = this;
    const hop = new Hop(shards.size, () => router.later(() => this.decide(transaction, hop, done)));
    router.beginStep();
    let part = 0;
    for (const shard of shards) {
      router.sendTo(shard, command, checkWatches, Argv.of([idOf(client)]), client, hop, part++);
    }
  }

  private decide(transaction: Transaction, hop: Hop, done: () => void): void {
    const answers = hop.found.map(integerOf);
    hop.release();
    const nowMs = this.router.beginStep();
    // An answer is 0, or the last millisecond of a watched key: what has expired since has changed.
    if (answers.some((answer) => answer === CHANGED || (answer !== 0 && answer < nowMs))) {
      this.reply((reply) => reply.nullArray());
      done();
      return;
    }
    this.run(transaction, done);
  }

  private run(transaction: Transaction, done: () => void): void {
    this.reply((reply) => reply.array(transaction.commands.length));
    this.runFrom(transaction, 0, done);
  }

  /** Goes on with the next command as soon as the one before it has its place; all but those of two hops have it at once. */
  private runFrom(transaction: Transaction, from: number, done: () => void): void {
    const { argvs, commands } = transaction;
    const argv = new Argv();
    for (let i = from; i < commands.length; i++) {
      argvs.read(i, argv);
      let returned = false;
      let sequenced = false;
      this.dispatcher.executeQueued(
        commands[i],
        argv,
        this.client,
        this.client.expectReply(this.muted),
        () => {
          sequenced = true;
          if (returned) this.runFrom(transaction, i + 1, done);
        },
      );
      returned = true;
      if (!sequenced) return;
    }
    done();
  }

  /** The slots that must not be written to by others between the check and the last command, and while that runs. */
  private reachOf({ argvs, commands }: Transaction, watched: Watched | null): Reach {
    const slots = new Set(watched?.slots);
    const argv = new Argv();
    let isWhole = false;
    for (const [i, command] of commands.entries()) {
      if (!command.writes) continue;
      argvs.read(i, argv);
      if (this.router.takesTwoHops(command, argv)) return 'exclusive';
      if (this.router.isForAllShards(command)) isWhole = true;
      else this.router.collectSlots(command, argv, slots);
    }
    return isWhole ? 'all' : [...slots];
  }
}

/** Has the shards forget what a client watches. */
export function unwatch(router: Router, client: Client): void {
  const { watched } = client;
  if (watched === null) return;
  client.watched = null;
  router.beginStep();
  for (const shard of watched.shards) {
    router.sendTo(shard, watched.command, forgetWatches, Argv.of([idOf(client)]), client, unheard, 0);
  }
}

/** Of those that write: one that only reads has its place at the first hop, like any other command. */
function mayTakeTwoHops({ execution, writes }: Command): boolean {
  return writes && execution.on === 'shard' && execution.hops === 2;
}

function writes({ commands }: Transaction): boolean {
  return commands.some((command) => command.writes);
}

/** How the shards know a client. */
function idOf({ id }: Client): Piece {
  return pieceOf(String(id));
}

function pieceOf(text: string): Piece {
  const bytes = Buffer.from(text, 'latin1');
  return { bytes, start: 0, end: bytes.length };
}
