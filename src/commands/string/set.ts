/** SET. Shard thread. */
import { NO_ENTRY } from '../../keyspace/database.js';
import { invalidExpireTime, NOT_AN_INTEGER } from '../../protocol/reply-errors.js';
import type { ShardCall } from '../calls.js';
import { define } from '../command.js';
import { deadlineOf, MILLISECOND, SECOND } from '../expiry.js';
import { key, oneof, token, value } from '../grammar.js';
import { replyString, storeString } from './string-values.js';

const NX = token('NX');
const XX = token('XX');
const GET = token('GET', { optional: true });
const KEEPTTL = token('KEEPTTL');
// EXP is Sherd's own word for EX.
const EX = value('integer', 'seconds', { token: 'EX', aliases: ['EXP'] });
const PX = value('integer', 'milliseconds', { token: 'PX' });
const EXAT = value('unix-time', 'unix-time-seconds', { token: 'EXAT' });
const PXAT = value('unix-time', 'unix-time-milliseconds', { token: 'PXAT' });

const KEY = 1;
const VALUE = 2;
/** Arguments of a SET without options, which is nearly every one. */
const PLAIN_COUNT = 3;

/** The options that give a deadline, with the unit they count in and whether from now on. */
const DEADLINES = [
  { option: EX, unit: SECOND, fromNow: true },
  { option: PX, unit: MILLISECOND, fromNow: true },
  { option: EXAT, unit: SECOND, fromNow: false },
  { option: PXAT, unit: MILLISECOND, fromNow: false },
] as const;

export const set = define({
  name: 'set',
  group: 'string',
  since: '1.0.0',
  summary: 'Set the string value of a key',
  complexity: 'O(1)',
  flags: ['write', 'denyoom'],
  categories: ['string'],
  keyNotes: 'RW and ACCESS due to the optional `GET` argument',
  arguments: [
    key('key', ['RW', 'access', 'update', 'variable_flags']),
    value('string', 'value'),
    oneof('condition', [NX, XX], { optional: true }),
    GET,
    oneof('expiration', [EX, PX, EXAT, PXAT, KEEPTTL], { optional: true }),
  ],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      if (!call.parseOptions()) return;
      const deadline = call.argv.count > PLAIN_COUNT ? requestedDeadline(call) : null;
      if (typeof deadline === 'string') return call.reply.error(deadline);

      const { argv, database, reply } = call;
      const returnsOld = call.has(GET);
      // GET makes it a read as well, which counts a hit or a miss.
      const existing = returnsOld ? database.lookupRead(argv, KEY) : database.lookupWrite(argv, KEY);
      if (returnsOld) replyString(call, existing);

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

/** The deadline the options ask for, null for none, or the error to reply. */
function requestedDeadline(call: ShardCall) {
  for (const { option, unit, fromNow } of DEADLINES) {
    if (!call.has(option)) continue;
    const amount = call.integer(call.at(option));
    if (amount === undefined) return NOT_AN_INTEGER;
    const deadline = amount > 0 ? deadlineOf(amount, unit, fromNow ? call.nowMs : 0) : undefined;
    return deadline ?? invalidExpireTime(call.command.fullName);
  }
  return null;
}
