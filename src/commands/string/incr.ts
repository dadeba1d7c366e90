/** INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT: strings as numbers. Shard thread. */
import { addLongDoubles, formatLongDouble, parseLongDouble, ZERO } from '../../datatypes/long-double.js';
import { type Handle, NO_ENTRY } from '../../keyspace/database.js';
import { DECIMAL_BYTES_MAX, writeDecimal } from '../../protocol/decimal.js';
import { addInt64, INT64_MIN, type Int64, negateInt64, parseInt64 } from '../../protocol/int64.js';
import { NOT_AN_INTEGER } from '../../protocol/reply-errors.js';
import type { ShardCall } from '../calls.js';
import { type Declaration, define } from '../command.js';
import { key, value } from '../grammar.js';
import { isNoString } from './string-values.js';

const KEY = 1;
const AMOUNT = 2;

const OVERFLOW = 'ERR increment or decrement would overflow';
const DECREMENT_OVERFLOW = 'ERR decrement would overflow';
const NOT_A_FLOAT = 'ERR value is not a valid float';
const NOT_FINITE = 'ERR increment would produce NaN or Infinity';

/** The digits that are stored next. */
const digits = Buffer.alloc(DECIMAL_BYTES_MAX);

/** What the entry's string spells, 0 for no entry; undefined if that is no integer. */
function integerOf({ database }: ShardCall, entry: Handle): Int64 | undefined {
  if (entry === NO_ENTRY) return 0;
  const start = database.stringStart(entry);
  return parseInt64(database.stringSource(entry), start, start + database.stringLength(entry));
}

/** Adds to the integer at the key, 0 where there is none, and replies the sum. The deadline stays. */
function increment(call: ShardCall, amount: Int64) {
  const { argv, database, reply } = call;
  const existing = database.lookupWrite(argv, KEY);
  if (isNoString(call, existing)) return;
  const before = integerOf(call, existing);
  if (before === undefined) return reply.error(NOT_AN_INTEGER);
  const sum = addInt64(before, amount);
  if (sum === undefined) return reply.error(OVERFLOW);
  database.storeBytes(argv, KEY, existing, digits, 0, writeDecimal(digits, 0, sum));
  reply.integer(sum);
}

const common: Pick<Declaration, 'group' | 'complexity' | 'flags' | 'categories'> = {
  group: 'string',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
};

/** INCR and DECR. */
function byOne(name: string, summary: string, amount: number): Declaration {
  return define({
    ...common,
    name,
    since: '1.0.0',
    summary,
    arguments: [key('key', ['RW', 'access', 'update'])],
    execution: { on: 'shard', hops: 1, request: 'keys', run: (call) => increment(call, amount) },
  });
}

export const incr = byOne('incr', 'Increment the integer value of a key by one', 1);
export const decr = byOne('decr', 'Decrement the integer value of a key by one', -1);

/** INCRBY and DECRBY; `change` does what they do with the amount that is given. */
function byAmount(
  name: string,
  summary: string,
  argument: string,
  change: (call: ShardCall, amount: Int64) => void,
): Declaration {
  return define({
    ...common,
    name,
    since: '1.0.0',
    summary,
    arguments: [key('key', ['RW', 'access', 'update']), value('integer', argument)],
    execution: {
      on: 'shard',
      hops: 1,
      request: 'keys',
      run(call) {
        const amount = call.integer(AMOUNT);
        if (amount === undefined) call.reply.error(NOT_AN_INTEGER);
        else change(call, amount);
      },
    },
  });
}

export const incrby = byAmount(
  'incrby',
  'Increment the integer value of a key by the given amount',
  'increment',
  increment,
);
export const decrby = byAmount(
  'decrby',
  'Decrement the integer value of a key by the given number',
  'decrement',
  (call, amount) => {
    if (amount === INT64_MIN) call.reply.error(DECREMENT_OVERFLOW);
    else increment(call, negateInt64(amount));
  },
);

export const incrbyfloat = define({
  ...common,
  name: 'incrbyfloat',
  since: '2.6.0',
  summary: 'Increment the float value of a key by the given amount',
  arguments: [key('key', ['RW', 'access', 'update']), value('double', 'increment')],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, reply } = call;
      const existing = database.lookupWrite(argv, KEY);
      if (isNoString(call, existing)) return;
      const from = existing === NO_ENTRY ? 0 : database.stringStart(existing);
      const before =
        existing === NO_ENTRY
          ? ZERO
          : parseLongDouble(database.stringSource(existing), from, from + database.stringLength(existing));
      const amount = parseLongDouble(argv.source(AMOUNT), argv.start(AMOUNT), argv.end(AMOUNT));
      if (before === undefined || amount === undefined) return reply.error(NOT_A_FLOAT);
      const sum = addLongDoubles(before, amount);
      if (typeof sum === 'number') return reply.error(NOT_FINITE);
      const text = Buffer.from(formatLongDouble(sum), 'latin1');
      const entry = database.storeBytes(argv, KEY, existing, text, 0, text.length);
      database.markText(entry);
      reply.bulk(text, 0, text.length);
    },
  },
});
