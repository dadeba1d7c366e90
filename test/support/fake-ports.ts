/**
 * FakePorts: ends of channels in one process, under a scheduler with a seed. Which end gets the next batch is chance; each
 * gets them in the order in which they were posted. Whoever goes on using memory that is not his any more is found out:
 * what is posted is taken away from the sender (its buffers are transferred), what is given back is spoilt, and what
 * is given away or back twice is refused.
 */
import { Batch, type BatchPort, PAGE_BYTES } from '../../src/shard/batch.js';
import type { Random } from './random.js';

/** What stands in memory that nobody has written to, or that was given back. */
const SPOILT = 0xdd;

/** One end; what is posted through it comes out at `deliver` at once. */
export class FakePort implements BatchPort {
  private readonly deliver: (batch: Batch) => void;
  /** Taken and neither posted nor discarded yet. */
  private readonly taken = new Set<Batch>();
  /** Come in and not released yet. */
  private readonly come = new Set<Batch>();
  private readonly gone = new WeakSet<ArrayBufferLike>();

  constructor(deliver: (batch: Batch) => void) {
    this.deliver = deliver;
  }

  /** Batches that somebody has still to post, to discard or to release. */
  get owed(): number {
    return this.taken.size + this.come.size;
  }

  take(bytes: number, size = Math.max(bytes, PAGE_BYTES)): Batch {
    const batch = Batch.ofSize(size);
    batch.bytes.fill(SPOILT);
    this.taken.add(batch);
    return batch;
  }

  post(batch: Batch): void {
    // One with a buffer of its own need not have been taken here.
    this.taken.delete(batch);
    const [buffer, ...large] = [batch.bytes.buffer as ArrayBuffer, ...batch.large].map((one) =>
      this.send(one),
    );
    const copy = Batch.ofBuffer(buffer);
    copy.large = large;
    this.deliver(copy);
  }

  discard(batch: Batch): void {
    if (!this.taken.delete(batch)) throw new Error('a batch was discarded that is not in hand');
    this.spoil(batch);
  }

  release(batch: Batch): void {
    if (!this.come.delete(batch)) throw new Error('a batch was released that is not in hand');
    this.spoil(batch);
  }

  /** A batch comes in, to be released through this end. */
  arrive(batch: Batch): Batch {
    this.come.add(batch);
    return batch;
  }

  /** What comes out at the other end for `buffer`, which is empty from now on. */
  private send(buffer: ArrayBuffer): ArrayBuffer {
    // As the specification says, and Node.js 20 does not.
    if (this.gone.has(buffer)) throw new DOMException('a buffer was given away already', 'DataCloneError');
    this.gone.add(buffer);
    return structuredClone(buffer, { transfer: [buffer] });
  }

  private spoil(batch: Batch): void {
    this.gone.add(batch.bytes.buffer);
    batch.bytes.fill(SPOILT);
    batch.forgetLarge();
  }
}

interface End {
  readonly port: FakePort;
  readonly take: (batch: Batch) => void;
  /** Posted by the other end and not delivered yet. */
  readonly waiting: Batch[];
}

export class FakePorts {
  private readonly ends: End[] = [];
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** The two ends of a channel; what is posted to one comes out at the other's `take`, one at a step. */
  open(
    takeHere: (batch: Batch) => void,
    takeThere: (batch: Batch) => void,
  ): [here: FakePort, there: FakePort] {
    const [toHere, toThere]: [Batch[], Batch[]] = [[], []];
    const here = new FakePort((batch) => toThere.push(batch));
    const there = new FakePort((batch) => toHere.push(batch));
    this.ends.push({ port: here, take: takeHere, waiting: toHere });
    this.ends.push({ port: there, take: takeThere, waiting: toThere });
    return [here, there];
  }

  get idle(): boolean {
    return this.ends.every(({ waiting }) => waiting.length === 0);
  }

  /** Batches that somebody has in hand; 0 where all is answered and read. */
  get owed(): number {
    return this.ends.reduce((sum, { port }) => sum + port.owed, 0);
  }

  /** Delivers the next batch of an end chosen at random; false if there is none. */
  step(): boolean {
    return this.deliver(this.random.fraction());
  }

  /** Delivers the next batch of one of the ends that have any, chosen by a number from 0 up to, not including, 1. */
  deliver(choice: number): boolean {
    const ready = this.ends.filter(({ waiting }) => waiting.length > 0);
    if (ready.length === 0) return false;
    const { port, take, waiting } = ready[Math.floor(choice * ready.length)];
    take(port.arrive(waiting.shift()!));
    return true;
  }
}
