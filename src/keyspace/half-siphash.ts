/**
 * HalfSipHash-1-3 (Aumasson & Bernstein, reference implementation halfsiphash.c), 32-bit output, in plain JavaScript:
 * a keyed hash, so that nobody who does not know the seed can choose keys that collide. Shard thread.
 */

/** Two secret 32-bit words. */
export type HashSeed = readonly [low: number, high: number];

/** The hash of bytes [start, end), a signed 32-bit integer. */
export function halfSipHash(
  bytes: Uint8Array,
  start: number,
  end: number,
  low: number,
  high: number,
): number {
  let v0 = low;
  let v1 = high;
  let v2 = 0x6c796765 ^ low;
  let v3 = 0x74656462 ^ high;
  const length = end - start;
  const wordsEnd = start + (length & ~3);
  let at = start;
  let last = false;
  // One compression round a word; the last word is what is left of the bytes, with their number on top.
  while (!last) {
    let word: number;
    if (at < wordsEnd) {
      word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      at += 4;
    } else {
      last = true;
      word = length << 24;
      if (at + 2 < end) word |= bytes[at + 2] << 16;
      if (at + 1 < end) word |= bytes[at + 1] << 8;
      if (at < end) word |= bytes[at];
    }
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  v2 ^= 0xff;
  for (let round = 0; round < 3; round++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  return v1 ^ v3;
}
