/**
 * HalfSipHash-1-3 (Aumasson & Bernstein, reference implementation halfsiphash.c), 32-bit output, in plain JavaScript:
 * a keyed hash, so that nobody who does not know the seed can choose keys that collide. Shard thread.
 */

/** Two secret 32-bit words. */
export type HashSeed = readonly [low: number, high: number];

/**
 * The hash of `length` bytes that start with word `start` of `words` (little-endian), a signed 32-bit integer. Bytes
 * behind them in their last word don't count.
 */
export function halfSipHash(
  words: Int32Array,
  start: number,
  length: number,
  low: number,
  high: number,
): number {
  let v0 = low;
  let v1 = high;
  let v2 = 0x6c796765 ^ low;
  let v3 = 0x74656462 ^ high;
  const wordsEnd = start + (length >> 2);
  // One compression round a word; the last word is what is left of the bytes, with their number on top.
  for (let at = start; at <= wordsEnd; at++) {
    let word = length << 24;
    if (at < wordsEnd) word = words[at];
    else if ((length & 3) !== 0) word |= words[at] & lastWordMask(length);
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

/** Of the last, incomplete word of `length` bytes: the bits that count. */
export function lastWordMask(length: number): number {
  return (1 << ((length & 3) << 3)) - 1;
}
