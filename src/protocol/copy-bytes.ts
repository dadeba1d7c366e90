/**
 * Copying of byte ranges. Both threads. Up to some 40 bytes a loop in JavaScript is faster than any call into native
 * code (75 against 88 ns for 16 bytes, 126 against 102 ns for 48, Node 20 on the machine of docs/benchmarks.md), and a view
 * made here is faster than Buffer.copy, which makes one too and checks more (88 against 108 ns).
 */
const LOOP_BYTES_MAX = 40;

/** Copies bytes [start, end) of `source` to `target` at `at`, where there must be room; returns their number. */
export function copyBytes(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
  const length = end - start;
  if (length > LOOP_BYTES_MAX) {
    target.set(new Uint8Array(source.buffer, source.byteOffset + start, length), at);
    return length;
  }
  for (let i = 0; i < length; i++) target[at + i] = source[start + i];
  return length;
}

/** Up to this length a loop over words is faster than a call into native code (29 against 80 ns for 64 bytes). */
export const LOOP_WORD_BYTES_MAX = 192;

/**
 * Copies `length` bytes from anywhere in `source` to the words of `target` from `at` on; the last word is padded with
 * anything. A DataView reads words unaligned in one instruction.
 */
export function copyToWords(
  source: DataView,
  start: number,
  length: number,
  target: Int32Array,
  at: number,
): void {
  if (length > LOOP_WORD_BYTES_MAX) {
    const to = new Uint8Array(target.buffer, target.byteOffset + at * 4, length);
    to.set(new Uint8Array(source.buffer, source.byteOffset + start, length));
    return;
  }
  const whole = length >> 2;
  let i = 0;
  for (; i + 4 <= whole; i += 4) {
    const from = start + i * 4;
    const to = at + i;
    target[to] = source.getInt32(from, true);
    target[to + 1] = source.getInt32(from + 4, true);
    target[to + 2] = source.getInt32(from + 8, true);
    target[to + 3] = source.getInt32(from + 12, true);
  }
  for (; i < whole; i++) target[at + i] = source.getInt32(start + i * 4, true);
  const rest = length & 3;
  if (rest === 0) return;
  // Byte by byte: the word may reach beyond the source.
  let last = 0;
  for (let i = 0; i < rest; i++) last |= source.getUint8(start + whole * 4 + i) << (i * 8);
  target[at + whole] = last;
}
