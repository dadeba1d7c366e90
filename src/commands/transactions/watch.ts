/** WATCH and UNWATCH, and what the shards do for them and for EXEC. A client is known there by its id. */
import type { ShardCall } from '../calls.js';
import { type Declaration, define } from '../command.js';
import { key } from '../grammar.js';

/** What checkWatches() replies if a key has changed. */
export const CHANGED = -1;

/** Argument 1 is the client, behind it come those of the keys that are on this shard. Shard thread. */
export function watchKeys({ argv, databaseIndex, keyspace, reply }: ShardCall): void {
  const client = argv.latin1(1);
  for (let i = 2; i < argv.count; i++) keyspace.watch(databaseIndex, argv, i, client);
  reply.ok();
}

/**
 * Argument 1 is the client, whose watches end. Replies CHANGED, or the last millisecond at which all of its keys here are
 * still as they were, 0 for never ending. Shard thread.
 */
export function checkWatches({ argv, keyspace, reply }: ShardCall): void {
  const untilMs = keyspace.endWatches(argv.latin1(1));
  if (untilMs === undefined) reply.integer(CHANGED);
  else reply.integer(untilMs === Number.POSITIVE_INFINITY ? 0 : untilMs);
}

/**
 * Argument 1 is the client, whose watches end, argument 2 the number of commands in its transaction, which are all for this
 * shard and come next. Replies the head of EXEC's reply, and says whether they are run. Shard thread.
 */
export function guardTransaction(call: ShardCall): void {
  const { argv, keyspace, reply } = call;
  call.guardHolds = keyspace.endWatches(argv.latin1(1)) !== undefined;
  if (call.guardHolds) reply.array(Number(call.integer(2)));
  else reply.nullArray();
}

/** Argument 1 is the client, whose watches end. Shard thread. */
export function forgetWatches({ argv, keyspace, reply }: ShardCall): void {
  keyspace.endWatches(argv.latin1(1));
  reply.ok();
}

const common: Pick<Declaration, 'group' | 'since' | 'flags' | 'categories' | 'immediate'> = {
  group: 'transactions',
  since: '2.2.0',
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  categories: ['transaction'],
};

export const watch = define({
  ...common,
  name: 'watch',
  summary: 'Watch the given keys to determine execution of the MULTI/EXEC block',
  complexity: 'O(1) for every key.',
  immediate: true,
  arguments: [key('key', ['RO'], { multiple: true })],
  execution: {
    on: 'router',
    steps: [watchKeys, checkWatches, guardTransaction, forgetWatches],
    run({ session }, transactions) {
      if (session.transaction === null) transactions.watch();
      else transactions.reply((reply) => reply.error('ERR WATCH inside MULTI is not allowed'));
    },
  },
});

export const unwatch = define({
  ...common,
  name: 'unwatch',
  summary: 'Forget about all watched keys',
  complexity: 'O(1)',
  execution: {
    on: 'connection',
    run({ reply, session }) {
      session.unwatch();
      reply.ok();
    },
  },
});
