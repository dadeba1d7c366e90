/**
 * Channel: the way between the router and one shard: a FIFO of batches in each direction. Both threads, an end each.
 *
 * Batches lie in pages of memory that both threads see, and only their numbers are passed on, through a ring. What does
 * not fit a page, large arguments, and what is sent when no page is free goes through a MessagePort beside it, as
 * ArrayBuffers that are transferred; the batches are numbered, so that the two make one order. The port is also how a
 * thread is woken that sleeps in its event loop (doorbell.ts): while it is awake nothing is posted at all.
 *
 *   lane     | sent | freed | first |  ring: number, page  ×32  |  freed ring: page  ×32  |       (words)
 *            and 32 pages of 64 KB
 *
 * A lane is one direction. Its sender owns the pages; the receiver gives them back by number. Neither end ever waits for
 * the other: without a free page, or for a receiver that is slow to give them back, there is the port.
 * What a batch costs by page and transferred is in docs/benchmarks.md, "The transport: what was tried".
 */
import { Batch, type BatchPort, NO_PAGE, PAGE_BYTES } from './batch.js';
import type { Doorbell } from './doorbell.js';

/** Pages of a lane, a power of two: 2 MB, of which only what is in use at once is ever touched. */
export const PAGES = 32;

// A lane's words.
/** The number of the next batch to be posted, counted round 2^32. */
const SENT = 0;
/** The number of the next page to be given back, counted round 2^32. */
const FREED = 1;
/** Where all counts began. */
const FIRST = 2;
const RING = 3;
const FREED_RING = RING + PAGES * 2;
const LANE_WORDS = FREED_RING + PAGES;

/** In a ring's entry beside the page: its large buffers follow on the port. */
const LARGE_FLAG = 1 << 16;

/** What both ends of a lane see. */
export interface SharedLane {
  readonly words: SharedArrayBuffer;
  readonly pages: SharedArrayBuffer;
}

/** A lane whose counts begin at `first`, which makes no difference but for when they wrap. */
export function newLane(first = 0): SharedLane {
  const shared = new SharedArrayBuffer(LANE_WORDS * 4);
  const words = new Int32Array(shared);
  words.fill(first, SENT, FIRST + 1);
  // No batch that will be posted soon.
  words.fill(first - 1, RING, FREED_RING);
  return { words: shared, pages: new SharedArrayBuffer(PAGES * PAGE_BYTES) };
}

function batchesOf({ pages }: SharedLane): Batch[] {
  return Array.from({ length: PAGES }, (_, page) => Batch.ofPage(pages, page));
}

/** What a channel sends messages by; worker_threads' MessagePort. */
export interface ChannelPort {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
}

export interface ChannelOptions {
  readonly port: ChannelPort;
  /** Takes the next message that has come through the port and that no event has brought; undefined if there is none. */
  readonly nextMessage: () => unknown;
  readonly outgoing: SharedLane;
  readonly incoming: SharedLane;
  /** Wakes the other end. */
  readonly theirs: Doorbell;
}

/** One end of a channel. */
export class Channel implements BatchPort {
  private readonly port: ChannelPort;
  private readonly nextMessage: () => unknown;
  private readonly theirs: Doorbell;
  private readonly sendMessage = (): void => this.port.postMessage(null);

  private readonly outgoing: Int32Array;
  private readonly outgoingPages: readonly Batch[];
  private readonly freePages: number[] = [];
  private sent: number;
  private sentPages: number;
  private freedSeen: number;

  private readonly incoming: Int32Array;
  private readonly incomingPages: readonly Batch[];
  /** What the port's event has brought that poll() has not come to yet. */
  private readonly arrived: unknown[] = [];
  private received: number;
  private receivedPages: number;
  private freed: number;

  constructor({ port, nextMessage, outgoing, incoming, theirs }: ChannelOptions) {
    this.port = port;
    this.nextMessage = nextMessage;
    this.theirs = theirs;
    this.outgoing = new Int32Array(outgoing.words);
    this.outgoingPages = batchesOf(outgoing);
    for (let page = PAGES - 1; page >= 0; page--) this.freePages.push(page);
    this.incoming = new Int32Array(incoming.words);
    this.incomingPages = batchesOf(incoming);
    this.sent = this.sentPages = this.freedSeen = this.outgoing[FIRST];
    this.received = this.receivedPages = this.freed = this.incoming[FIRST];
  }

  take(bytes: number): Batch {
    if (bytes > PAGE_BYTES) return Batch.ofSize(bytes);
    const freed = Atomics.load(this.outgoing, FREED);
    for (; this.freedSeen !== freed; this.freedSeen = (this.freedSeen + 1) | 0) {
      this.freePages.push(this.outgoing[FREED_RING + (this.freedSeen & (PAGES - 1))]);
    }
    const page = this.freePages.pop();
    return page === undefined ? Batch.ofSize(PAGE_BYTES) : this.outgoingPages[page];
  }

  post(batch: Batch): void {
    if (batch.page === NO_PAGE) {
      const buffers = [batch.bytes.buffer as ArrayBuffer, ...batch.large];
      this.port.postMessage(buffers, buffers);
    } else {
      const at = RING + (this.sentPages & (PAGES - 1)) * 2;
      this.sentPages = (this.sentPages + 1) | 0;
      this.outgoing[at] = this.sent;
      this.outgoing[at + 1] = batch.page;
      if (batch.large.length > 0) {
        this.outgoing[at + 1] |= LARGE_FLAG;
        this.port.postMessage(batch.large, batch.large as ArrayBuffer[]);
        batch.forgetLarge();
      }
    }
    this.sent = (this.sent + 1) | 0;
    // Behind everything else, so that whoever sees the number sees the batch.
    Atomics.store(this.outgoing, SENT, this.sent);
    this.theirs.ring(this.sendMessage);
  }

  discard(batch: Batch): void {
    batch.forgetLarge();
    if (batch.page !== NO_PAGE) this.freePages.push(batch.page);
  }

  release(batch: Batch): void {
    batch.forgetLarge();
    if (batch.page === NO_PAGE) return;
    this.incoming[FREED_RING + (this.freed & (PAGES - 1))] = batch.page;
    this.freed = (this.freed + 1) | 0;
    Atomics.store(this.incoming, FREED, this.freed);
  }

  /** Whether poll() has something. */
  get hasArrived(): boolean {
    return this.received !== Atomics.load(this.incoming, SENT);
  }

  /** To be called with every message of the port; says whether it was only to wake this end. */
  arrive(message: unknown): void {
    if (message !== null) this.arrived.push(message);
  }

  /**
   * The next batch that came in, or null; it is to be given to release().
   * @throws Error if what came is no batch
   */
  poll(): Batch | null {
    if (!this.hasArrived) return null;
    const at = RING + (this.receivedPages & (PAGES - 1)) * 2;
    let batch: Batch;
    if (this.incoming[at] === this.received) {
      const entry = this.incoming[at + 1];
      batch = this.incomingPages[entry & (LARGE_FLAG - 1)];
      if ((entry & LARGE_FLAG) !== 0) batch.large = this.takeBuffers();
      this.receivedPages = (this.receivedPages + 1) | 0;
    } else {
      const [buffer, ...large] = this.takeBuffers();
      batch = Batch.ofBuffer(buffer);
      batch.large = large;
    }
    this.received = (this.received + 1) | 0;
    return batch;
  }

  /** The next message that is more than a ring of the bell; it has been posted already. */
  private takeBuffers(): ArrayBuffer[] {
    let message: unknown = null;
    while (message === null) {
      message = this.arrived.length > 0 ? this.arrived.shift() : this.nextMessage();
    }
    if (!isBuffers(message)) throw new Error('a message between router and shard is no batch');
    return message;
  }
}

function isBuffers(message: unknown): message is ArrayBuffer[] {
  return Array.isArray(message) && message.length > 0 && message.every((one) => one instanceof ArrayBuffer);
}
