/** KEYS: every shard gives its keys that match, and the main thread puts them one behind the other. */
import { SCAN_END } from '../../keyspace/database.js';
import { isStar, matchesGlob } from '../../protocol/glob.js';
import { readReplyNumber } from '../../protocol/reply-writer.js';
import type { ConnectionCall, ShardCall } from '../calls.js';
import { define, type ReplyPart } from '../command.js';
import { value } from '../grammar.js';

export const keys = define({
  name: 'keys',
  group: 'generic',
  since: '1.0.0',
  summary: 'Find all keys matching the given pattern',
  complexity:
    'O(N) with N being the number of keys in the database, under the assumption that the key names in the database and the given pattern have limited length.',
  flags: ['readonly'],
  categories: ['keyspace', 'dangerous'],
  tips: ['request_policy:all_shards', 'nondeterministic_output_order'],
  arguments: [value('pattern', 'pattern')],
  execution: { on: 'shard', hops: 1, request: 'all_shards', run: matchOnShard, join: concatenate },
});

/** Replies the keys, `$key` each, and behind them their number, which is known only then: `:keys`. */
function matchOnShard({ argv, database, reply }: ShardCall): void {
  const pattern = argv.source(1).subarray(argv.start(1), argv.end(1));
  const everyKey = isStar(pattern);
  let count = 0;
  database.scan(0, SCAN_END, (entry) => {
    const source = database.keySource(entry);
    const start = database.keyStart(entry);
    const end = start + database.keyLength(entry);
    if (!everyKey && !matchesGlob(pattern, source, start, end)) return;
    reply.bulk(source, start, end);
    count++;
  });
  reply.integer(count);
}

function concatenate(parts: readonly ReplyPart[], { reply }: ConnectionCall): void {
  // No key has a part in the last line, so the last colon opens it.
  const ends = parts.map(({ bytes, end }) => bytes.lastIndexOf(0x3a, end - 1));
  reply.array(parts.reduce((sum, { bytes }, i) => sum + readReplyNumber(bytes, ends[i] + 1), 0));
  parts.forEach(({ bytes, start }, i) => {
    reply.raw(bytes, start, ends[i]);
  });
}
