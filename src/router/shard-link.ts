/**
 * ShardLink: what the router knows of one shard: what waits to be sent, what is in flight, and whose it is.
 *
 * Main thread. Every request has an id, the response carries it back, and the link checks that it is one it waits for.
 * Back-pressure: `load` counts the bytes of requests not answered yet and the bytes their replies are expected to take
 * (their number times the recent mean). From LOAD_MAX on the link is full, and connections stop feeding it until
 * the load is below half. Ticks are exempt, and a shard never waits for the main thread, so it always gets there.
 */
import type { Argv } from '../protocol/argv.js';
import type { RespVersion } from '../protocol/reply-writer.js';
import { type Batch, type BatchPort, PAGE_BYTES } from '../shard/batch.js';
import { frameBytes, REQUEST_HEADER_BYTES, RequestBatchWriter } from '../shard/request-batch.js';
import { ResponseBatchReader } from '../shard/response-batch.js';
import type { Held, Holder } from './gate.js';
import { type PartsOwner, PendingReply, ReplySource } from './pending-reply.js';

/** Bytes in flight to and expected from one shard at which connections stop feeding it. */
const LOAD_MAX = 16 * 1024 * 1024;
/** What a reply is expected to take before any has been seen. */
const FIRST_REPLY_BYTES = 64;
/** Weight of the newest batch in the mean size of replies. */
const MEAN_WEIGHT = 1 / 8;

// A request's id: its index in the table of those in flight, and how often that index was used, so that a late or
// doubled response is noticed.
// A transaction or a command over millions of keys has all of its requests in flight at once.
const INDEX_BITS = 27;
const INDEX_MASK = (1 << INDEX_BITS) - 1;
const GENERATION_MASK = 0xf;

const INITIAL_REQUESTS = 1024;
const FREE_SOURCES_MAX = 64;
const NO_BYTES = Buffer.alloc(0);

/** What the router stamps requests with; the same for all links. */
export interface Stamp {
  readonly nowMs: number;
  readonly epoch: number;
  readonly sequence: number;
}

/** What waits for a response. */
export type Target = PendingReply | PartsOwner;

/** A response batch as the source of its replies. */
class BatchSource extends ReplySource {
  private batch: Batch | null = null;

  constructor(onUnused: (source: BatchSource) => void) {
    super(NO_BYTES, () => onUnused(this));
  }

  hold(batch: Batch): void {
    this.batch = batch;
    this.bytes = batch.bytes;
  }

  /** Keeps nothing of the batch alive any more, and returns it. */
  letGo(): Batch {
    const batch = this.batch!;
    this.batch = null;
    this.bytes = NO_BYTES;
    return batch;
  }
}

export class ShardLink implements Holder {
  readonly index: number;
  /** When the shard wants to be ticked, Infinity for never. */
  nextDueAtMs = Number.POSITIVE_INFINITY;

  private readonly port: BatchPort;
  private readonly writer = new RequestBatchWriter();
  private readonly responses = new ResponseBatchReader();
  /** Sources of spent responses, to be used again. */
  private readonly freeSources: BatchSource[] = [];

  /** Requests in flight by index; null where the index is free. */
  private readonly targets: (Target | null)[] = [];
  private parts = new Int32Array(INITIAL_REQUESTS);
  private generations = new Uint8Array(INITIAL_REQUESTS);
  /** A stack of the indices that are free below `targets.length`. */
  private freeIndices = new Int32Array(INITIAL_REQUESTS);
  private freeCount = 0;

  private inFlight = 0;
  private requestBytes = 0;
  private meanReplyBytes = FIRST_REPLY_BYTES;
  /** Whether there is a batch that waits to be sent. */
  private isOpen = false;
  private readonly held: Held[] = [];

  constructor(index: number, port: BatchPort) {
    this.index = index;
    this.port = port;
  }

  /** Requests sent or about to be, and not answered. */
  get requestsInFlight(): number {
    return this.inFlight;
  }

  /** Bytes of those requests. */
  get bytesInFlight(): number {
    return this.requestBytes;
  }

  get full(): boolean {
    return this.load() >= LOAD_MAX;
  }

  /** Has `held` resumed when the link has room again; first come, first served. */
  hold(held: Held): void {
    this.held.push(held);
  }

  /** Resumes those held, until the link is full again. */
  relieve(): void {
    if (this.load() >= LOAD_MAX / 2) return;
    // One that fills the link again waits behind the others.
    while (this.held.length > 0 && !this.full) this.held.shift()!.resume();
  }

  /** How many are held. */
  get heldCount(): number {
    return this.held.length;
  }

  /** Appends a request whose arguments are those of `argv`; `word` is a commandWord(). */
  send(
    word: number,
    argv: Argv,
    database: number,
    resp: RespVersion,
    stamp: Stamp,
    target: Target,
    part: number,
  ): void {
    this.open(frameBytes(argv), stamp);
    const { writer } = this;
    const before = writer.byteLength;
    writer.frame(this.newId(target, part), word, database, resp, stamp.sequence, argv.count - 1);
    for (let i = 1; i < argv.count; i++) writer.argument(argv, i, false);
    this.requestBytes += writer.byteLength - before;
  }

  /**
   * Appends one shard's part of a request: the arguments of `argv` that `indices` names. `sharing` says that other
   * shards are sent the same ones.
   */
  sendPart(
    word: number,
    argv: Argv,
    indices: ArrayLike<number>,
    database: number,
    resp: RespVersion,
    stamp: Stamp,
    owner: PartsOwner,
    part: number,
    sharing: boolean,
  ): void {
    this.open(frameBytes(argv, indices), stamp);
    const { writer } = this;
    const before = writer.byteLength;
    writer.frame(this.newId(owner, part), word, database, resp, stamp.sequence, indices.length);
    for (let i = 0; i < indices.length; i++) writer.argument(argv, indices[i], sharing);
    this.requestBytes += writer.byteLength - before;
  }

  /** Has the shard advance its clock and expire what is due, even if there is nothing else for it. */
  tick(stamp: Stamp): void {
    this.nextDueAtMs = Number.POSITIVE_INFINITY;
    this.open(0, stamp);
  }

  /** Posts what has been appended; the epoch is over for this shard. */
  flush(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.post(true);
  }

  /**
   * Takes a batch from the shard and hands the replies to whom they belong.
   * @throws Error if it is not what this link waits for; the shard can't be trusted then
   */
  receive(batch: Batch): void {
    const { responses } = this;
    responses.open(batch);
    this.nextDueAtMs = responses.nextDueAtMs;
    const source = this.freeSources.pop() ?? new BatchSource(this.recycle);
    source.hold(batch);
    // Held while the replies are handed out, so that it can't be recycled in between.
    source.retain();
    let bytes = 0;
    while (responses.next()) {
      bytes += responses.length;
      const index = responses.id & INDEX_MASK;
      const target = this.targets[index];
      if (target == null || this.generations[index] !== responses.id >>> INDEX_BITS) {
        throw new Error(`shard ${this.index} answered request ${responses.id}, which is not in flight`);
      }
      this.targets[index] = null;
      this.freeIndices[this.freeCount++] = index;
      this.inFlight--;
      if (target instanceof PendingReply) target.fill(source, responses.start, responses.length);
      else target.partReady(this.parts[index], source, responses.start, responses.length);
    }
    source.release();
    responses.close();
    this.requestBytes -= responses.acknowledgedBytes;
    if (responses.count > 0)
      this.meanReplyBytes += (bytes / responses.count - this.meanReplyBytes) * MEAN_WEIGHT;
  }

  private load(): number {
    return this.requestBytes + this.inFlight * this.meanReplyBytes;
  }

  /** Sees to it that there is an open batch of the stamp's epoch with room for a frame. */
  private open(bytes: number, stamp: Stamp): void {
    if (this.isOpen) {
      if (this.writer.hasRoom(bytes)) return;
      this.post(false);
    }
    this.isOpen = true;
    const batch = this.port.take(Math.max(REQUEST_HEADER_BYTES + bytes, PAGE_BYTES));
    this.writer.begin(batch, stamp.nowMs, stamp.epoch, stamp.sequence);
    this.requestBytes += REQUEST_HEADER_BYTES;
  }

  private post(endsEpoch: boolean): void {
    this.port.post(this.writer.take(endsEpoch));
  }

  private newId(target: Target, part: number): number {
    const index = this.freeCount > 0 ? this.freeIndices[--this.freeCount] : this.newIndex();
    const generation = (this.generations[index] + 1) & GENERATION_MASK;
    this.targets[index] = target;
    this.parts[index] = part;
    this.generations[index] = generation;
    this.inFlight++;
    return (generation << INDEX_BITS) | index;
  }

  private newIndex(): number {
    const index = this.targets.length;
    if (index > INDEX_MASK)
      throw new Error(`shard ${this.index}: more than ${INDEX_MASK} requests in flight`);
    if (index === this.parts.length) {
      this.parts = grown(this.parts, new Int32Array(index * 2));
      this.generations = grown(this.generations, new Uint8Array(index * 2));
      // None is free now.
      this.freeIndices = new Int32Array(index * 2);
    }
    return index;
  }

  private readonly recycle = (source: BatchSource): void => {
    this.port.release(source.letGo());
    if (this.freeSources.length < FREE_SOURCES_MAX) this.freeSources.push(source);
  };
}

function grown<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
