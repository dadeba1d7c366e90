/** SWAPDB. Shard thread, on every shard. */
import type { ConnectionCall } from '../calls.js';
import { define } from '../command.js';
import { databaseIndexOf } from '../database-index.js';
import { value } from '../grammar.js';

export const swapdb = define({
  name: 'swapdb',
  group: 'server',
  since: '4.0.0',
  summary: 'Swaps two Redis databases',
  complexity: 'O(N) where N is the count of clients watching or blocking on keys from both databases.',
  flags: ['write', 'fast'],
  categories: ['keyspace', 'dangerous'],
  tips: [],
  arguments: [value('integer', 'index1'), value('integer', 'index2')],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'all_shards',
    join: 'all_succeeded',
    refuse,
    run(call) {
      // One change, though every shard does it.
      if (call.shard.figures().shard === 0) call.keyspace.countChange();
      call.keyspace.swap(Number(call.integer(1)), Number(call.integer(2)));
      call.reply.ok();
    },
  },
});

function refuse(call: ConnectionCall): string | null {
  // What is no index is said before what is out of range.
  if (!call.isInt32(1)) return 'ERR invalid first DB index';
  if (!call.isInt32(2)) return 'ERR invalid second DB index';
  const wrong = [1, 2].map((at) => databaseIndexOf(call, at)).find((index) => typeof index === 'string');
  return wrong ?? null;
}
