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
