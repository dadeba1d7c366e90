/** COPY: in two hops, unless both keys are on one shard. */
import type { Call, ConnectionCall, ShardCall } from '../calls.js';
import { define } from '../command.js';
import { databaseIndexOf } from '../database-index.js';
import { key, token, value } from '../grammar.js';
import { integerOf } from '../steps.js';
import { fetchEntry, isThere, leaveThere, piecesOf, storeEntry } from './transfer.js';

const DB = value('integer', 'destination-db', { token: 'DB', optional: true });
const REPLACE = token('REPLACE', { optional: true });

const SOURCE = 1;
const TARGET = 2;

export const copy = define({
  name: 'copy',
  group: 'generic',
  since: '6.2.0',
  summary: 'Copy a key',
  complexity:
    'O(N) worst case for collections, where N is the number of nested items. O(1) for string values.',
  flags: ['write', 'denyoom'],
  categories: ['keyspace'],
  arguments: [key('source', ['RO', 'access']), key('destination', ['OW', 'update']), DB, REPLACE],
  execution: {
    on: 'shard',
    hops: 2,
    refuse,
    steps: [fetchEntry, isThere, leaveThere, storeCopy],
    first: (call) => [
      { run: fetchEntry, key: SOURCE },
      { run: isThere, key: TARGET, ...targetDatabase(call) },
    ],
    second(call, [entry, target]) {
      const args = piecesOf(entry);
      const database = targetDatabase(call);
      if (args === null) return (reply) => reply.integer(0);
      if (integerOf(target) === 1 && !call.has(REPLACE)) {
        return [{ run: leaveThere, key: TARGET, ...database }];
      }
      return [{ run: storeCopy, key: TARGET, args, ...database }];
    },
  },
});

function refuse(call: ConnectionCall): string | null {
  const error = wrongDatabase(call) ?? call.optionsError();
  if (error !== null) return error;
  const { databaseIndex } = call.session;
  const { database = databaseIndex } = targetDatabase(call);
  const isSame = database === databaseIndex && call.argv.equal(SOURCE, TARGET);
  return isSame ? 'ERR source and destination objects are the same' : null;
}

/** Redis looks at every index that is named when it meets it, so that it comes before an error behind it. */
function wrongDatabase(call: ConnectionCall): string | null {
  const { argv } = call;
  for (let i = TARGET + 1; i < argv.count - 1; i++) {
    if (argv.is(i, 'replace')) continue;
    if (!argv.is(i, 'db')) break;
    const database = databaseIndexOf(call, ++i);
    if (typeof database === 'string') return database;
  }
  return null;
}

/** The database to copy to, where one is named. */
function targetDatabase(call: Call): { readonly database?: number } {
  call.optionsError();
  return call.has(DB) ? { database: Number(call.integer(call.at(DB))) } : {};
}

function storeCopy(call: ShardCall): void {
  storeEntry(call);
  call.reply.integer(1);
}
