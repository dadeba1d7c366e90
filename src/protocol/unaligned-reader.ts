/**
 * UnalignedReader: copies from anywhere in a buffer to the words of another. Main thread.
 *
 * By words: a DataView reads them unaligned in one instruction. The view of the last source is kept, since the arguments
 * of a chunk come one after the other.
 */

/** Up to this length a loop over words is faster than a call into native code (29 against 80 ns for 64 bytes). */
const LOOP_WORD_BYTES_MAX = 192;
const NO_BYTES = Buffer.alloc(0);
const NO_VIEW = new DataView(NO_BYTES.buffer);

export class UnalignedReader {
  private source: Buffer = NO_BYTES;
  private view: DataView = NO_VIEW;

  /** Copies `length` bytes of `source` from `start` on to the words of `target` from `at` on; pads with anything. */
  copy(source: Buffer, start: number, length: number, target: Int32Array, at: number): void {
    if (length > LOOP_WORD_BYTES_MAX) {
      new Uint8Array(target.buffer, target.byteOffset + at * 4, length).set(
        new Uint8Array(source.buffer, source.byteOffset + start, length),
      );
      return;
    }
    if (source !== this.source) {
      this.source = source;
      this.view = new DataView(source.buffer, source.byteOffset, source.length);
    }
    const { view } = this;
    const whole = length >> 2;
    for (let i = 0; i < whole; i++) target[at + i] = view.getInt32(start + i * 4, true);
    let rest = start + whole * 4;
    const end = start + length;
    if (rest === end) return;
    let last = source[rest++];
    for (let shift = 8; rest < end; shift += 8) last |= source[rest++] << shift;
    target[at + whole] = last;
  }

  /** Keeps no source alive any more. */
  forget(): void {
    this.source = NO_BYTES;
    this.view = NO_VIEW;
  }
}
