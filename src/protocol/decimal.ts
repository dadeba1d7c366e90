/** Integers to decimal digits, without a string for those that a number holds exactly. Both threads. */
import type { Int64 } from './int64.js';

const ZERO = 0x30;
const MINUS = 0x2d;
/** Up to here V8 divides as integers. */
const SMALL_MAX = 0x3fffffff;
/** As long as the digits of a 64-bit integer can be, with the minus. */
export const DECIMAL_BYTES_MAX = 20;

/** Writes the digits at `at`, where there must be room for them; returns their number. */
export function writeDecimal(bytes: Buffer, at: number, value: Int64): number {
  if (typeof value !== 'number') return bytes.write(String(value), at, 'latin1');
  let start = at;
  let rest = value;
  if (rest < 0) {
    bytes[start++] = MINUS;
    rest = -rest;
  }
  let digits = 1;
  for (let limit = 10; limit <= rest; limit *= 10) digits++;
  let last = start + digits - 1;
  while (rest > SMALL_MAX) {
    // Exact: below 2^53 the quotient is further from the next integer than it can be rounded by.
    const quotient = Math.floor(rest / 10);
    bytes[last--] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  for (; last >= start; last--) {
    const quotient = (rest / 10) | 0;
    bytes[last] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  return start + digits - at;
}
