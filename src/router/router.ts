/**
 * Router: the one sequencer. Every command gets its place in the server's one order here, when its parts are appended
 * to the batches of its shards, all in one step. Main thread.
 *
 * An epoch is what is appended between two flushes. It has one `now`, taken when it begins and never going back, so
 * all parts of a command see the same time. Invariant: no part of a command is appended before the last part of the
 * one before it; with one FIFO channel per shard that makes every one-hop command atomic.
 */
import type { Command, OnShard, ReplyPart } from '../commands/command.js';
import type { KeyRange } from '../commands/grammar.js';
import type { Argv } from '../protocol/argv.js';
import type { RespVersion } from '../protocol/reply-writer.js';
import type { Batch, BatchPort } from '../shard/batch.js';
import type { Clock } from './clock.js';
import { Gather } from './gather.js';
import type { LocalReplies } from './local-replies.js';
import type { PendingReply } from './pending-reply.js';
import { ShardLink, type Stamp } from './shard-link.js';
import { shardsBySlot, slotOf, slotRanges } from './slots.js';

/** What the router needs to know of the client whose command it is. */
export interface ClientState {
  readonly databaseIndex: number;
  readonly resp: RespVersion;
}

/** Which shards a command goes to, which arguments each gets, and the part that has each key, in the keys' order. */
interface Division {
  readonly links: readonly ShardLink[];
  readonly indices: readonly ArrayLike<number>[];
  readonly order: ArrayLike<number>;
}

/** Writes the reply of a command whose declaration has its own join, from its parts. */
export type RunJoin = (parts: readonly ReplyPart[]) => void;

export interface RouterEnvironment {
  readonly clock: Clock;
  readonly replies: LocalReplies;
  /** Asks for flush() to be called when the turn sends, at its end or before. */
  readonly requestFlush: () => void;
}

export class Router {
  readonly links: readonly ShardLink[];
  readonly slotRanges: readonly (readonly [first: number, last: number])[];

  private readonly environment: RouterEnvironment;
  private readonly shardOfSlot: Uint16Array;
  /** What the command being appended is stamped with. Doubles, since 32 bits wrap in half an hour. */
  private readonly stamp = { nowMs: 0, epoch: 0, sequence: 0 };
  private inEpoch = false;

  constructor(ports: readonly BatchPort[], environment: RouterEnvironment) {
    this.environment = environment;
    this.links = ports.map((port, index) => new ShardLink(index, port));
    this.shardOfSlot = shardsBySlot(ports.length);
    this.slotRanges = slotRanges(ports.length);
  }

  /** How many commands have been sequenced. */
  get sequenced(): number {
    return this.stamp.sequence;
  }

  /** The sequenced clock: Unix time in milliseconds, in step with what the shards see. */
  currentMs(): number {
    const { stamp } = this;
    if (!this.inEpoch) stamp.nowMs = Math.max(stamp.nowMs, this.environment.clock.nowMs());
    return stamp.nowMs;
  }

  /**
   * Sequences a command that was checked already; its reply will fill `pending`. `prepareJoin` is called if the
   * declaration's own join will be needed, while argv is still valid.
   * @returns a link that is full now, so that whoever feeds it stops, or null
   */
  submit(
    command: Command,
    execution: OnShard,
    argv: Argv,
    client: ClientState,
    pending: PendingReply,
    prepareJoin: () => RunJoin,
  ): ShardLink | null {
    const stamp = this.openEpoch();
    this.stamp.sequence++;
    if (execution.request === 'all_shards') {
      return this.submitParts(command, execution, argv, client, pending, this.divideToAll(argv), prepareJoin);
    }
    const keys = command.grammar.keys!;
    const first = this.shardOf(argv, keys.first);
    const last = keys.last < 0 ? argv.count + keys.last : keys.last;
    for (let i = keys.first + keys.step; i <= last; i += keys.step) {
      if (this.shardOf(argv, i) !== first) {
        return this.submitParts(
          command,
          execution,
          argv,
          client,
          pending,
          this.divideByKey(argv, keys),
          prepareJoin,
        );
      }
    }
    const link = this.links[first];
    link.send(command.index, argv, client.databaseIndex, client.resp, stamp, pending);
    return link.full ? link : null;
  }

  /** Takes a batch that came from a shard. */
  receive(link: ShardLink, batch: Batch): void {
    link.receive(batch);
    link.relieve();
    this.armTick();
  }

  /** Posts every open batch and ends the epoch. */
  flush(): void {
    if (!this.inEpoch) return;
    this.inEpoch = false;
    for (const link of this.links) link.flush();
  }

  /** Has every shard answer, also one that has nothing to do: so it is known that it is there. */
  tickAll(): void {
    const stamp = this.openEpoch();
    for (const link of this.links) link.tick(stamp);
  }

  private openEpoch(): Stamp {
    if (!this.inEpoch) {
      this.currentMs();
      this.inEpoch = true;
      this.stamp.epoch++;
      this.environment.requestFlush();
    }
    return this.stamp;
  }

  private shardOf(argv: Argv, index: number): number {
    return this.shardOfSlot[slotOf(argv.view(index), argv.start(index), argv.end(index))];
  }

  /** Every shard gets all arguments. */
  private divideToAll(argv: Argv): Division {
    const all = Array.from({ length: argv.count - 1 }, (_, i) => i + 1);
    return { links: this.links, indices: this.links.map(() => all), order: [] };
  }

  /** Every shard gets the keys it has, with what belongs to each key. Typed arrays: there may be 100 million keys. */
  private divideByKey(argv: Argv, { first, step }: KeyRange): Division {
    const keys = Math.ceil((argv.count - first) / step);
    const order = new Uint16Array(keys);
    const counts = new Int32Array(this.links.length);
    for (let key = 0; key < keys; key++) {
      const shard = this.shardOf(argv, first + key * step);
      order[key] = shard;
      counts[shard] += step;
    }
    const links = this.links.filter((link) => counts[link.index] > 0);
    const indices = links.map((link) => new Int32Array(counts[link.index]));
    const partOfShard = new Uint16Array(this.links.length);
    links.forEach((link, part) => {
      partOfShard[link.index] = part;
    });
    const filled = new Int32Array(links.length);
    for (let key = 0; key < keys; key++) {
      const part = partOfShard[order[key]];
      order[key] = part;
      for (let i = 0; i < step; i++) indices[part][filled[part]++] = first + key * step + i;
    }
    return { links, indices, order };
  }

  /** Appends all parts in one step, which is the command's place in the order. */
  private submitParts(
    command: Command,
    execution: OnShard,
    argv: Argv,
    { databaseIndex, resp }: ClientState,
    pending: PendingReply,
    { indices, links, order }: Division,
    prepareJoin: () => RunJoin,
  ): ShardLink | null {
    const sharing = execution.request === 'all_shards';
    const runJoin = typeof execution.join === 'function' ? prepareJoin() : noJoin;
    const target = { pending, resp, order, runJoin };
    const gather = new Gather(links.length, execution.join!, target, this.environment.replies);
    let full: ShardLink | null = null;
    links.forEach((link, part) => {
      link.sendPart(
        command.index,
        argv,
        indices[part],
        databaseIndex,
        resp,
        this.stamp,
        gather,
        part,
        sharing,
      );
      if (link.full) full = link;
    });
    return full;
  }

  /** Wakes when the first shard has keys to expire, and lets shards that are behind go on at once. */
  private armTick(): void {
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const link of this.links) earliestMs = Math.min(earliestMs, link.nextDueAtMs);
    if (earliestMs <= this.stamp.nowMs) this.tick();
    else this.environment.clock.wakeAt(earliestMs, () => this.tick());
  }

  private tick(): void {
    const stamp = this.openEpoch();
    for (const link of this.links) if (link.nextDueAtMs <= stamp.nowMs) link.tick(stamp);
    // A link that is ticked speaks again when it has answered; the others may be due later.
    this.armTick();
  }
}

function noJoin(): never {
  throw new Error('this command has no join of its own');
}
