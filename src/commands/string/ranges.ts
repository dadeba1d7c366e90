/** APPEND, GETRANGE, SETRANGE, STRLEN, SUBSTR: parts of strings and their lengths. Shard thread. */
import { NO_ENTRY } from '../../keyspace/database.js';
import { copyBytes } from '../../protocol/copy-bytes.js';
import type { Int64 } from '../../protocol/int64.js';
import { NOT_AN_INTEGER } from '../../protocol/reply-errors.js';
import type { ShardCall } from '../calls.js';
import { type Declaration, define } from '../command.js';
import { key, value } from '../grammar.js';
import { allowsLength, isNoString, replyBytes, storeString } from './string-values.js';

const KEY = 1;
const OFFSET = 2;

const OUT_OF_RANGE = 'ERR offset is out of range';

/** Writes argument `valueAt` over the entry's string from `offset` on; it becomes `length` long if it is there. */
function overwrite(call: ShardCall, existing: number, length: number, offset: number, valueAt: number): void {
  const { argv, database } = call;
  const entry = database.resizeString(argv, KEY, existing, length);
  const at = database.stringStart(entry) + offset;
  copyBytes(argv.source(valueAt), argv.start(valueAt), argv.end(valueAt), database.stringSource(entry), at);
}

export const append = define({
  name: 'append',
  group: 'string',
  since: '2.0.0',
  summary: 'Append a value to a key',
  complexity:
    'O(1). The amortized time complexity is O(1) assuming the appended value is small and the already present value is of any size, since the dynamic string library used by Redis will double the free space available on every reallocation.',
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
  arguments: [key('key', ['RW', 'insert']), value('string', 'value')],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, reply } = call;
      const existing = database.lookupWrite(argv, KEY);
      if (isNoString(call, existing)) return;
      if (existing === NO_ENTRY) {
        storeString(call, existing, KEY, 2);
        return reply.integer(argv.length(2));
      }
      const before = database.stringLength(existing);
      const length = before + argv.length(2);
      if (!allowsLength(call, length)) return;
      overwrite(call, existing, length, before, 2);
      reply.integer(length);
    },
  },
});

export const strlen = define({
  name: 'strlen',
  group: 'string',
  since: '2.2.0',
  summary: 'Get the length of the value stored in a key',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  categories: ['string'],
  arguments: [key('key', ['RO'])],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, reply } = call;
      const entry = database.lookupRead(argv, KEY);
      if (isNoString(call, entry)) return;
      reply.integer(entry === NO_ENTRY ? 0 : database.stringLength(entry));
    },
  },
});

export const setrange = define({
  name: 'setrange',
  group: 'string',
  since: '2.2.0',
  summary: 'Overwrite part of a string at key starting at the specified offset',
  complexity:
    'O(1), not counting the time taken to copy the new string in place. Usually, this string is very small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M being the length of the value argument.',
  flags: ['write', 'denyoom'],
  categories: ['string'],
  arguments: [key('key', ['RW', 'update']), value('integer', 'offset'), value('string', 'value')],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, reply } = call;
      const offset = call.integer(OFFSET);
      if (offset === undefined) return reply.error(NOT_AN_INTEGER);
      if (offset < 0) return reply.error(OUT_OF_RANGE);
      const existing = database.lookupWrite(argv, KEY);
      if (isNoString(call, existing)) return;
      const before = existing === NO_ENTRY ? 0 : database.stringLength(existing);
      const written = argv.length(3);
      if (written === 0) return reply.integer(before);
      const end = Number(offset) + written;
      if (!allowsLength(call, end)) return;
      const length = Math.max(before, end);
      overwrite(call, existing, length, Number(offset), 3);
      reply.integer(length);
    },
  },
});

/** An index that may count from the end as one from the start, not below 0. */
function fromStart(index: Int64, length: number): number {
  // Beyond the exact integers of a number it is beyond every string.
  return Math.max(0, index < 0 ? Number(index) + length : Number(index));
}

/** GETRANGE, and SUBSTR, which is its old name. */
function substring(name: string, since: string): Declaration {
  return define({
    name,
    group: 'string',
    since,
    summary: 'Get a substring of the string stored at a key',
    complexity:
      'O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.',
    flags: ['readonly'],
    categories: ['string'],
    arguments: [key('key', ['RO', 'access']), value('integer', 'start'), value('integer', 'end')],
    execution: {
      on: 'shard',
      hops: 1,
      request: 'keys',
      run(call) {
        const { argv, database, reply } = call;
        const start = call.integer(2);
        const end = call.integer(3);
        if (start === undefined || end === undefined) return reply.error(NOT_AN_INTEGER);
        const entry = database.lookupRead(argv, KEY);
        if (isNoString(call, entry)) return;
        const length = entry === NO_ENTRY ? 0 : database.stringLength(entry);
        const from = fromStart(start, length);
        const to = Math.min(fromStart(end, length), length - 1);
        // Before they are cut: two from the end may both come out as 0.
        if (from > to || (start < 0 && end < 0 && start > end)) return reply.bulkText('');
        replyBytes(call, entry, from, to + 1 - from);
      },
    },
  });
}

export const getrange = substring('getrange', '2.4.0');
export const substr = substring('substr', '1.0.0');
