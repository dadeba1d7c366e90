/**
 * OutputBuffer: where output is put together for a write, one buffer for all connections. Main thread.
 *
 * A socket that can take all of a write has done so when write() returns (its writableLength is 0 again), and the buffer is
 * free for the next one: no callback is needed to know it, which would cost a tick a write. Only where the system did not
 * take everything does the socket still need the bytes; it then keeps them, and the others get a new buffer.
 */
import type { Socket } from 'node:net';

const BUFFER_BYTES = 64 * 1024;

export class OutputBuffer {
  private bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES);

  /** A buffer of `count` bytes to be filled and given to write(), both before anything else is reserved. */
  reserve(socket: Socket, count: number): Buffer {
    // What has to wait behind an earlier write is kept by the socket: it gets a buffer of its own at once.
    if (count > BUFFER_BYTES || socket.writableLength > 0) return Buffer.allocUnsafeSlow(count);
    return this.bytes.subarray(0, count);
  }

  write(socket: Socket, filled: Buffer): void {
    socket.write(filled);
    if (socket.writableLength > 0 && filled.buffer === this.bytes.buffer) {
      this.bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    }
  }
}
