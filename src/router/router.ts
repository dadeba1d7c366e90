/**
 * Router: the one sequencer. Every command gets its place in the server's one order here, when its parts are appended
 * to the batches of its shards, all in one step. Main thread.
 *
 * An epoch is what is appended between two flushes. It has one `now`, taken when it begins and never going back, so
 * all parts of a command see the same time. Invariant: no part of a command is appended before the last part of the
 * one before it; with one FIFO channel per shard that makes every one-hop command atomic.
 */
import type { ConnectionCall, OrderFigures } from '../commands/calls.js';
import type { Command, InOneHop, InTwoHops, OnShard, ShardRun, Step } from '../commands/command.js';
import { forEachKey, type KeySpec } from '../commands/grammar.js';
import { stepArguments } from '../commands/steps.js';
import type { Argv } from '../protocol/argv.js';
import type { RespVersion } from '../protocol/reply-writer.js';
import type { Batch, BatchPort } from '../shard/batch.js';
import { commandWord } from '../shard/request-batch.js';
import type { Clock } from './clock.js';
import { Gate, type Holder } from './gate.js';
import { Gather } from './gather.js';
import type { LocalReplies } from './local-replies.js';
import type { PendingReply } from './pending-reply.js';
import { ShardLink, type Stamp, type Target } from './shard-link.js';
import { type Claim, type Reach, SlotLocks } from './slot-locks.js';
import { shardsBySlot, slotOf, slotRanges } from './slots.js';
import { TwoHops } from './two-hops.js';

/** Keys up to which a command is divided by means of plain arrays. */
const SMALL_DIVISION = 256;
/** In place of a shard: the keys are on several, or there are none. */
const SEVERAL = -1;

type MutableStamp = { -readonly [field in keyof Stamp]: Stamp[field] };

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

export interface RouterEnvironment {
  readonly clock: Clock;
  /** Start of the sequenced clock, the shards' too; the machine's may have gone back since it was read. */
  readonly startedAtMs: number;
  readonly replies: LocalReplies;
  /** Asks for flush() to be called when the turn sends, at its end or before. */
  readonly requestFlush: () => void;
}

/** Counts for INFO; OrderFigures has their meanings. */
type Counters = {
  -readonly [field in 'firstHops' | 'waited' | 'waitedMicros' | 'barriers']: OrderFigures[field];
};

export class Router {
  readonly links: readonly ShardLink[];
  readonly slotRanges: readonly (readonly [first: number, last: number])[];
  readonly replies: LocalReplies;
  readonly counters: Counters = { firstHops: 0, waited: 0, waitedMicros: 0, barriers: 0 };

  private readonly environment: RouterEnvironment;
  private readonly shardOfSlot: Uint16Array;
  private readonly locks = new SlotLocks();
  /** What the command being appended is stamped with. Doubles, since 32 bits wrap in half an hour. */
  private readonly stamp = { nowMs: 0, epoch: 0, sequence: 0 };
  private inEpoch = false;
  /** What is to be done when the batch at hand has been read: a queue in place of a recursion of any depth. */
  private work: (() => void)[] = [];
  private working = false;

  constructor(ports: readonly BatchPort[], environment: RouterEnvironment) {
    this.environment = environment;
    this.stamp.nowMs = environment.startedAtMs;
    this.replies = environment.replies;
    this.links = ports.map((port, index) => new ShardLink(index, port));
    this.shardOfSlot = shardsBySlot(ports.length);
    this.slotRanges = slotRanges(ports.length);
  }

  /** How many commands have been sequenced. */
  get sequenced(): number {
    return this.stamp.sequence;
  }

  figures(): OrderFigures {
    return { ...this.counters, sequenced: this.sequenced, claims: this.locks.live };
  }

  /** CONFIG RESETSTAT. */
  resetCounters(): void {
    Object.assign(this.counters, { firstHops: 0, waited: 0, waitedMicros: 0, barriers: 0 });
  }

  /** The sequenced clock: Unix time in milliseconds, in step with what the shards see. */
  currentMs(): number {
    const { stamp } = this;
    if (!this.inEpoch) stamp.nowMs = Math.max(stamp.nowMs, this.environment.clock.nowMs());
    return stamp.nowMs;
  }

  /**
   * Takes a command that was checked already; its reply will fill `pending`. It is sequenced at once, or when those it has
   * to wait for are.
   * @returns what the later commands of the same client have to wait for, or null
   */
  submit(call: ConnectionCall, execution: OnShard, pending: PendingReply): Holder | null {
    if (this.locks.live === 0 && execution.hops === 1) return this.sequence(call, execution, pending);
    return this.submitAmongClaims(call, execution, pending);
  }

  /** Gives a command its place in the order now, whoever has claims. */
  sequence(call: ConnectionCall, execution: OnShard, pending: PendingReply): ShardLink | null {
    const { argv, command, session } = call;
    const stamp = this.openEpoch();
    stamp.sequence++;
    if (execution.hops === 1 && execution.request === 'all_shards') {
      return this.submitParts(call, execution, pending, this.divideToAll(argv));
    }
    const shard = this.commonShard(command, argv);
    if (shard !== SEVERAL) {
      const link = this.links[shard];
      link.send(command.index, argv, session.databaseIndex, session.resp, stamp, pending, 0);
      return link.full ? link : null;
    }
    if (execution.hops === 2) throw new Error(`${command.fullName} was sequenced as if it had one hop`);
    return this.submitParts(call, execution, pending, this.divideByKey(argv, command.grammar.keySpecs[0]));
  }

  /** Whether a command has to be run in two hops, its keys being on several shards. */
  takesTwoHops(command: Command, argv: Argv): boolean {
    const { execution } = command;
    return execution.on === 'shard' && execution.hops === 2 && this.commonShard(command, argv) === SEVERAL;
  }

  /** Whether every shard takes part in the command, whatever its arguments are. */
  isForAllShards({ execution }: Command): boolean {
    return execution.on === 'shard' && execution.hops === 1 && execution.request === 'all_shards';
  }

  /** Adds the slots of the command's keys. */
  collectSlots({ grammar }: Command, argv: Argv, slots: Set<number>): void {
    forEachKey(grammar.keySpecs, argv.count, (at) => slots.add(this.slotOfArgument(argv, at)));
  }

  /**
   * Has `proceed` called when nobody has an older claim on the slots, at once if so; they are claimed until it calls `done`.
   * @returns what waits until then, null if it is done already
   */
  reserve(reach: Reach, proceed: (done: () => void) => void): Holder | null {
    const gate = new Gate();
    const { clock } = this.environment;
    const carryOut = (claim: Claim): void => {
      if (reach === 'exclusive') this.counters.barriers++;
      this.locks.begin(claim);
      proceed(() => {
        this.locks.release(claim, (granted) => this.later(() => this.grant(granted)));
        for (const held of gate.open()) this.later(() => held.resume());
      });
    };
    const claim = this.locks.claim(reach, carryOut, clock.steadyMicros());
    if (claim.waitsFor === 0) carryOut(claim);
    return gate.isOpen ? null : gate;
  }

  /** A link that the clients should stop feeding, null if there is none. */
  get fullLink(): ShardLink | null {
    return this.links.find((link) => link.full) ?? null;
  }

  /** Whether nobody has a claim, so that no command of one hop has to wait. */
  get isIdle(): boolean {
    return this.locks.live === 0;
  }

  /** Whether a command that writes there, or reads, has to wait. */
  isTaken(reach: Reach, writes: boolean): boolean {
    return writes ? this.locks.isTaken(reach) : this.locks.closed;
  }

  /** Begins a place in the order, and returns its time; what is sent until the next one belongs to it. */
  beginStep(): number {
    const stamp = this.openEpoch();
    stamp.sequence++;
    return stamp.nowMs;
  }

  /** Sends a step of a command to the shard of its key. */
  sendStep(
    { argv, command }: ConnectionCall,
    step: Step,
    { databaseIndex, resp }: ClientState,
    firstHop: boolean,
    target: Target,
    part: number,
  ): void {
    const link = this.links[this.shardOfArgument(argv, step.key)];
    const word = stepWord(command, step.run, firstHop);
    const database = step.database ?? databaseIndex;
    link.send(word, stepArguments(argv, step), database, resp, this.stamp, target, part);
  }

  /** Has one shard run a step that is about no key in particular. */
  sendTo(
    shard: number,
    command: Command,
    run: ShardRun,
    argv: Argv,
    client: ClientState,
    target: Target,
    part: number,
  ): void {
    const word = stepWord(command, run, false);
    this.links[shard].send(word, argv, client.databaseIndex, client.resp, this.stamp, target, part);
  }

  /** Sends a whole command to the shard that has all of its keys, to be left out if its transaction is not to be run. */
  sendGuarded(shard: number, { argv, command, session }: ConnectionCall, pending: PendingReply): void {
    const word = commandWord({ command: command.index, run: 0, firstHop: false, guarded: true });
    this.links[shard].send(word, argv, session.databaseIndex, session.resp, this.stamp, pending, 0);
  }

  /** Calls `act` so much later; returns what undoes that. */
  after(ms: number, act: () => void): () => void {
    return this.environment.clock.after(ms, act);
  }

  /** Has `work` done when the batch at hand has been read, behind what waits to be done already. */
  later(work: () => void): void {
    this.work.push(work);
  }

  /** Takes a batch that came from a shard. */
  receive(link: ShardLink, batch: Batch): void {
    link.receive(batch);
    this.doWork();
    link.relieve();
    this.doWork();
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

  private submitAmongClaims(call: ConnectionCall, execution: OnShard, pending: PendingReply): Holder | null {
    const { argv, command } = call;
    const inTwoHops = this.takesTwoHops(command, argv);
    if (!command.writes && !this.locks.closed) {
      if (!inTwoHops) return this.sequence(call, execution, pending);
      this.runTwoHops(call.lasting(), pending, () => {});
      return this.fullLink;
    }
    if (!inTwoHops && this.isIdle) return this.sequence(call, execution, pending);
    const reach = this.reachOf(command, argv);
    if (!inTwoHops && !this.locks.isTaken(reach)) return this.sequence(call, execution, pending);
    const lasting = call.lasting();
    return this.reserve(reach, (done) => this.carryOut(lasting, pending, done));
  }

  /** Runs a command on a shard, however many hops it takes, whoever has claims. */
  carryOut(call: ConnectionCall, pending: PendingReply, whenSequenced: () => void): void {
    if (this.takesTwoHops(call.command, call.argv)) {
      this.runTwoHops(call.lasting(), pending, whenSequenced);
      return;
    }
    this.sequence(call, call.command.execution as OnShard, pending);
    whenSequenced();
  }

  private reachOf(command: Command, argv: Argv): Reach {
    if (this.isForAllShards(command)) return 'all';
    const slots = new Set<number>();
    this.collectSlots(command, argv, slots);
    return [...slots];
  }

  private runTwoHops(call: ConnectionCall, pending: PendingReply, whenSequenced: () => void): void {
    const execution = call.command.execution as InTwoHops;
    new TwoHops(this, call, execution, pending, whenSequenced).start();
  }

  private grant(claim: Claim): void {
    this.counters.waited++;
    this.counters.waitedMicros += this.environment.clock.steadyMicros() - claim.madeAtMicros;
    claim.proceed(claim);
  }

  private doWork(): void {
    if (this.working) return;
    this.working = true;
    while (this.work.length > 0) {
      const { work } = this;
      this.work = [];
      for (const one of work) one();
    }
    this.working = false;
  }

  private openEpoch(): MutableStamp {
    if (!this.inEpoch) {
      this.currentMs();
      this.inEpoch = true;
      this.stamp.epoch++;
      this.environment.requestFlush();
    }
    return this.stamp;
  }

  private slotOfArgument(argv: Argv, at: number): number {
    return slotOf(argv.view(at), argv.start(at), argv.end(at));
  }

  shardOfArgument(argv: Argv, at: number): number {
    return this.shardOfSlot[this.slotOfArgument(argv, at)];
  }

  /** Whether a command is for this shard alone. */
  isFor(shard: number, command: Command, argv: Argv): boolean {
    const { execution } = command;
    if (execution.on !== 'shard' || (execution.hops === 1 && execution.request === 'all_shards'))
      return false;
    return this.commonShard(command, argv) === shard;
  }

  /** The shard that all keys of the command are on, or SEVERAL. */
  private commonShard({ grammar: { keySpecs } }: Pick<Command, 'grammar'>, argv: Argv): number {
    let shard = SEVERAL;
    for (let i = 0; i < keySpecs.length; i++) {
      const spec = keySpecs[i];
      const last = spec.last < 0 ? argv.count + spec.last : spec.last;
      for (let at = spec.first; at <= last; at += spec.step) {
        const next = this.shardOfArgument(argv, at);
        if (next !== shard && shard !== SEVERAL) return SEVERAL;
        shard = next;
      }
    }
    return shard;
  }

  /** Every shard gets all arguments. */
  private divideToAll(argv: Argv): Division {
    const all = Array.from({ length: argv.count - 1 }, (_, i) => i + 1);
    return { links: this.links, indices: this.links.map(() => all), order: [] };
  }

  /** Every shard gets the keys it has, with what belongs to each key. */
  private divideByKey(argv: Argv, { first, step }: KeySpec): Division {
    const keys = Math.ceil((argv.count - first) / step);
    // There may be 100 million keys. For a few, arrays are quicker made.
    const order = keys > SMALL_DIVISION ? new Uint16Array(keys) : new Array<number>(keys).fill(0);
    const counts = new Int32Array(this.links.length);
    for (let key = 0; key < keys; key++) {
      const shard = this.shardOfArgument(argv, first + key * step);
      order[key] = shard;
      counts[shard] += step;
    }
    const links: ShardLink[] = [];
    const indices: (number[] | Int32Array)[] = [];
    const partOfShard: number[] = [];
    for (const link of this.links) {
      const count = counts[link.index];
      partOfShard.push(links.length);
      if (count === 0) continue;
      links.push(link);
      indices.push(keys > SMALL_DIVISION ? new Int32Array(count) : new Array<number>(count).fill(0));
    }
    const filled = counts.fill(0);
    for (let key = 0; key < keys; key++) {
      const part = partOfShard[order[key]];
      order[key] = part;
      const to = indices[part];
      for (let i = 0; i < step; i++) to[filled[part]++] = first + key * step + i;
    }
    return { links, indices, order };
  }

  /** Appends all parts in one step, which is the command's place in the order. */
  private submitParts(
    call: ConnectionCall,
    execution: InOneHop,
    pending: PendingReply,
    { indices, links, order }: Division,
  ): ShardLink | null {
    const { argv, command } = call;
    const { databaseIndex, resp } = call.session;
    const sharing = execution.request === 'all_shards';
    const target = {
      pending,
      resp,
      order,
      call: typeof execution.join === 'function' ? call.lasting() : null,
    };
    const gather = new Gather(links.length, execution.join!, target, this.replies);
    let full: ShardLink | null = null;
    for (let part = 0; part < links.length; part++) {
      const link = links[part];
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
    }
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

function stepWord({ index, shardRuns }: Command, run: ShardRun, firstHop: boolean): number {
  const at = shardRuns.indexOf(run);
  if (at < 0) throw new Error('a step that is not declared');
  return commandWord({ command: index, run: at, firstHop, guarded: false });
}
