/** MOVE: a key to another database, which is on the same shard. Shard thread; what is refused, on the main thread. */
import { NO_ENTRY } from '../../keyspace/database.js';
import type { ConnectionCall, ShardCall } from '../calls.js';
import { define } from '../command.js';
import { databaseIndexOf } from '../database-index.js';
import { key, value } from '../grammar.js';

const DATABASE = 2;

export const move = define({
  name: 'move',
  group: 'generic',
  since: '1.0.0',
  summary: 'Move a key to another database',
  complexity: 'O(1)',
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  arguments: [key('key', ['RW', 'access', 'update']), value('integer', 'db')],
  execution: { on: 'shard', hops: 1, request: 'keys', refuse, run: moveOnShard },
});

function refuse(call: ConnectionCall): string | null {
  const target = databaseIndexOf(call, DATABASE);
  if (typeof target === 'string') return target;
  return target === call.session.databaseIndex ? 'ERR source and destination objects are the same' : null;
}

function moveOnShard(call: ShardCall): void {
  const { argv, database, keyspace, reply } = call;
  const entry = database.lookupWrite(argv, 1);
  const target = keyspace.database(Number(call.integer(DATABASE)));
  const moves = entry !== NO_ENTRY && target.lookupWrite(argv, 1) === NO_ENTRY;
  if (moves) target.adopt(database, entry, argv, 1);
  reply.integer(moves ? 1 : 0);
}
