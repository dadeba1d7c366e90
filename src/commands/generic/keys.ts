/** DEL, UNLINK, EXISTS, TOUCH, TYPE: keys whatever they hold. Shard thread; all but TYPE on several shards. */
import { type Database, type Handle, NO_ENTRY, TYPE_STRING } from '../../keyspace/database.js';
import type { ShardCall } from '../calls.js';
import { type Declaration, define } from '../command.js';
import { key } from '../grammar.js';

const TYPE_NAMES = { [TYPE_STRING]: 'string' } as const;

/** What TYPE says of an entry. */
export function typeName(database: Database, entry: Handle): string {
  return TYPE_NAMES[database.type(entry)];
}

function removeAll({ argv, database, reply }: ShardCall): void {
  let removed = 0;
  for (let i = 1; i < argv.count; i++) {
    const entry = database.peek(argv, i);
    if (entry === NO_ENTRY) continue;
    database.delete(entry);
    removed++;
  }
  reply.integer(removed);
}

const removal: Pick<Declaration, 'group' | 'categories' | 'arguments' | 'execution'> = {
  group: 'generic',
  categories: ['keyspace'],
  arguments: [key('key', ['RM', 'delete'], { multiple: true })],
  execution: { on: 'shard', hops: 1, request: 'keys', join: 'agg_sum', run: removeAll },
};

export const del = define({
  ...removal,
  name: 'del',
  since: '1.0.0',
  summary: 'Delete a key',
  complexity:
    'O(N) where N is the number of keys that will be removed. When a key to remove holds a value other than a string, the individual complexity for this key is O(M) where M is the number of elements in the list, set, sorted set or hash. Removing a single key that holds a string value is O(1).',
  flags: ['write'],
});

export const unlink = define({
  ...removal,
  name: 'unlink',
  since: '4.0.0',
  summary: 'Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.',
  complexity:
    'O(1) for each key removed regardless of its size. Then the command does O(N) work in a different thread in order to reclaim memory, where N is the number of allocations the deleted objects where composed of.',
  flags: ['write', 'fast'],
});

function countFound({ argv, database, reply }: ShardCall): void {
  let found = 0;
  for (let i = 1; i < argv.count; i++) {
    if (database.lookupUnused(argv, i) !== NO_ENTRY) found++;
  }
  reply.integer(found);
}

function touchAll({ argv, database, reply }: ShardCall): void {
  let found = 0;
  for (let i = 1; i < argv.count; i++) {
    if (database.lookupRead(argv, i) !== NO_ENTRY) found++;
  }
  reply.integer(found);
}

const overKeys: Pick<Declaration, 'group' | 'flags' | 'categories' | 'arguments'> = {
  group: 'generic',
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  arguments: [key('key', ['RO'], { multiple: true })],
};
const onKeys = { on: 'shard', hops: 1, request: 'keys', join: 'agg_sum' } as const;

export const exists = define({
  ...overKeys,
  name: 'exists',
  since: '1.0.0',
  summary: 'Determine if a key exists',
  complexity: 'O(N) where N is the number of keys to check.',
  execution: { ...onKeys, run: countFound },
});

export const touch = define({
  ...overKeys,
  name: 'touch',
  since: '3.2.1',
  summary: 'Alters the last access time of a key(s). Returns the number of existing keys specified.',
  complexity: 'O(N) where N is the number of keys that will be touched.',
  execution: { ...onKeys, run: touchAll },
});

export const type = define({
  name: 'type',
  group: 'generic',
  since: '1.0.0',
  summary: 'Determine the type stored at key',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  arguments: [key('key', ['RO'])],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run({ argv, database, reply }) {
      const entry = database.lookupUnused(argv, 1);
      reply.simple(entry === NO_ENTRY ? 'none' : typeName(database, entry));
    },
  },
});
