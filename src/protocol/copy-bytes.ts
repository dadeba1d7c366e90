/**
 * Copying of short byte ranges. Both threads. Up to some 48 bytes a loop in JavaScript is faster than the call into
 * native code that Buffer.copy makes; see bench/micro for the crossing point on a given machine.
 */
const LOOP_BYTES_MAX = 48;

/** Copies bytes [start, end) of `source` to `target` at `at`, where there must be room; returns their number. */
export function copyBytes(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
  const length = end - start;
  if (length > LOOP_BYTES_MAX) return source.copy(target, at, start, end);
  for (let i = 0; i < length; i++) target[at + i] = source[start + i];
  return length;
}
