/**
 * Rope: bytes that arrive in pieces and are wanted in one piece only at their end.
 *
 * Main thread; the request parser keeps one for a command that spans chunks.
 * Invariant: every byte is copied at most twice (once into a block, and once by
 * flatten), whatever the chunking, and memory follows the bytes that have arrived, never an announced size.
 */

const BLOCK_BYTES_MIN = 512;
const BLOCK_BYTES_MAX = 64 * 1024;

export class Rope {
  /** Bytes held. */
  length = 0;
  /** Bytes copied by append and flatten so far; tests hold this against the bytes received. */
  bytesCopied = 0;

  private pieces: Buffer[] = [];
  private block: Buffer | null = null;
  /** The part [blockSealed, blockUsed) of the block is not in `pieces` yet. */
  private blockSealed = 0;
  private blockUsed = 0;

  /** Copies bytes [start, end) of a chunk. */
  append(chunk: Buffer, start: number, end: number): void {
    let from = start;
    while (from < end) {
      if (this.block === null || this.blockUsed === this.block.length) this.nextBlock();
      const taken = Math.min(end - from, this.block!.length - this.blockUsed);
      chunk.copy(this.block!, this.blockUsed, from, from + taken);
      this.blockUsed += taken;
      this.length += taken;
      this.bytesCopied += taken;
      from += taken;
    }
  }

  /**
   * All bytes in one buffer with an ArrayBuffer of its own, so that it can be transferred to a thread.
   * @throws RangeError where that much memory cannot be had
   */
  flatten(): Buffer {
    this.seal();
    const flat = Buffer.allocUnsafeSlow(this.length);
    let at = 0;
    for (const piece of this.pieces) at += piece.copy(flat, at);
    this.bytesCopied += at;
    return flat;
  }

  private seal(): void {
    if (this.block === null || this.blockUsed === this.blockSealed) return;
    this.pieces.push(this.block.subarray(this.blockSealed, this.blockUsed));
    this.blockSealed = this.blockUsed;
  }

  private nextBlock(): void {
    this.seal();
    const bytes = Math.min(Math.max(this.length, BLOCK_BYTES_MIN), BLOCK_BYTES_MAX);
    this.block = Buffer.allocUnsafeSlow(bytes);
    this.blockSealed = 0;
    this.blockUsed = 0;
  }
}
