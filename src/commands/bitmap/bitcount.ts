/** BITCOUNT, BITPOS: counting bits and finding the first one. Shard thread. */
import { countBits, findBit } from '../../datatypes/bits.js';
import { NO_ENTRY } from '../../keyspace/database.js';
import { NOT_AN_INTEGER, SYNTAX_ERROR } from '../../protocol/reply-errors.js';
import { define } from '../command.js';
import { block, key, oneof, token, value } from '../grammar.js';
import { isNoString } from '../string/string-values.js';
import { type BitRange, bitRange, countsBits } from './bitmap-values.js';

const KEY = 1;

const BAD_BIT = 'ERR The bit argument must be 1 or 0.';

const indexUnit = () => oneof('index_unit', [token('BYTE'), token('BIT')], { optional: true });

/** How many of the bits that a range skips are set. */
function countSkipped(bytes: Buffer, start: number, range: BitRange): number {
  const first = bytes[start + range.start] & (0xff00 >> range.skippedFirst) & 0xff;
  const last = bytes[start + range.end - 1] & ((1 << range.skippedLast) - 1);
  return countBits(Uint8Array.of(first, last), 0, 2);
}

export const bitcount = define({
  name: 'bitcount',
  group: 'bitmap',
  since: '2.6.0',
  summary: 'Count set bits in a string',
  complexity: 'O(N)',
  flags: ['readonly'],
  categories: ['bitmap'],
  arguments: [
    key('key', ['RO', 'access']),
    block('index', [value('integer', 'start'), value('integer', 'end'), indexUnit()], { optional: true }),
  ],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, reply } = call;
      const { count } = argv;
      // Nothing else is looked at if there is no key.
      const entry = database.lookupRead(argv, KEY);
      if (entry === NO_ENTRY) return reply.integer(0);
      if (isNoString(call, entry)) return;
      const source = database.stringSource(entry);
      const at = database.stringStart(entry);
      const length = database.stringLength(entry);
      if (count === 2) return reply.integer(countBits(source, at, at + length));
      if (count !== 4 && count !== 5) return reply.error(SYNTAX_ERROR);
      const first = call.integer(2);
      const last = call.integer(3);
      if (first === undefined || last === undefined) return reply.error(NOT_AN_INTEGER);
      if (first < 0 && last < 0 && first > last) return reply.integer(0);
      const inBits = count === 5 && countsBits(call, 4);
      if (typeof inBits === 'string') return reply.error(inBits);
      const range = bitRange(first, last, length, inBits);
      if (range === null) return reply.integer(0);
      const bits = countBits(source, at + range.start, at + range.end);
      reply.integer(inBits ? bits - countSkipped(source, at, range) : bits);
    },
  },
});

/** The first bit in the range that is `bit`; -1 if there is none. */
function findInRange(bytes: Buffer, at: number, range: BitRange, bit: 0 | 1): number {
  const { start, end, skippedFirst, skippedLast } = range;
  let from = start;
  if (skippedFirst > 0) {
    const first = Uint8Array.of(bytes[at + start] << skippedFirst);
    const found = findBit(first, 0, 1, bit) + skippedFirst;
    // What has come in from the right is 0, and stands behind the byte.
    if (found >= skippedFirst && found < 8) {
      const isSkipped = start === end - 1 && found >= 8 - skippedLast;
      return isSkipped ? -1 : start * 8 + found;
    }
    from++;
  }
  const found = findBit(bytes, at + from, at + end, bit) - at * 8;
  return found < from * 8 || found >= end * 8 - skippedLast ? -1 : found;
}

export const bitpos = define({
  name: 'bitpos',
  group: 'bitmap',
  since: '2.8.7',
  summary: 'Find first bit set or clear in a string',
  complexity: 'O(N)',
  flags: ['readonly'],
  categories: ['bitmap'],
  arguments: [
    key('key', ['RO', 'access']),
    value('integer', 'bit'),
    block(
      'index',
      [
        value('integer', 'start'),
        block('end_index', [value('integer', 'end'), indexUnit()], { optional: true }),
      ],
      { optional: true },
    ),
  ],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, reply } = call;
      const { count } = argv;
      const bit = call.integer(2);
      if (bit === undefined) return reply.error(NOT_AN_INTEGER);
      if (bit !== 0 && bit !== 1) return reply.error(BAD_BIT);
      const entry = database.lookupRead(argv, KEY);
      // A key that is not there is endless zeroes, whatever the range.
      if (entry === NO_ENTRY) return reply.integer(bit === 1 ? -1 : 0);
      if (isNoString(call, entry)) return;
      if (count > 6) return reply.error(SYNTAX_ERROR);
      const first = count > 3 ? call.integer(3) : 0;
      if (first === undefined) return reply.error(NOT_AN_INTEGER);
      const inBits = count === 6 && countsBits(call, 5);
      if (typeof inBits === 'string') return reply.error(inBits);
      const hasEnd = count > 4;
      const last = hasEnd ? call.integer(4) : -1;
      if (last === undefined) return reply.error(NOT_AN_INTEGER);
      const length = database.stringLength(entry);
      const range = bitRange(first, last, length, inBits);
      if (range === null) return reply.integer(-1);
      const found = findInRange(database.stringSource(entry), database.stringStart(entry), range, bit);
      // Where no end was given, zeroes follow the string.
      reply.integer(found < 0 && bit === 0 && !hasEnd ? range.end * 8 : found);
    },
  },
});
