/** SETNX, SETEX, PSETEX: SET with an option, from the time before it had any. Shard thread. */
import { NO_ENTRY } from '../../keyspace/database.js';
import { type Declaration, define } from '../command.js';
import { MILLISECOND, SECOND } from '../expiry.js';
import { key, value } from '../grammar.js';
import { deadlineGiven } from './deadline-options.js';
import { storeString } from './string-values.js';

const KEY = 1;

export const setnx = define({
  name: 'setnx',
  group: 'string',
  since: '1.0.0',
  summary: 'Set the value of a key, only if the key does not exist',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
  arguments: [key('key', ['OW', 'insert']), value('string', 'value')],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, reply } = call;
      if (database.lookupWrite(argv, KEY) !== NO_ENTRY) return reply.integer(0);
      database.insertString(argv, KEY, 2);
      reply.integer(1);
    },
  },
});

/** SETEX and PSETEX. */
function withDeadline(
  name: string,
  since: string,
  summary: string,
  unitName: string,
  unit: number,
): Declaration {
  return define({
    name,
    group: 'string',
    since,
    summary,
    complexity: 'O(1)',
    flags: ['write', 'denyoom'],
    categories: ['string'],
    arguments: [key('key', ['OW', 'update']), value('integer', unitName), value('string', 'value')],
    execution: {
      on: 'shard',
      hops: 1,
      request: 'keys',
      run(call) {
        const { argv, database, reply } = call;
        const deadline = deadlineGiven(call, 2, unit, true);
        if (typeof deadline === 'string') return reply.error(deadline);
        const existing = database.lookupWrite(argv, KEY);
        database.reserveDeadline();
        database.setExpiresAt(storeString(call, existing, KEY, 3), deadline);
        reply.ok();
      },
    },
  });
}

export const setex = withDeadline(
  'setex',
  '2.0.0',
  'Set the value and expiration of a key',
  'seconds',
  SECOND,
);
export const psetex = withDeadline(
  'psetex',
  '2.6.0',
  'Set the value and expiration in milliseconds of a key',
  'milliseconds',
  MILLISECOND,
);
