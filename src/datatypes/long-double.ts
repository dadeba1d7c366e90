/**
 * Long doubles as x86 has them and Redis computes INCRBYFLOAT with: a mantissa of 64 bits, rounded to nearest, ties to
 * even. Shard thread; pure. Read as C's strtold reads them, written as printf's %.17Lf does, without the zeroes at the end.
 *
 * Invariant: a finite value is one that a long double can have. Equal values may be kept with different exponents.
 */

/** Finite: mantissa * 2^exponent. */
export interface FiniteLongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}
/** What is no object is an infinity or NaN. */
export type LongDouble = FiniteLongDouble | number;

const MANTISSA_BITS = 64;
/** Of the smallest denormal number, 2^-16445. */
const EXPONENT_MIN = -16445;
/** Numbers are below 2^16384. */
const MAGNITUDE_BITS_MAX = 16384;
const FRACTION_DIGITS = 17;
const FRACTION_SCALE = 10n ** BigInt(FRACTION_DIGITS);
/** Redis copies what it reads to a buffer of 5 KB, with a NUL behind it. */
const TEXT_BYTES_MAX = 5 * 1024 - 1;
/** Powers of ten beyond which every decimal number with as many digits as that overflows, or vanishes. */
const DECIMAL_EXPONENT_MAX = 20_000;

export const ZERO: FiniteLongDouble = { mantissa: 0n, exponent: 0 };

const DECIMAL = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)0x(?:([\da-f]+)(?:\.([\da-f]*))?|\.([\da-f]+))(?:p([+-]?\d+))?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/**
 * Reads bytes [start, end) as a whole; blanks are none of it.
 * @returns undefined for what is no number, is NaN, or is too large or, without being zero, too small for a long double
 */
export function parseLongDouble(bytes: Buffer, start: number, end: number): LongDouble | undefined {
  if (end - start > TEXT_BYTES_MAX) return undefined;
  const text = bytes.toString('latin1', start, end);
  const decimal = DECIMAL.exec(text);
  if (decimal !== null) return readDecimal(decimal);
  const hexadecimal = HEXADECIMAL.exec(text);
  if (hexadecimal !== null) return readHexadecimal(hexadecimal);
  const infinite = INFINITE.exec(text);
  return infinite === null ? undefined : sign(infinite) * Number.POSITIVE_INFINITY;
}

/** a + b, rounded. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble {
  if (typeof a === 'number' || typeof b === 'number') {
    return (typeof a === 'number' ? a : 0) + (typeof b === 'number' ? b : 0);
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.mantissa << BigInt(a.exponent - exponent);
  const right = b.mantissa << BigInt(b.exponent - exponent);
  return scaled(left + right, 1n, exponent);
}

/** Decimal digits, with up to 17 behind the point. */
export function formatLongDouble({ exponent, mantissa }: FiniteLongDouble): string {
  const magnitude = mantissa < 0n ? -mantissa : mantissa;
  const scaledUp = magnitude * FRACTION_SCALE;
  const rounded = exponent >= 0 ? scaledUp << BigInt(exponent) : shiftRounded(scaledUp, -exponent);
  const digits = rounded.toString().padStart(FRACTION_DIGITS + 1, '0');
  const whole = digits.slice(0, -FRACTION_DIGITS);
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return mantissa < 0n && rounded !== 0n ? `-${text}` : text;
}

function sign(match: RegExpExecArray): 1 | -1 {
  return match[1] === '-' ? -1 : 1;
}

function readDecimal(match: RegExpExecArray): LongDouble | undefined {
  const fraction = match[3] ?? match[4] ?? '';
  const digits = BigInt((match[2] ?? '') + fraction) * BigInt(sign(match));
  if (digits === 0n) return ZERO;
  const exponent = Number(match[5] ?? 0) - fraction.length;
  if (Math.abs(exponent) > DECIMAL_EXPONENT_MAX) return undefined;
  const power = 10n ** BigInt(Math.abs(exponent));
  return inRange(exponent < 0 ? scaled(digits, power, 0) : scaled(digits * power, 1n, 0));
}

function readHexadecimal(match: RegExpExecArray): LongDouble | undefined {
  const fraction = match[3] ?? match[4] ?? '';
  const digits = BigInt(`0x${(match[2] ?? '') + fraction}`) * BigInt(sign(match));
  if (digits === 0n) return ZERO;
  const exponent = Number(match[5] ?? 0) - fraction.length * 4;
  // Further than the text is long from any number there is.
  if (Math.abs(exponent) > 2 * DECIMAL_EXPONENT_MAX + 4 * TEXT_BYTES_MAX) return undefined;
  return inRange(scaled(digits, 1n, exponent));
}

/** What was read if it is finite and, since it is not zero, has not become it by rounding. */
function inRange(value: LongDouble): LongDouble | undefined {
  return typeof value === 'number' || value.mantissa === 0n ? undefined : value;
}

/** numerator / denominator * 2^exponent, rounded. */
function scaled(numerator: bigint, denominator: bigint, exponent: number): LongDouble {
  if (numerator === 0n) return ZERO;
  const negative = numerator < 0n;
  let dividend = negative ? -numerator : numerator;
  let divisor = denominator;
  // Where the quotient has a bit or two more than the mantissa, so that it can be rounded.
  const wantedBits = MANTISSA_BITS + 2;
  let shift = bitLength(dividend) - bitLength(divisor) - wantedBits;
  shift = Math.max(shift, EXPONENT_MIN - 2 - exponent);
  if (shift < 0) dividend <<= BigInt(-shift);
  else divisor <<= BigInt(shift);
  let quotient = dividend / divisor;
  // The lowest bit says that there is a remainder; it is below the ones that decide.
  if (quotient * divisor !== dividend) quotient = (quotient << 1n) | 1n;
  else quotient <<= 1n;
  const lowest = exponent + shift - 1;
  const drop = Math.max(bitLength(quotient) - MANTISSA_BITS, EXPONENT_MIN - lowest, 0);
  const mantissa = shiftRounded(quotient, drop);
  const result = lowest + drop;
  if (bitLength(mantissa) + result > MAGNITUDE_BITS_MAX) {
    return negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return { mantissa: negative ? -mantissa : mantissa, exponent: result };
}

/** value / 2^bits, to the nearest integer, ties to even. */
function shiftRounded(value: bigint, bits: number): bigint {
  if (bits === 0) return value;
  const quotient = value >> BigInt(bits);
  const rest = value - (quotient << BigInt(bits));
  const half = 1n << BigInt(bits - 1);
  const up = rest > half || (rest === half && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const hexadecimal = value.toString(16);
  return hexadecimal.length * 4 - (Math.clz32(Number.parseInt(hexadecimal[0], 16)) - 28);
}
