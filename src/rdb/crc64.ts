/**
 * CRC-64 as Redis computes it over DUMP payloads and snapshots: Jones's polynomial, reflected, from zero, nothing added at
 * the end. Pure; both threads. 64 bits are two halves of 32, and eight bytes are taken at a time with a table each
 * ("slicing by 8": Kounavis, Berry, "A Systematic Approach to Building High Performance Software-based CRC Generators").
 */

/** The polynomial, its bits in reverse. */
const POLYNOMIAL_LOW = 0xac4bc9b5 | 0;
const POLYNOMIAL_HIGH = 0x95ac9329 | 0;

/** Entry 256 * k + b: the CRC of byte b with k zero bytes behind it. */
const LOW = new Int32Array(8 * 256);
const HIGH = new Int32Array(8 * 256);

for (let byte = 0; byte < 256; byte++) {
  let low = byte;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const carry = -(low & 1);
    low = ((low >>> 1) | (high << 31)) ^ (POLYNOMIAL_LOW & carry);
    high = (high >>> 1) ^ (POLYNOMIAL_HIGH & carry);
  }
  LOW[byte] = low;
  HIGH[byte] = high;
}
for (let i = 256; i < 8 * 256; i++) {
  const [low, high] = [LOW[i - 256], HIGH[i - 256]];
  LOW[i] = ((low >>> 8) | (high << 24)) ^ LOW[low & 0xff];
  HIGH[i] = (high >>> 8) ^ HIGH[low & 0xff];
}

/** The CRC of the bytes it has been given so far, in two halves. */
export class Crc64 {
  low = 0;
  high = 0;

  reset(): this {
    this.low = 0;
    this.high = 0;
    return this;
  }

  /** Takes bytes [start, end). */
  update(bytes: Uint8Array, start: number, end: number): this {
    let { high, low } = this;
    let i = start;
    for (; i + 8 <= end; i += 8) {
      const a = 0x700 + ((low ^ bytes[i]) & 0xff);
      const b = 0x600 + (((low >>> 8) ^ bytes[i + 1]) & 0xff);
      const c = 0x500 + (((low >>> 16) ^ bytes[i + 2]) & 0xff);
      const d = 0x400 + ((low >>> 24) ^ bytes[i + 3]);
      const e = 0x300 + ((high ^ bytes[i + 4]) & 0xff);
      const f = 0x200 + (((high >>> 8) ^ bytes[i + 5]) & 0xff);
      const g = 0x100 + (((high >>> 16) ^ bytes[i + 6]) & 0xff);
      const h = (high >>> 24) ^ bytes[i + 7];
      low = LOW[a] ^ LOW[b] ^ LOW[c] ^ LOW[d] ^ LOW[e] ^ LOW[f] ^ LOW[g] ^ LOW[h];
      high = HIGH[a] ^ HIGH[b] ^ HIGH[c] ^ HIGH[d] ^ HIGH[e] ^ HIGH[f] ^ HIGH[g] ^ HIGH[h];
    }
    for (; i < end; i++) {
      const entry = (low ^ bytes[i]) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ LOW[entry];
      high = (high >>> 8) ^ HIGH[entry];
    }
    this.low = low;
    this.high = high;
    return this;
  }
}
