/** GETDEL, GETEX, GETSET: reading a string and changing its key. Shard thread. */
import { NO_ENTRY } from '../../keyspace/database.js';
import { define } from '../command.js';
import { key, oneof, token, value } from '../grammar.js';
import { deadlineOptions } from './deadline-options.js';
import { isNoString, replaceString, replyString } from './string-values.js';

const KEY = 1;
const DEADLINE = deadlineOptions();
const PERSIST = token('PERSIST');

export const getset = define({
  name: 'getset',
  group: 'string',
  since: '1.0.0',
  summary: 'Set the string value of a key and return its old value',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
  arguments: [key('key', ['RW', 'access', 'update']), value('string', 'value')],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database } = call;
      const old = database.lookupRead(argv, KEY);
      if (isNoString(call, old)) return;
      replyString(call, old);
      // A use of its own, as in Redis.
      replaceString(call, database.lookupWrite(argv, KEY), KEY, 2);
    },
  },
});

export const getdel = define({
  name: 'getdel',
  group: 'string',
  since: '6.2.0',
  summary: 'Get the value of a key and delete the key',
  complexity: 'O(1)',
  flags: ['write', 'fast'],
  categories: ['string'],
  arguments: [key('key', ['RW', 'access', 'delete'])],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const entry = call.database.lookupRead(call.argv, KEY);
      if (isNoString(call, entry)) return;
      replyString(call, entry);
      if (entry !== NO_ENTRY) call.database.delete(entry);
    },
  },
});

export const getex = define({
  name: 'getex',
  group: 'string',
  since: '6.2.0',
  summary: 'Get the value of a key and optionally set its expiration',
  complexity: 'O(1)',
  flags: ['write', 'fast'],
  categories: ['string'],
  keyNotes: 'RW and UPDATE because it changes the TTL',
  arguments: [
    key('key', ['RW', 'access', 'update']),
    oneof('expiration', [...DEADLINE.options, PERSIST], { optional: true }),
  ],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      if (!call.parseOptions()) return;
      const { argv, database, reply } = call;
      const entry = database.lookupRead(argv, KEY);
      if (entry === NO_ENTRY) return reply.null();
      if (isNoString(call, entry)) return;
      const deadline = DEADLINE.requested(call);
      if (typeof deadline === 'string') return reply.error(deadline);
      if (deadline !== null) database.reserveDeadline();
      replyString(call, entry);
      if (deadline === null) {
        if (call.has(PERSIST)) database.persist(entry);
      } else if (deadline <= call.nowMs) database.delete(entry);
      else database.setExpiresAt(entry, deadline);
    },
  },
});
