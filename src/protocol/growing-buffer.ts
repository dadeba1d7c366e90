/**
 * GrowingBuffer: the bytes of one large argument while they arrive.
 *
 * Main thread. Address space is reserved for the announced length, memory is taken as bytes come (a resizable ArrayBuffer),
 * and given back at once by free(), without waiting for the garbage collector: half a command from a client that goes away
 * costs nothing afterwards. Holding on to the chunks instead fragmented the heap for good (46 MB after 150 half commands).
 * Invariant: every byte is copied twice, on its way in and by take(), which gives an ordinary buffer: views of resizable
 * ones are slower everywhere.
 */

const STEP_BYTES_MIN = 256 * 1024;

export class GrowingBuffer {
  /** Bytes held. */
  length = 0;
  bytesCopied = 0;
  private readonly buffer: ArrayBuffer;
  private readonly bytes: Uint8Array;

  /** @throws RangeError where that much address space cannot be had */
  constructor(bytesMax: number) {
    this.buffer = new ArrayBuffer(0, { maxByteLength: bytesMax });
    this.bytes = new Uint8Array(this.buffer);
  }

  /**
   * Appends bytes [start, end) of a chunk.
   * @throws RangeError where there is no memory for them
   */
  append(chunk: Buffer, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.buffer.byteLength) {
      const wanted = Math.max(needed, this.length * 2, STEP_BYTES_MIN);
      this.buffer.resize(Math.min(wanted, this.buffer.maxByteLength));
    }
    this.bytes.set(chunk.subarray(start, end), this.length);
    this.bytesCopied += end - start;
    this.length = needed;
  }

  /**
   * All bytes in a buffer with an ArrayBuffer of its own, so that it can be transferred to a thread; frees this one.
   * @throws RangeError where there is no memory for them
   */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.length);
    taken.set(this.bytes.subarray(0, this.length));
    this.bytesCopied += this.length;
    this.free();
    return taken;
  }

  free(): void {
    this.buffer.resize(0);
    this.length = 0;
  }
}
