/**
 * Redis integers are signed 64 bits; JavaScript numbers are exact to 53. An Int64 is a number where that is
 * exact and a bigint elsewhere, so the common case costs nothing and the rare one is still right.
 * Both threads. Invariant: a bigint is never in the range of safe integers, so === compares values.
 */

export type Int64 = number | bigint;

export const INT64_MAX = 9223372036854775807n;
export const INT64_MIN = -9223372036854775808n;

/** Decimal digits that always fit a safe integer. */
const SAFE_DIGITS = 15;

/**
 * Reads bytes [start, end) as Redis's string2ll does: an optional minus, no plus, no leading zero, no
 * blanks, and nothing outside 64 bits.
 * @returns undefined for anything else
 */
export function parseInt64(bytes: Uint8Array, start: number, end: number): Int64 | undefined {
  let at = start;
  const negative = at < end && bytes[at] === 0x2d;
  if (negative) at++;
  const digits = end - at;
  if (digits <= 0 || digits > 19) return undefined;
  const first = bytes[at];
  if (first === 0x30) return digits === 1 && !negative ? 0 : undefined;
  let value = 0;
  for (let i = at; i < end; i++) {
    const digit = bytes[i] - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (digits <= SAFE_DIGITS) return negative ? -value : value;
  let exact = 0n;
  for (let i = at; i < end; i++) exact = exact * 10n + BigInt(bytes[i] - 0x30);
  if (negative) exact = -exact;
  return isInt64(exact) ? toInt64(exact) : undefined;
}

/** The canonical Int64 of a bigint that is known to fit 64 bits. */
export function toInt64(value: bigint): Int64 {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** a + b, or undefined where the sum leaves 64 bits. */
export function addInt64(a: Int64, b: Int64): Int64 | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const exact = BigInt(a) + BigInt(b);
  return isInt64(exact) ? toInt64(exact) : undefined;
}

/** -a, for any a but INT64_MIN. */
export function negateInt64(a: Int64): Int64 {
  // 0 - a, so that there is no -0.
  return typeof a === 'number' ? 0 - a : toInt64(-a);
}

/** a * b, or undefined where the product leaves 64 bits. */
export function multiplyInt64(a: Int64, b: number): Int64 | undefined {
  if (typeof a === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product;
  }
  const exact = BigInt(a) * BigInt(b);
  return isInt64(exact) ? toInt64(exact) : undefined;
}

/** a / b rounded towards zero, for a positive b. */
export function divideInt64(a: Int64, b: number): Int64 {
  return typeof a === 'number' ? Math.trunc(a / b) : toInt64(a / BigInt(b));
}

function isInt64(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}
