/** EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, PERSIST: giving keys a deadline and taking it away. Shard thread. */
import { NEVER, NO_ENTRY } from '../../keyspace/database.js';
import type { Int64 } from '../../protocol/int64.js';
import { invalidExpireTime, NOT_AN_INTEGER } from '../../protocol/reply-errors.js';
import type { ShardCall } from '../calls.js';
import { type Declaration, define } from '../command.js';
import { deadlineOf, MILLISECOND, SECOND } from '../expiry.js';
import { key, oneof, token, value } from '../grammar.js';

/** The four commands differ only in the unit and in what the time counts from. */
function expireCommand(
  name: string,
  since: string,
  summary: string,
  unit: number,
  origin: 'now' | '1970',
): Declaration {
  const NX = token('NX');
  const XX = token('XX');
  const GT = token('GT');
  const LT = token('LT');
  const time =
    origin === 'now'
      ? value('integer', unit === SECOND ? 'seconds' : 'milliseconds')
      : value('unix-time', unit === SECOND ? 'unix-time-seconds' : 'unix-time-milliseconds');

  /** Whether the conditions let `deadline` take the place of `current`; no deadline counts as the latest. */
  function allowed(call: ShardCall, deadline: Int64, current: Int64): boolean {
    if (call.has(NX) && current !== NEVER) return false;
    if (call.has(XX) && current === NEVER) return false;
    if (call.has(GT) && deadline <= current) return false;
    return !(call.has(LT) && deadline >= current);
  }

  return define({
    name,
    group: 'generic',
    since,
    summary,
    complexity: 'O(1)',
    flags: ['write', 'fast'],
    categories: ['keyspace'],
    arguments: [key('key', ['RW', 'update']), time, oneof('condition', [NX, XX, GT, LT], { optional: true })],
    optionRules: {
      unknown: (word) => `ERR Unsupported option ${word}`,
      conflicts: [
        {
          one: NX,
          others: [XX, GT, LT],
          error: 'ERR NX and XX, GT or LT options at the same time are not compatible',
        },
        { one: GT, others: [LT], error: 'ERR GT and LT options at the same time are not compatible' },
      ],
    },
    execution: {
      on: 'shard',
      hops: 1,
      request: 'keys',
      run(call) {
        if (!call.parseOptions()) return;
        const { argv, database, reply } = call;
        const amount = call.integer(2);
        if (amount === undefined) return reply.error(NOT_AN_INTEGER);
        const deadline = deadlineOf(amount, unit, origin === 'now' ? call.nowMs : 0);
        if (deadline === undefined) return reply.error(invalidExpireTime(call.command.fullName));

        const entry = database.lookupWrite(argv, 1);
        if (entry === NO_ENTRY) return reply.integer(0);
        if (!allowed(call, deadline, database.expiresAtExactMs(entry))) return reply.integer(0);
        // Redis removes the key at once when the time is not in the future.
        if (deadline <= call.nowMs) database.delete(entry);
        else database.setExpiresAt(entry, deadline);
        reply.integer(1);
      },
    },
  });
}

export const expire = expireCommand('expire', '1.0.0', "Set a key's time to live in seconds", SECOND, 'now');
export const pexpire = expireCommand(
  'pexpire',
  '2.6.0',
  "Set a key's time to live in milliseconds",
  MILLISECOND,
  'now',
);
export const expireat = expireCommand(
  'expireat',
  '1.2.0',
  'Set the expiration for a key as a UNIX timestamp',
  SECOND,
  '1970',
);
export const pexpireat = expireCommand(
  'pexpireat',
  '2.6.0',
  'Set the expiration for a key as a UNIX timestamp specified in milliseconds',
  MILLISECOND,
  '1970',
);

export const persist = define({
  name: 'persist',
  group: 'generic',
  since: '2.2.0',
  summary: 'Remove the expiration from a key',
  complexity: 'O(1)',
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  arguments: [key('key', ['RW', 'update'])],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run({ argv, database, reply }) {
      const entry = database.lookupWrite(argv, 1);
      reply.integer(entry !== NO_ENTRY && database.persist(entry) ? 1 : 0);
    },
  },
});
