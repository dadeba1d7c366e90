/** RENAME, RENAMENX: in two hops, unless both keys are on one shard. */
import type { ReplyWriter } from '../../protocol/reply-writer.js';
import type { Call, ShardCall } from '../calls.js';
import { type Declaration, define, type InTwoHops, type Step } from '../command.js';
import { key } from '../grammar.js';
import { integerOf } from '../steps.js';
import { fetchEntry, isThere, leaveThere, moveEntry, piecesOf, removeEntry } from './transfer.js';

const SOURCE = 1;
const TARGET = 2;

/** `store` is the last step and replies; `unlessThere`: nothing is done where the target is there, which replies 0. */
function renaming(
  store: (call: ShardCall) => void,
  unlessThere: boolean,
  same: (reply: ReplyWriter) => void,
): InTwoHops {
  const first: Step[] = [{ run: fetchEntry, key: SOURCE }];
  if (unlessThere) first.push({ run: isThere, key: TARGET });
  return {
    on: 'shard',
    hops: 2,
    steps: [fetchEntry, isThere, leaveThere, removeEntry, store],
    first: () => first,
    second({ argv }: Call, [entry, target]) {
      const args = piecesOf(entry);
      if (args === null) return (reply) => reply.error('ERR no such key');
      if (argv.equal(SOURCE, TARGET)) return same;
      if (unlessThere && integerOf(target) === 1) return [{ run: leaveThere, key: TARGET }];
      return [
        { run: removeEntry, key: SOURCE },
        { run: store, key: TARGET, args },
      ];
    },
  };
}

const common: Pick<Declaration, 'group' | 'since' | 'complexity' | 'categories'> = {
  group: 'generic',
  since: '1.0.0',
  complexity: 'O(1)',
  categories: ['keyspace'],
};

export const rename = define({
  ...common,
  name: 'rename',
  summary: 'Rename a key',
  flags: ['write'],
  arguments: [key('key', ['RW', 'access', 'delete']), key('newkey', ['OW', 'update'])],
  execution: renaming(
    (call) => {
      moveEntry(call);
      call.reply.ok();
    },
    false,
    (reply) => reply.ok(),
  ),
});

export const renamenx = define({
  ...common,
  name: 'renamenx',
  summary: 'Rename a key, only if the new key does not exist',
  flags: ['write', 'fast'],
  arguments: [key('key', ['RW', 'access', 'delete']), key('newkey', ['OW', 'insert'])],
  execution: renaming(
    (call) => {
      moveEntry(call);
      call.reply.integer(1);
    },
    true,
    (reply) => reply.integer(0),
  ),
});
