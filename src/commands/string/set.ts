/** SET. Shard thread. */
import { NO_ENTRY } from '../../keyspace/database.js';
import type { Argv } from '../../protocol/argv.js';
import { define } from '../command.js';
import { key, oneof, token, value } from '../grammar.js';
import { deadlineOptions } from './deadline-options.js';
import { isNoString, replyString, storeString } from './string-values.js';

const NX = token('NX');
const XX = token('XX');
const GET = token('GET', { optional: true });
const KEEPTTL = token('KEEPTTL');
// EXP is Sherd's own word for EX.
const DEADLINE = deadlineOptions(['EXP']);

const KEY = 1;
const VALUE = 2;
/** Arguments of a SET without options, which is nearly every one. */
const PLAIN_COUNT = 3;

export const set = define({
  name: 'set',
  group: 'string',
  since: '1.0.0',
  summary: 'Set the string value of a key',
  complexity: 'O(1)',
  flags: ['write', 'denyoom'],
  categories: ['string'],
  keyNotes: 'RW and ACCESS due to the optional `GET` argument',
  keyFlagsOf: (argv) => (asksForOld(argv) ? ['RW', 'access', 'update'] : ['OW', 'update']),
  arguments: [
    key('key', ['RW', 'access', 'update', 'variable_flags']),
    value('string', 'value'),
    oneof('condition', [NX, XX], { optional: true }),
    GET,
    oneof('expiration', [...DEADLINE.options, KEEPTTL], { optional: true }),
  ],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      if (!call.parseOptions()) return;
      const deadline = call.argv.count > PLAIN_COUNT ? DEADLINE.requested(call) : null;
      if (typeof deadline === 'string') return call.reply.error(deadline);

      const { argv, database, reply } = call;
      const returnsOld = call.has(GET);
      // GET makes it a read as well, which counts a hit or a miss, and a use of its own.
      if (returnsOld) {
        const old = database.lookupRead(argv, KEY);
        if (isNoString(call, old)) return;
        replyString(call, old);
      }
      const existing = database.lookupWrite(argv, KEY);

      if (existing === NO_ENTRY ? call.has(XX) : call.has(NX)) {
        if (!returnsOld) reply.null();
        return;
      }
      if (deadline !== null) database.reserveDeadline();
      const entry = storeString(call, existing, KEY, VALUE);
      if (deadline !== null) database.setExpiresAt(entry, deadline);
      else if (!call.has(KEEPTTL)) database.persist(entry);
      if (!returnsOld) reply.ok();
    },
  },
});

function asksForOld(argv: Argv): boolean {
  for (let i = PLAIN_COUNT; i < argv.count; i++) if (argv.is(i, 'get')) return true;
  return false;
}
