/** DBSIZE, FLUSHDB, FLUSHALL: whole databases. Shard thread, on every shard. */
import type { ShardCall } from '../calls.js';
import { type Declaration, define } from '../command.js';
import { oneof, token } from '../grammar.js';

export const dbsize = define({
  name: 'dbsize',
  group: 'server',
  since: '1.0.0',
  summary: 'Return the number of keys in the selected database',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'all_shards',
    join: 'agg_sum',
    run: ({ database, reply }) => reply.integer(database.size),
  },
});

function flushCommand(
  name: string,
  summary: string,
  complexity: string,
  flush: (call: ShardCall) => void,
): Declaration {
  return define({
    name,
    group: 'server',
    since: '1.0.0',
    summary,
    complexity,
    flags: ['write'],
    categories: ['keyspace', 'dangerous'],
    // Dropping a database costs the same either way: its memory is the garbage collector's.
    arguments: [oneof('async', [token('ASYNC'), token('SYNC')], { optional: true })],
    optionRules: { optionsMax: 1 },
    execution: {
      on: 'shard',
      hops: 1,
      request: 'all_shards',
      join: 'all_succeeded',
      run(call) {
        if (!call.parseOptions()) return;
        flush(call);
        call.reply.ok();
      },
    },
  });
}

export const flushdb = flushCommand(
  'flushdb',
  'Remove all keys from the current database',
  'O(N) where N is the number of keys in the selected database',
  ({ keyspace, databaseIndex }) => keyspace.flush(databaseIndex),
);

export const flushall = flushCommand(
  'flushall',
  'Remove all keys from all databases',
  'O(N) where N is the total number of keys in all databases',
  ({ keyspace }) => keyspace.flushAll(),
);
