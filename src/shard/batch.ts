/**
 * Batch: the memory that a request or response batch lies in, with its views. Both threads.
 *
 * It is a page, which both threads can see and which is used again (channel.ts), or a buffer of its own, which is
 * transferred. Large arguments travel beside it. Invariant: only one side has a batch at a time, from take() until
 * post() the one that fills it, from then until release() the one that reads it.
 */

/** Size of a page; a batch that needs more has a buffer of its own. */
export const PAGE_BYTES = 64 * 1024;
/** The page number of a batch that is none. */
export const NO_PAGE = -1;

const NOTHING: readonly ArrayBuffer[] = [];

export class Batch {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** Its number among its channel's pages, or NO_PAGE. */
  readonly page: number;
  /** Buffers that travel with it. */
  large: readonly ArrayBuffer[] = NOTHING;

  private constructor(buffer: ArrayBufferLike, from: number, byteLength: number, page: number) {
    this.bytes = Buffer.from(buffer, from, byteLength);
    this.words = new Int32Array(buffer, from, byteLength >> 2);
    this.doubles = new Float64Array(buffer, from, byteLength >> 3);
    this.page = page;
  }

  static ofPage(pages: SharedArrayBuffer, page: number): Batch {
    return new Batch(pages, page * PAGE_BYTES, PAGE_BYTES, page);
  }

  static ofBuffer(buffer: ArrayBuffer): Batch {
    return new Batch(buffer, 0, buffer.byteLength, NO_PAGE);
  }

  /** A batch of at least `bytes` in a buffer of its own. */
  static ofSize(bytes: number): Batch {
    return Batch.ofBuffer(new ArrayBuffer(Math.ceil(bytes / 8) * 8));
  }

  /** Nothing travels with it any more. */
  forgetLarge(): void {
    this.large = NOTHING;
  }
}

/** One end of the way between the router and a shard: batches out, and what becomes of those that came in. */
export interface BatchPort {
  /** Memory for a batch of at least `bytes`, its content arbitrary; to be given to post() or discard(). */
  take(bytes: number): Batch;
  /** Sends a batch; batches arrive in the order in which they are posted. */
  post(batch: Batch): void;
  /** Gives memory back that was taken and not posted. */
  discard(batch: Batch): void;
  /** A batch that came in is not needed any more. */
  release(batch: Batch): void;
}
