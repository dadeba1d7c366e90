/** TTL, PTTL, EXPIRETIME, PEXPIRETIME: when a key expires. Shard thread. */
import { NEVER, NO_ENTRY } from '../../keyspace/database.js';
import { addInt64, divideInt64, type Int64 } from '../../protocol/int64.js';
import { type Declaration, define } from '../command.js';
import { SECOND } from '../expiry.js';
import { key } from '../grammar.js';

/** Replies for a key that is not there, and for one that stays. */
const NO_KEY = -2;
const NO_DEADLINE = -1;

function ttlCommand(
  name: string,
  since: string,
  summary: string,
  tips: readonly string[],
  measure: (deadlineAtMs: Int64, nowMs: number) => Int64,
): Declaration {
  return define({
    name,
    group: 'generic',
    since,
    summary,
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    tips,
    arguments: [key('key', ['RO', 'access'])],
    execution: {
      on: 'shard',
      hops: 1,
      request: 'keys',
      run({ argv, database, reply, nowMs }) {
        const entry = database.lookupUnused(argv, 1);
        if (entry === NO_ENTRY) return reply.integer(NO_KEY);
        if (database.expiresAtMs(entry) === NEVER) return reply.integer(NO_DEADLINE);
        reply.integer(measure(database.expiresAtExactMs(entry), nowMs));
      },
    },
  });
}

function remaining(deadlineAtMs: Int64, nowMs: number): Int64 {
  // A deadline is positive and so is the clock: the difference always fits.
  return addInt64(deadlineAtMs, -nowMs) ?? 0;
}

/** Rounded to the nearest second, half a second up, as Redis rounds what is left. */
function toSeconds(ms: Int64): Int64 {
  return divideInt64(addInt64(ms, SECOND / 2) ?? ms, SECOND);
}

const VARIES = ['nondeterministic_output'];

export const ttl = ttlCommand(
  'ttl',
  '1.0.0',
  'Get the time to live for a key in seconds',
  VARIES,
  (at, now) => toSeconds(remaining(at, now)),
);
export const pttl = ttlCommand(
  'pttl',
  '2.6.0',
  'Get the time to live for a key in milliseconds',
  VARIES,
  (at, now) => remaining(at, now),
);
export const expiretime = ttlCommand(
  'expiretime',
  '7.0.0',
  'Get the expiration Unix timestamp for a key',
  [],
  (at) => toSeconds(at),
);
export const pexpiretime = ttlCommand(
  'pexpiretime',
  '7.0.0',
  'Get the expiration Unix timestamp for a key in milliseconds',
  [],
  (at) => at,
);
