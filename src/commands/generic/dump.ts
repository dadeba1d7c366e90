/** DUMP, RESTORE: values as serialized bytes, which Redis's own commands give and take. Shard thread. */
import { NO_ENTRY } from '../../keyspace/database.js';
import { OutOfMemory } from '../../keyspace/out-of-memory.js';
import { addInt64, type Int64, parseInt64 } from '../../protocol/int64.js';
import { NOT_AN_INTEGER } from '../../protocol/reply-errors.js';
import { hasGoodFooter, writeFooter } from '../../rdb/dump-payload.js';
import { BadData, TooLarge } from '../../rdb/errors.js';
import { RdbReader } from '../../rdb/rdb-reader.js';
import { type LoadedValue, readValue } from '../../rdb/values.js';
import type { ShardCall } from '../calls.js';
import { type Declaration, define } from '../command.js';
import { key, token, value } from '../grammar.js';
import { serialize, store } from './serialized-values.js';

const KEY = 1;
const TTL = 2;
const PAYLOAD = 3;

const BUSY_KEY = 'BUSYKEY Target key name already exists.';
const BAD_TTL = 'ERR Invalid TTL value, must be >= 0';
const BAD_IDLE_TIME = 'ERR Invalid IDLETIME value, must be >= 0';
const BAD_FREQUENCY = 'ERR Invalid FREQ value, must be >= 0 and <= 255';
const BAD_FOOTER = 'ERR DUMP payload version or checksum are wrong';
const BAD_FORMAT = 'ERR Bad data format';

const FREQUENCY_MAX = 255;

export const dump = define({
  name: 'dump',
  group: 'generic',
  since: '2.6.0',
  summary: 'Return a serialized version of the value stored at the specified key.',
  complexity:
    'O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).',
  flags: ['readonly'],
  categories: ['keyspace'],
  tips: ['nondeterministic_output'],
  arguments: [key('key', ['RO', 'access'])],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, reply } = call;
      const entry = database.lookupRead(argv, KEY);
      if (entry === NO_ENTRY) return reply.null();
      const { bytes, position } = serialize(call, entry, writeFooter);
      reply.bulk(bytes, 0, position);
    },
  },
});

// Each thread has its own; a value is read before anything else is.
const reader = new RdbReader();

/** Reads the value of the payload, or gives the error to reply. @throws OutOfMemory */
function loadPayload({ argv }: ShardCall): LoadedValue | string {
  const source = argv.source(PAYLOAD);
  const start = argv.start(PAYLOAD);
  const end = argv.end(PAYLOAD);
  if (!hasGoodFooter(source, start, end)) return BAD_FOOTER;
  try {
    // Redis, too, lets a value that says so take bytes of the footer.
    return readValue(reader.open(source, start, end));
  } catch (error) {
    if (error instanceof TooLarge) throw new OutOfMemory();
    if (error instanceof BadData) return BAD_FORMAT;
    throw error;
  }
}

/** Seconds as Redis takes them: by way of milliseconds of 64 bits. */
function wholeSeconds(seconds: Int64): number {
  return Number(BigInt.asIntN(64, BigInt(seconds) * 1000n) / 1000n);
}

type RestoreNames = Pick<Declaration, 'name' | 'group' | 'since' | 'summary' | 'flags'>;

function restoreCommand(names: RestoreNames): Declaration {
  const REPLACE = token('REPLACE', { optional: true });
  const ABSTTL = token('ABSTTL', { optional: true });
  // Each counts under a policy that keeps what it is about.
  const IDLETIME = value('integer', 'seconds', { token: 'IDLETIME', optional: true });
  const FREQ = value('integer', 'frequency', { token: 'FREQ', optional: true });

  /** When the key is to expire, null for never, or the error to reply. */
  function deadlineOf(call: ShardCall): Int64 | null | string {
    const ttl = call.integer(TTL);
    if (ttl === undefined) return NOT_AN_INTEGER;
    if (ttl < 0) return BAD_TTL;
    if (ttl === 0) return null;
    if (call.has(ABSTTL)) return ttl;
    // Beyond 64 bits Redis's sum is negative, so that the key has expired.
    return addInt64(ttl, call.nowMs) ?? 0;
  }

  /** What is kept of the key's uses: what the options say, or that it is new. */
  function accessOf(call: ShardCall): number {
    const { accessClock } = call.keyspace;
    const option = accessClock.countsUses ? FREQ : IDLETIME;
    if (!call.has(option)) return accessClock.fresh;
    const number = call.integer(call.at(option))!;
    return accessClock.countsUses
      ? accessClock.fieldOfFrequency(Number(number))
      : accessClock.fieldOfIdleTime(wholeSeconds(number));
  }

  return define({
    ...names,
    complexity:
      'O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).',
    categories: ['keyspace', 'dangerous'],
    arguments: [
      key('key', ['OW', 'update']),
      value('integer', 'ttl'),
      value('string', 'serialized-value'),
      REPLACE,
      ABSTTL,
      IDLETIME,
      FREQ,
    ],
    optionRules: {
      exclusive: [IDLETIME, FREQ],
      check(option, argv, index) {
        if (option !== IDLETIME && option !== FREQ) return null;
        const number = parseInt64(argv.source(index), argv.start(index), argv.end(index));
        if (number === undefined) return NOT_AN_INTEGER;
        if (option === IDLETIME) return number < 0 ? BAD_IDLE_TIME : null;
        return number < 0 || number > FREQUENCY_MAX ? BAD_FREQUENCY : null;
      },
    },
    execution: {
      on: 'shard',
      hops: 1,
      request: 'keys',
      run(call) {
        if (!call.parseOptions()) return;
        const { argv, database, reply } = call;
        const existing = database.lookupWrite(argv, KEY);
        if (existing !== NO_ENTRY && !call.has(REPLACE)) return reply.error(BUSY_KEY);
        const deadline = deadlineOf(call);
        if (typeof deadline === 'string') return reply.error(deadline);
        const loaded = loadPayload(call);
        if (typeof loaded === 'string') return reply.error(loaded);

        if (deadline !== null && deadline <= call.nowMs) {
          if (existing !== NO_ENTRY) database.delete(existing);
          return reply.ok();
        }
        if (deadline !== null) database.reserveDeadline();
        const entry = store(call, KEY, existing, loaded);
        if (deadline === null) database.persist(entry);
        else database.setExpiresAt(entry, deadline);
        database.setAccess(entry, accessOf(call));
        reply.ok();
      },
    },
  });
}

export const restore = restoreCommand({
  name: 'restore',
  group: 'generic',
  since: '2.6.0',
  summary: 'Create a key using the provided serialized value, previously obtained using DUMP.',
  flags: ['write', 'denyoom'],
});

export const restoreAsking = restoreCommand({
  name: 'restore-asking',
  group: 'server',
  since: '3.0.0',
  summary: 'An internal command for migrating keys in a cluster',
  flags: ['write', 'denyoom', 'asking'],
});
