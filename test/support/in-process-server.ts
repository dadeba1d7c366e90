/**
 * InProcessServer: the production router, shards, dispatcher and parser without a thread or a socket, joined by
 * FakePorts. Time stands still until the test moves it, and a turn ends when the scheduler says so.
 * One thread; nothing happens but what the test has happen.
 */
import type { Server as CommandServer, ServerFigures, Transaction } from '../../src/commands/calls.js';
import type { Command } from '../../src/commands/command.js';
import { CommandTable } from '../../src/commands/table.js';
import { Config } from '../../src/config/config.js';
import { Dispatcher } from '../../src/connection/dispatcher.js';
import { Statistics } from '../../src/connection/statistics.js';
import type { Client, Watched } from '../../src/connection/transaction-run.js';
import type { RespVersion } from '../../src/protocol/reply-writer.js';
import { COMMAND, RequestParser } from '../../src/protocol/request-parser.js';
import type { Clock } from '../../src/router/clock.js';
import type { Held } from '../../src/router/gate.js';
import { LocalReplies } from '../../src/router/local-replies.js';
import { PendingReply, type ReplyOwner } from '../../src/router/pending-reply.js';
import { Router, type RouterEnvironment } from '../../src/router/router.js';
import type { Batch, BatchPort } from '../../src/shard/batch.js';
import { Shard } from '../../src/shard/shard.js';
import { FakePorts } from './fake-ports.js';
import type { Random } from './random.js';
import { request, type Word } from './requests.js';

/** Some Unix time, the same in every run. */
export const START_MS = 1_700_000_000_000;

export class FakeClock implements Clock {
  atMs = START_MS;
  private wakeUpAtMs = Number.POSITIVE_INFINITY;
  private wakeUp: () => void = () => {};

  nowMs(): number {
    return this.atMs;
  }

  steadyMicros(): number {
    return this.atMs * 1000;
  }

  after(): () => void {
    throw new Error('nobody waits here');
  }

  wakeAt(atMs: number, wake: () => void): void {
    this.wakeUpAtMs = atMs;
    this.wakeUp = wake;
  }

  /** Lets time pass; whoever asked to be woken by then is. */
  advance(ms: number): void {
    this.atMs += ms;
    if (this.atMs < this.wakeUpAtMs) return;
    this.wakeUpAtMs = Number.POSITIVE_INFINITY;
    this.wakeUp();
  }
}

export interface InProcessOptions {
  readonly shards: number;
  readonly random: Random;
  /** Stands between the router and its end of a shard's channel; for planting faults. */
  readonly wrapPort?: (port: BatchPort, index: number) => BatchPort;
  /** Sees every request batch just before its shard does. */
  readonly onRequests?: (batch: Batch, shard: number) => void;
  /** Makes the router and what replies are written with: ones that tell what they do. */
  readonly makeRouter?: (ports: readonly BatchPort[], environment: RouterEnvironment) => Router;
  readonly replies?: LocalReplies;
}

export class InProcessServer {
  readonly clock = new FakeClock();
  readonly ports: FakePorts;
  readonly router: Router;
  readonly dispatcher: Dispatcher;
  readonly shards: readonly Shard[];
  private readonly random: Random;
  private flushRequested = false;

  constructor({
    shards: count,
    random,
    wrapPort = (port) => port,
    onRequests = () => {},
    makeRouter = (ports, environment) => new Router(ports, environment),
    replies = new LocalReplies(),
  }: InProcessOptions) {
    this.random = random;
    this.ports = new FakePorts(random);
    const shards: Shard[] = [];
    const draw = random.fraction;
    const portsToShards = Array.from({ length: count }, (_, index): BatchPort => {
      const [here, there] = this.ports.open(
        (batch) => this.router.receive(this.router.links[index], batch),
        (batch) => {
          onRequests(batch, index);
          shard.receive(batch);
        },
      );
      const shard = new Shard(
        { index, shards: count, nowMs: START_MS, hashSeed: [index + 1, 2] },
        {
          port: there,
          random: draw,
          threadFigures: () => ({ heapBytes: 0, externalBytes: 0, utilization: 0 }),
        },
      );
      shards.push(shard);
      return wrapPort(here, index);
    });
    this.shards = shards;
    const requestFlush = (): void => {
      this.flushRequested = true;
    };
    this.router = makeRouter(portsToShards, {
      clock: this.clock,
      startedAtMs: START_MS,
      replies,
      requestFlush,
    });
    this.dispatcher = new Dispatcher(stubServer(this.router, draw), this.router, replies, new Statistics());
  }

  /** Delivers one batch or ends the turn, whichever chance takes; false when there is nothing to do. */
  step(): boolean {
    if (this.flushRequested && (this.ports.idle || this.random.chance(0.3))) return this.endTurn();
    return this.ports.step();
  }

  /** Whether there is something to be sent. */
  get turnIsOpen(): boolean {
    return this.flushRequested;
  }

  /** Ends the turn; false if nothing was to be sent. */
  endTurn(): boolean {
    if (!this.flushRequested) return false;
    this.flushRequested = false;
    this.router.flush();
    return true;
  }

  /** Goes on until nothing is in flight. */
  settle(): void {
    while (this.step());
  }

  client(): InProcessClient {
    return new InProcessClient(this.dispatcher);
  }
}

let lastId = 0;

/** A connection without a socket: commands in, replies out in their order. */
export class InProcessClient implements Client, ReplyOwner, Held {
  readonly id = ++lastId;
  databaseIndex = 0;
  resp: RespVersion = 2;
  name = '';
  libraryName = '';
  libraryVersion = '';
  transaction: Transaction | null = null;
  watched: Watched | null = null;
  readonly waiting = null;
  readonly isBlocked = false;
  readonly isLocal = true;
  lastCommand: Command | null = null;
  isNeverEvicted = false;
  readonly addresses = { remote: '127.0.0.1:1', local: '127.0.0.1:2', descriptor: -1 };
  readonly ageSeconds = 0;
  readonly idleSeconds = 0;
  readonly isClosing = false;
  readonly buffers = { queryBytes: 0, argumentBytes: 0, outputBytes: 0, events: 'r' };
  /** Whole replies that have come and were not taken yet. */
  readonly replies: Buffer[] = [];
  /** Set while what it sends has to wait. */
  held = false;

  private readonly dispatcher: Dispatcher;
  private closed = false;
  private readonly parser = new RequestParser({ bulkBytesMax: 512 * 1024 * 1024 });
  private readonly queue: PendingReply[] = [];
  private readonly unsent: Buffer[] = [];

  constructor(dispatcher: Dispatcher) {
    this.dispatcher = dispatcher;
  }

  /** Commands whose replies have not come. */
  get awaited(): number {
    return this.queue.length + this.unsent.length;
  }

  /** Sends a command; while the client is held it waits its turn. */
  send(...words: readonly Word[]): void {
    this.sendBytes(request(...words));
  }

  /** The same for a command that is encoded already. */
  sendBytes(command: Buffer): void {
    this.unsent.push(command);
    this.run();
  }

  expectReply(_muted: boolean): PendingReply {
    return this.pushReply();
  }

  /** The client goes away, as a connection that is closed does: nothing more is run, and nobody reads the replies. */
  disconnect(): void {
    this.closed = true;
    this.unsent.length = 0;
    this.replies.length = 0;
    this.unwatch();
  }

  /** A command is about to be dispatched, its reply to be `pending`; for who keeps a record. */
  protected begin(_pending: PendingReply): void {}

  private pushReply(): PendingReply {
    const pending = PendingReply.take(this);
    this.queue.push(pending);
    return pending;
  }

  unblock(): boolean {
    return false;
  }

  unwatch(): void {
    if (this.watched !== null) this.dispatcher.unwatch(this);
  }

  resume(): void {
    this.held = false;
    if (!this.closed) this.run();
  }

  private run(): void {
    while (!this.held && this.unsent.length > 0) {
      this.parser.feed(this.unsent.shift()!);
      if (this.parser.next() !== COMMAND) throw new Error(this.parser.error);
      const pending = this.pushReply();
      this.begin(pending);
      const holder = this.dispatcher.dispatch(this.parser.argv, this, pending);
      if (holder === null) continue;
      this.held = true;
      holder.hold(this);
    }
  }

  replyReady(): void {
    while (this.queue[0]?.ready) {
      const pending = this.queue.shift()!;
      const { source, start, length } = pending;
      if (!this.closed) this.replies.push(Buffer.from(source!.bytes.subarray(start, start + length)));
      pending.release();
    }
  }

  closeAfterReplies(): void {}

  closeNow(): void {}

  setReplies(): void {}

  kill(): void {}
}

/** What there is of a server without sockets; of its figures, those that INFO can't do without. */
function stubServer(router: Router, random: () => number): CommandServer {
  const figures: Partial<ServerFigures> = {
    listening: [],
    slotRanges: router.slotRanges,
    order: router.figures(),
    queuedBytes: router.links.map((link) => link.bytesInFlight),
  };
  return {
    config: new Config(),
    commands: new CommandTable(),
    nowMicros: () => router.currentMs() * 1000,
    figures: () => figures as ServerFigures,
    resetStatistics: () => {},
    rewriteConfig: () => {},
    shutdown: () => {},
    random,
    warn: () => {},
    sleep: () => {},
    clients: { all: () => [], find: () => undefined },
  };
}
