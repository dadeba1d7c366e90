/** GET, MGET, MSET, MSETNX. Shard thread; all but GET run on each shard that has some of the keys. */

import { NO_ENTRY, TYPE_STRING } from '../../keyspace/database.js';
import type { Argv } from '../../protocol/argv.js';
import { wrongArity } from '../../protocol/reply-errors.js';
import type { ConnectionCall, ShardCall } from '../calls.js';
import { define } from '../command.js';
import { isThere, leaveThere } from '../generic/transfer.js';
import { type Argument, block, type KeyFlag, key, value } from '../grammar.js';
import { integerOf } from '../steps.js';
import { isNoString, replaceString, replyString } from './string-values.js';

export const get = define({
  name: 'get',
  group: 'string',
  since: '1.0.0',
  summary: 'Get the value of a key',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  categories: ['string'],
  arguments: [key('key', ['RO', 'access'])],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const entry = call.database.lookupRead(call.argv, 1);
      if (!isNoString(call, entry)) replyString(call, entry);
    },
  },
});

export const mget = define({
  name: 'mget',
  group: 'string',
  since: '1.0.0',
  summary: 'Get the values of all the given keys',
  complexity: 'O(N) where N is the number of keys to retrieve.',
  flags: ['readonly', 'fast'],
  categories: ['string'],
  arguments: [key('key', ['RO', 'access'], { multiple: true })],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    join: 'by_key',
    run(call) {
      const { argv, database, reply } = call;
      reply.array(argv.count - 1);
      for (let i = 1; i < argv.count; i++) {
        const entry = database.lookupRead(argv, i);
        // What is no string is not told apart from what is not there.
        replyString(call, entry !== NO_ENTRY && database.type(entry) === TYPE_STRING ? entry : NO_ENTRY);
      }
    },
  },
});

const keysWithValues = (flags: readonly KeyFlag[]): Argument =>
  block('key_value', [key('key', flags), value('string', 'value')], { multiple: true });

/** Of commands whose arguments are keys with their values. */
function refuseUnpaired({ argv, command }: ConnectionCall): string | null {
  return argv.count % 2 === 1 ? null : wrongArity(command.fullName);
}

export const mset = define({
  name: 'mset',
  group: 'string',
  since: '1.0.1',
  summary: 'Set multiple keys to multiple values',
  complexity: 'O(N) where N is the number of keys to set.',
  flags: ['write', 'denyoom'],
  categories: ['string'],
  arguments: [keysWithValues(['OW', 'update'])],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    join: 'all_succeeded',
    refuse: refuseUnpaired,
    run(call) {
      const { argv, database, reply } = call;
      for (let i = 1; i < argv.count; i += 2) {
        replaceString(call, database.lookupWrite(argv, i), i, i + 1);
      }
      reply.ok();
    },
  },
});

export const msetnx = define({
  name: 'msetnx',
  group: 'string',
  since: '1.0.1',
  summary: 'Set multiple keys to multiple values, only if none of the keys exist',
  complexity: 'O(N) where N is the number of keys to set.',
  flags: ['write', 'denyoom'],
  categories: ['string'],
  tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
  arguments: [keysWithValues(['OW', 'insert'])],
  execution: {
    on: 'shard',
    hops: 2,
    refuse: refuseUnpaired,
    steps: [isThere, leaveThere, setOne],
    first: ({ argv }) => everyKey(argv).map((key) => ({ run: isThere, key })),
    second({ argv }, found) {
      const keys = everyKey(argv);
      const there = keys.find((_, i) => integerOf(found[i]) === 1);
      if (there !== undefined) return [{ run: leaveThere, key: there }];
      return keys.map((key) => ({ run: setOne, key, args: [key + 1] }));
    },
  },
});

function everyKey(argv: Argv): number[] {
  return Array.from({ length: (argv.count - 1) / 2 }, (_, i) => 1 + i * 2);
}

/** Step of MSETNX: none of its keys was there, but one may be named twice. */
function setOne(call: ShardCall): void {
  replaceString(call, call.database.lookupWrite(call.argv, 1), 1, 2);
  call.reply.integer(1);
}
