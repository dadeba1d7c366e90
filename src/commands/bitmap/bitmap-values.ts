/** What the bitmap commands have in common: offsets, strings made long enough, and ranges of bytes or bits. Shard thread. */
import { type Handle, NO_ENTRY } from '../../keyspace/database.js';
import { type Int64, parseInt64 } from '../../protocol/int64.js';
import { SYNTAX_ERROR } from '../../protocol/reply-errors.js';
import type { ShardCall } from '../calls.js';

export const BAD_OFFSET = 'ERR bit offset is not an integer or out of range';

const HASH = 0x23;

/**
 * The bit offset that argument `at` gives: a count of bits or, where `fieldBits` is not 0 and a # stands before it, of
 * fields of so many bits.
 * @returns undefined if it is none, or beyond the longest string
 */
export function bitOffset({ argv, shard }: ShardCall, at: number, fieldBits: number): number | undefined {
  const source = argv.source(at);
  const start = argv.start(at);
  const end = argv.end(at);
  const countsFields = fieldBits > 0 && start < end && source[start] === HASH;
  const given = parseInt64(source, countsFields ? start + 1 : start, end);
  if (given === undefined) return undefined;
  // As C multiplies: what leaves 64 bits may come back as something small.
  const offset = countsFields ? BigInt.asIntN(64, BigInt(given) * BigInt(fieldBits)) : given;
  return offset < 0 || offset >= shard.config.get('proto-max-bulk-len') * 8 ? undefined : Number(offset);
}

/**
 * Makes the string at the key, an entry or none, one that can be written to as far as the bit. One that is long enough is
 * not changed by that, so whoever changes it says so by noteChange().
 */
export function reachBit(
  { argv, database }: ShardCall,
  keyAt: number,
  existing: Handle,
  bit: number,
): Handle {
  const bytes = Math.floor(bit / 8) + 1;
  if (existing === NO_ENTRY || database.stringLength(existing) < bytes) {
    return database.resizeString(argv, keyAt, existing, bytes);
  }
  database.markRaw(existing);
  return existing;
}

/** The string is being changed where it is. */
export function noteChange({ argv, database }: ShardCall, keyAt: number, entry: Handle): void {
  database.resizeString(argv, keyAt, entry, database.stringLength(entry));
}

/** A part of a string: bytes [start, end), of which the first and the last may count in part only. */
export interface BitRange {
  start: number;
  end: number;
  /** Bits of the first byte, and of the last, that do not count. */
  skippedFirst: number;
  skippedLast: number;
}

/**
 * The part of a string of `length` bytes from `first` to `last`, which count bytes or bits, and from the end where they are
 * negative; null for an empty one.
 */
export function bitRange(first: Int64, last: Int64, length: number, countsBits: boolean): BitRange | null {
  const total = countsBits ? length * 8 : length;
  // Beyond the exact integers of a number an index is beyond every string.
  const from = Math.max(0, first < 0 ? Number(first) + total : Number(first));
  const to = Math.min(total - 1, Math.max(0, last < 0 ? Number(last) + total : Number(last)));
  if (from > to) return null;
  if (!countsBits) return { start: from, end: to + 1, skippedFirst: 0, skippedLast: 0 };
  return {
    start: Math.floor(from / 8),
    end: Math.floor(to / 8) + 1,
    skippedFirst: from % 8,
    skippedLast: 7 - (to % 8),
  };
}

/** Whether argument `at` says BIT or BYTE, or the error to reply. */
export function countsBits({ argv }: ShardCall, at: number): boolean | string {
  if (argv.is(at, 'bit')) return true;
  return argv.is(at, 'byte') ? false : SYNTAX_ERROR;
}
