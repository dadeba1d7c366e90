/** SETBIT, GETBIT. Shard thread. */
import { getBit, setBit } from '../../datatypes/bits.js';
import { NO_ENTRY } from '../../keyspace/database.js';
import { define } from '../command.js';
import { key, value } from '../grammar.js';
import { isNoString } from '../string/string-values.js';
import { BAD_OFFSET, bitOffset, noteChange, reachBit } from './bitmap-values.js';

const KEY = 1;
const OFFSET = 2;

const BAD_BIT = 'ERR bit is not an integer or out of range';

export const setbit = define({
  name: 'setbit',
  group: 'bitmap',
  since: '2.2.0',
  summary: 'Sets or clears the bit at offset in the string value stored at key',
  complexity: 'O(1)',
  flags: ['write', 'denyoom'],
  categories: ['bitmap'],
  arguments: [key('key', ['RW', 'access', 'update']), value('integer', 'offset'), value('integer', 'value')],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, reply } = call;
      const offset = bitOffset(call, OFFSET, 0);
      if (offset === undefined) return reply.error(BAD_OFFSET);
      const bit = call.integer(3);
      if (bit !== 0 && bit !== 1) return reply.error(BAD_BIT);
      const existing = database.lookupWrite(argv, KEY);
      if (isNoString(call, existing)) return;
      const entry = reachBit(call, KEY, existing, offset);
      const source = database.stringSource(entry);
      const start = database.stringStart(entry);
      const before = getBit(source, start, database.stringLength(entry), offset);
      if (before !== bit) {
        noteChange(call, KEY, entry);
        setBit(source, start, offset, bit);
      }
      reply.integer(before);
    },
  },
});

export const getbit = define({
  name: 'getbit',
  group: 'bitmap',
  since: '2.2.0',
  summary: 'Returns the bit value at offset in the string value stored at key',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  categories: ['bitmap'],
  arguments: [key('key', ['RO', 'access']), value('integer', 'offset')],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, reply } = call;
      const offset = bitOffset(call, OFFSET, 0);
      if (offset === undefined) return reply.error(BAD_OFFSET);
      const entry = database.lookupRead(argv, KEY);
      if (isNoString(call, entry)) return;
      if (entry === NO_ENTRY) return reply.integer(0);
      const source = database.stringSource(entry);
      reply.integer(getBit(source, database.stringStart(entry), database.stringLength(entry), offset));
    },
  },
});
