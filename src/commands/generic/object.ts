/** OBJECT: how a value is kept, in Redis's words, and what of its uses. Shard thread. */
import type { AccessClock } from '../../keyspace/access-clock.js';
import { type Database, type Handle, NO_ENTRY } from '../../keyspace/database.js';
import { type Int64, parseInt64 } from '../../protocol/int64.js';
import type { ReplyWriter } from '../../protocol/reply-writer.js';
import type { ShardCall } from '../calls.js';
import { containerOnly, type Declaration, define, helpOf } from '../command.js';
import { key } from '../grammar.js';

/** Where every subcommand has its key. */
const KEY = 2;
/** Longer strings are raw. */
const EMBEDDED_BYTES_MAX = 44;
/** As long as a 64-bit integer can be. */
const INTEGER_BYTES_MAX = 20;
/** Redis has one object for each of these integers, and says of its references that they are past counting. */
const SHARED_INTEGERS = 10_000;
const SHARED_REFERENCES = 2147483647;

const SWITCHING =
  'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';
const LFU_NEEDED = `ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCHING}`;
const LFU_SELECTED = `ERR An LFU maxmemory policy is selected, idle time not tracked. ${SWITCHING}`;

/** The integer that a string spells as Redis would, undefined if it is none or is not kept as one. */
function integerIn(database: Database, entry: Handle): Int64 | undefined {
  const length = database.stringLength(entry);
  if (length > INTEGER_BYTES_MAX || database.isRaw(entry) || database.isText(entry)) return undefined;
  const start = database.stringStart(entry);
  return parseInt64(database.stringSource(entry), start, start + length);
}

/** Redis's word for how a value is kept. */
export function encodingOf(database: Database, entry: Handle): string {
  if (integerIn(database, entry) !== undefined) return 'int';
  return database.isRaw(entry) || database.stringLength(entry) > EMBEDDED_BYTES_MAX ? 'raw' : 'embstr';
}

/** How many references Redis has to a value. */
export function referencesOf(database: Database, entry: Handle): number {
  const integer = integerIn(database, entry);
  return integer !== undefined && integer >= 0 && integer < SHARED_INTEGERS ? SHARED_REFERENCES : 1;
}

function subcommand(
  name: string,
  since: string,
  summary: string,
  tell: (reply: ReplyWriter, database: Database, entry: Handle, accessClock: AccessClock) => void,
): Declaration {
  return define({
    name,
    group: 'generic',
    since,
    summary,
    complexity: 'O(1)',
    flags: ['readonly'],
    categories: ['keyspace'],
    tips: ['nondeterministic_output'],
    arguments: [key('key', ['RO'])],
    execution: {
      on: 'shard',
      hops: 1,
      request: 'keys',
      run({ argv, database, keyspace, reply }: ShardCall) {
        const entry = database.lookupUnused(argv, KEY);
        if (entry === NO_ENTRY) reply.null();
        else tell(reply, database, entry, keyspace.accessClock);
      },
    },
  });
}

const encoding = subcommand(
  'encoding',
  '2.2.3',
  'Inspect the internal encoding of a Redis object',
  (reply, database, entry) => reply.bulkText(encodingOf(database, entry)),
);
const refcount = subcommand(
  'refcount',
  '2.2.3',
  'Get the number of references to the value of the key',
  (reply, database, entry) => reply.integer(referencesOf(database, entry)),
);
const freq = subcommand(
  'freq',
  '4.0.0',
  'Get the logarithmic access frequency counter of a Redis object',
  (reply, database, entry, accessClock) => {
    if (accessClock.countsUses) reply.integer(accessClock.frequency(database.access(entry)));
    else reply.error(LFU_NEEDED);
  },
);
const idletime = subcommand(
  'idletime',
  '2.2.3',
  'Get the time since a Redis object was last accessed',
  (reply, database, entry, accessClock) => {
    if (accessClock.countsUses) reply.error(LFU_SELECTED);
    else reply.integer(accessClock.idleSeconds(database.access(entry)));
  },
);

const help = define({
  group: 'generic',
  since: '6.2.0',
  flags: ['loading', 'stale'],
  categories: ['keyspace'],
  ...helpOf('object', [
    'ENCODING <key>',
    '    Return how the value of <key> is kept.',
    'FREQ <key>',
    '    Return how often <key> is accessed, if an LFU policy is selected.',
    'IDLETIME <key>',
    '    Return for how many seconds <key> has not been used, unless an LFU policy is selected.',
    'REFCOUNT <key>',
    '    Return how many references there are to the value of <key>.',
  ]),
});

export const object = define({
  name: 'object',
  group: 'generic',
  since: '2.2.3',
  summary: 'A container for object introspection commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  subcommands: [encoding, freq, help, idletime, refcount],
  execution: containerOnly,
});
