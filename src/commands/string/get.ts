/** GET, MGET, MSET. Shard thread; MGET and MSET run on each shard that has some of the keys. */
import { NO_ENTRY, TYPE_STRING } from '../../keyspace/database.js';
import { wrongArity } from '../../protocol/reply-errors.js';
import { define } from '../command.js';
import { block, key, value } from '../grammar.js';
import { isNoString, replaceString, replyString } from './string-values.js';

export const get = define({
  name: 'get',
  group: 'string',
  since: '1.0.0',
  summary: 'Get the value of a key',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  categories: ['string'],
  arguments: [key('key', ['RO', 'access'])],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const entry = call.database.lookupRead(call.argv, 1);
      if (!isNoString(call, entry)) replyString(call, entry);
    },
  },
});

export const mget = define({
  name: 'mget',
  group: 'string',
  since: '1.0.0',
  summary: 'Get the values of all the given keys',
  complexity: 'O(N) where N is the number of keys to retrieve.',
  flags: ['readonly', 'fast'],
  categories: ['string'],
  arguments: [key('key', ['RO', 'access'], { multiple: true })],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    join: 'by_key',
    run(call) {
      const { argv, database, reply } = call;
      reply.array(argv.count - 1);
      for (let i = 1; i < argv.count; i++) {
        const entry = database.lookupRead(argv, i);
        // What is no string is not told apart from what is not there.
        replyString(call, entry !== NO_ENTRY && database.type(entry) === TYPE_STRING ? entry : NO_ENTRY);
      }
    },
  },
});

export const mset = define({
  name: 'mset',
  group: 'string',
  since: '1.0.1',
  summary: 'Set multiple keys to multiple values',
  complexity: 'O(N) where N is the number of keys to set.',
  flags: ['write', 'denyoom'],
  categories: ['string'],
  arguments: [
    block('key_value', [key('key', ['OW', 'update']), value('string', 'value')], { multiple: true }),
  ],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    join: 'all_succeeded',
    refuse: ({ argv, command }) => (argv.count % 2 === 1 ? null : wrongArity(command.fullName)),
    run(call) {
      const { argv, database, reply } = call;
      for (let i = 1; i < argv.count; i += 2) {
        replaceString(call, database.lookupWrite(argv, i), i, i + 1);
      }
      reply.ok();
    },
  },
});
