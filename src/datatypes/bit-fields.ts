/**
 * Bit fields: integers of 1 to 64 bits anywhere in a byte string, and what becomes of values that do not fit them. Shard
 * thread; pure. Values are numbers where that is exact; the rules for those that are not are C's, wrapping and all.
 */
import { INT64_MAX, INT64_MIN, type Int64, toInt64 } from '../protocol/int64.js';

/** What becomes of a value that does not fit. */
export type Overflow = 'wrap' | 'saturate' | 'fail';

export interface FieldType {
  readonly signed: boolean;
  /** 1 to 64, or to 63 of an unsigned one. */
  readonly bits: number;
}

/** Up to here a field is worked on as a number. */
const NUMBER_BITS_MAX = 48;

/** The field at bit `at` of the string in bytes [start, start + length); what is behind it is 0. */
export function readField(
  bytes: Uint8Array,
  start: number,
  length: number,
  at: number,
  { bits, signed }: FieldType,
): Int64 {
  const first = Math.floor(at / 8);
  const skipped = at % 8;
  const span = Math.ceil((skipped + bits) / 8);
  const byteAt = (i: number): number => (first + i < length ? bytes[start + first + i] : 0);
  if (bits > NUMBER_BITS_MAX) {
    let whole = 0n;
    for (let i = 0; i < span; i++) whole = (whole << 8n) | BigInt(byteAt(i));
    const field = whole >> BigInt(span * 8 - skipped - bits);
    return toInt64(signed ? BigInt.asIntN(bits, field) : BigInt.asUintN(bits, field));
  }
  // The bits before the field are cut off, so that what is read fits a number: 48 and up to 7 behind them.
  let value = byteAt(0) & (0xff >> skipped);
  let valueBits = 8 - skipped;
  for (let i = 1; i < span; i++, valueBits += 8) {
    const left = bits - valueBits;
    value = left >= 8 ? value * 256 + byteAt(i) : value * 2 ** left + (byteAt(i) >> (8 - left));
  }
  if (span === 1) value = value >> (valueBits - bits);
  return signed && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
}

/** Writes the low bits of a value to the field at bit `at` of the string that begins at `start`. */
export function writeField(
  bytes: Uint8Array,
  start: number,
  at: number,
  { bits }: FieldType,
  value: Int64,
): void {
  const last = at + bits - 1;
  // From the end, byte by byte.
  let rest = bits > NUMBER_BITS_MAX ? BigInt.asUintN(bits, BigInt(value)) : moduloPower(value, bits);
  let left = bits;
  let index = start + Math.floor(last / 8);
  let behind = 7 - (last % 8);
  while (left > 0) {
    const taken = Math.min(left, 8 - behind);
    const mask = ((1 << taken) - 1) << behind;
    const low = typeof rest === 'bigint' ? Number(rest & 0xffn) : rest % 256;
    bytes[index] = (bytes[index] & ~mask) | ((low << behind) & mask);
    rest = typeof rest === 'bigint' ? rest >> BigInt(taken) : Math.floor(rest / 2 ** taken);
    left -= taken;
    index--;
    behind = 0;
  }
}

/** value modulo 2^bits, not negative. */
function moduloPower(value: Int64, bits: number): number {
  if (typeof value === 'bigint') return Number(BigInt.asUintN(bits, value));
  const power = 2 ** bits;
  const rest = value % power;
  // Adding 0 makes 0 of -0.
  return rest < 0 ? rest + power : rest + 0;
}

/** What a field holds after `amount` was added to `value`, or undefined where it overflows and is to fail. */
export function addToField(
  type: FieldType,
  value: Int64,
  amount: Int64,
  overflow: Overflow,
): Int64 | undefined {
  const { bits, signed } = type;
  if (bits <= NUMBER_BITS_MAX && typeof value === 'number' && typeof amount === 'number') {
    const max = 2 ** (signed ? bits - 1 : bits) - 1;
    const min = signed ? -max - 1 : 0;
    const sum = value + amount;
    // An unsigned field takes a negative value for a very large one.
    const tooLarge = sum > max || (!signed && value < 0);
    if (!tooLarge && sum >= min) return sum;
    if (overflow === 'fail') return undefined;
    if (overflow === 'saturate') return tooLarge ? max : min;
    const wrapped = (moduloPower(value, bits) + moduloPower(amount, bits)) % 2 ** bits;
    return signed && wrapped > max ? wrapped - 2 ** bits : wrapped;
  }
  const [a, b] = [BigInt(value), BigInt(amount)];
  const result = signed ? addSigned(bits, a, b, overflow) : addUnsigned(bits, a, b, overflow);
  return result === undefined ? undefined : toInt64(result);
}

/** Redis's checks, with its 64-bit differences: a value far below the least overflows upwards. */
function addSigned(bits: number, value: bigint, amount: bigint, overflow: Overflow): bigint | undefined {
  const max = bits === 64 ? INT64_MAX : (1n << BigInt(bits - 1)) - 1n;
  const min = bits === 64 ? INT64_MIN : -max - 1n;
  const roomAbove = BigInt.asIntN(64, max - value);
  const roomBelow = BigInt.asIntN(64, min - value);
  const isOver = amount > roomAbove && (bits !== 64 || (value >= 0n && amount > 0n));
  const isUnder = amount < roomBelow && (bits !== 64 || (value < 0n && amount < 0n));
  if (value <= max && !isOver && value >= min && !isUnder) return value + amount;
  if (overflow === 'fail') return undefined;
  if (overflow === 'saturate') return value > max || isOver ? max : min;
  return BigInt.asIntN(bits, value + amount);
}

function addUnsigned(bits: number, given: bigint, amount: bigint, overflow: Overflow): bigint | undefined {
  const max = (1n << BigInt(bits)) - 1n;
  const value = BigInt.asUintN(64, given);
  const isOver = value > max || amount > max - value;
  const isUnder = amount < -value;
  if (!isOver && !isUnder) return value + amount;
  if (overflow === 'fail') return undefined;
  if (overflow === 'saturate') return isOver ? max : 0n;
  return BigInt.asUintN(bits, value + amount);
}
