/**
 * BufferPool: ArrayBuffers that travel between the threads and are used again.
 *
 * One on either side of a port. A request's buffer becomes a response's and the other way round, so in the steady
 * state none is allocated. Limits: at most KEPT buffers of BUFFER_BYTES wait here (1 MB); larger ones are let go.
 */

/** Size of a pooled buffer; what is larger is made to measure and not kept. */
export const BUFFER_BYTES = 64 * 1024;
const KEPT_MAX = 16;

export class BufferPool {
  private readonly free: ArrayBuffer[] = [];

  /** A buffer of at least `bytes`; its content is arbitrary. */
  take(bytes: number): ArrayBuffer {
    if (bytes <= BUFFER_BYTES) return this.free.pop() ?? new ArrayBuffer(BUFFER_BYTES);
    return new ArrayBuffer(Math.ceil(bytes / 8) * 8);
  }

  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength === BUFFER_BYTES && this.free.length < KEPT_MAX) this.free.push(buffer);
  }
}
