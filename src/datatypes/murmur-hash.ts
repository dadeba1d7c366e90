/**
 * MurmurHash64A (Austin Appleby), which is what spreads the elements of a HyperLogLog: of bytes, read low byte first, with
 * Redis's seed. Pure. 64 bits are two halves of 32; the halves of the last hash are in the object, so that none is made.
 */

/** The multiplier, and it in pieces of 16 bits from the lowest on. */
const M_LOW = 0x5bd1e995;
const M_HIGH = 0xc6a4a793 | 0;
const M0 = M_LOW & 0xffff;
const M1 = M_LOW >>> 16;

const SEED = 0xadc83b19 | 0;

/** The upper half of the product of two unsigned halves, of which one is M_LOW: the sum of what the pieces carry. */
function upper(a: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const middle1 = Math.imul(a1, M0);
  const middle0 = Math.imul(a0, M1);
  const carry = ((Math.imul(a0, M0) >>> 16) + (middle0 & 0xffff) + (middle1 & 0xffff)) >>> 16;
  return (Math.imul(a1, M1) + (middle0 >>> 16) + (middle1 >>> 16) + carry) | 0;
}

function upperOfProduct(low: number, high: number): number {
  return (upper(low) + Math.imul(low, M_HIGH) + Math.imul(high, M_LOW)) | 0;
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

/** Up to four bytes from `at` on, as far as there are any before `end`. */
function lastWord(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = Math.min(end, at + 4) - 1; i >= at; i--) value = (value << 8) | bytes[i];
  return value;
}

export class MurmurHash {
  low = 0;
  high = 0;

  /** Hashes bytes [start, end). */
  hash(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    let low = SEED ^ Math.imul(length, M_LOW);
    let high = upperOfProduct(length, 0);
    const whole = start + (length & ~7);
    for (let i = start; i < whole; i += 8) {
      let wordHigh = word(bytes, i + 4);
      let wordLow = word(bytes, i);
      wordHigh = upperOfProduct(wordLow, wordHigh);
      wordLow = Math.imul(wordLow, M_LOW);
      // By 47 bits to the right: of the upper half 17 bits are left.
      wordLow ^= wordHigh >>> 15;
      high ^= upperOfProduct(wordLow, wordHigh);
      low ^= Math.imul(wordLow, M_LOW);
      high = upperOfProduct(low, high);
      low = Math.imul(low, M_LOW);
    }
    if (whole < end) {
      low ^= lastWord(bytes, whole, end);
      high ^= lastWord(bytes, whole + 4, end);
      high = upperOfProduct(low, high);
      low = Math.imul(low, M_LOW);
    }
    low ^= high >>> 15;
    high = upperOfProduct(low, high);
    low = Math.imul(low, M_LOW);
    this.low = low ^ (high >>> 15);
    this.high = high;
  }
}
