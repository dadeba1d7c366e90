/**
 * RANDOMKEY: every shard picks one of its keys, each with the same chance, and the main thread picks a shard by the number
 * of its keys, so that each key of the database has the same chance.
 */
import { NO_ENTRY } from '../../keyspace/database.js';
import { endOfReplyLine, readReplyNumber } from '../../protocol/reply-writer.js';
import { define } from '../command.js';

export const randomkey = define({
  name: 'randomkey',
  group: 'generic',
  since: '1.0.0',
  summary: 'Return a random key from the keyspace',
  complexity: 'O(1)',
  flags: ['readonly'],
  categories: ['keyspace'],
  tips: ['request_policy:all_shards', 'nondeterministic_output'],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'all_shards',
    /** Replies `:keys $key`, or `:0` where there is no key. */
    run({ database, reply, shard }) {
      const entry = database.pick(shard.random);
      reply.integer(entry === NO_ENTRY ? 0 : database.size);
      if (entry === NO_ENTRY) return;
      const start = database.keyStart(entry);
      reply.bulk(database.keySource(entry), start, start + database.keyLength(entry));
    },
    join(parts, { reply, server }) {
      const keys = parts.map(({ bytes, start }) => readReplyNumber(bytes, start + 1));
      let ticket = Math.floor(server.random() * keys.reduce((sum, count) => sum + count, 0));
      const drawn = parts.find((_, i) => {
        ticket -= keys[i];
        return ticket < 0;
      });
      if (drawn === undefined) reply.null();
      else reply.raw(drawn.bytes, endOfReplyLine(drawn.bytes, drawn.start), drawn.end);
    },
  },
});
