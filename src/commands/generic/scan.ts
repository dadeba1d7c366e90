/**
 * SCAN: every shard looks at its part of the next range of hashes, and the main thread puts the keys together.
 *
 * A cursor is a position in the space of hashes, the same on every shard; 0 begins and ends a scan. Each shard chooses an
 * end that has about its part of COUNT before it and gives its keys with their positions. The reply's cursor is the least
 * of these ends, and what lies at or behind it comes again with the next call. Redis's guarantee follows from that: a key
 * that is there during the whole scan has one position on one shard, and every position is passed.
 */

import { SCAN_END } from '../../keyspace/database.js';
import type { Argv } from '../../protocol/argv.js';
import { isStar, matchesGlob } from '../../protocol/glob.js';
import { endOfReplyLine, readReplyNumber } from '../../protocol/reply-writer.js';
import type { ConnectionCall, ShardCall } from '../calls.js';
import { define, type ReplyPart } from '../command.js';
import { integerFrom, value } from '../grammar.js';
import { typeName } from './keys.js';

const MATCH = value('pattern', 'pattern', { token: 'MATCH', optional: true });
const COUNT = value('integer', 'count', { token: 'COUNT', optional: true });
const TYPE = value('string', 'type', { token: 'TYPE', optional: true });

const checkCount = integerFrom(1);
const INVALID_CURSOR = 'ERR invalid cursor';
const COUNT_DEFAULT = 10;
const UINT64_MAX = 2n ** 64n - 1n;

export const scan = define({
  name: 'scan',
  group: 'generic',
  since: '2.8.0',
  summary: 'Incrementally iterate the keys space',
  complexity:
    'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.',
  flags: ['readonly'],
  categories: ['keyspace'],
  tips: ['nondeterministic_output', 'request_policy:special'],
  arguments: [value('integer', 'cursor'), MATCH, COUNT, TYPE],
  optionRules: {
    check: (option, argv, index) => (option === COUNT ? checkCount(option, argv, index) : null),
  },
  execution: { on: 'shard', hops: 1, request: 'all_shards', run: scanShard, join: joinScans },
});

function scanShard(call: ShardCall): void {
  const { argv, database, reply } = call;
  const position = parseCursor(argv, 1);
  if (position === undefined) {
    reply.error(INVALID_CURSOR);
    return;
  }
  if (!call.parseOptions()) return;
  const count = call.has(COUNT) ? Number(call.integer(call.at(COUNT))) : COUNT_DEFAULT;
  const type = call.has(TYPE) ? argv.latin1(call.at(TYPE)).toLowerCase() : null;
  const pattern = call.has(MATCH) ? bytesOf(argv, call.at(MATCH)) : null;
  const everyKey = pattern === null || isStar(pattern);

  const end = database.scanEnd(position, count / call.shard.shards);
  reply.integer(end);
  database.scan(position, end, (entry, at) => {
    if (type !== null && typeName(database, entry) !== type) return;
    const source = database.keySource(entry);
    const keyStart = database.keyStart(entry);
    const keyEnd = keyStart + database.keyLength(entry);
    if (!everyKey && !matchesGlob(pattern, source, keyStart, keyEnd)) return;
    reply.integer(at);
    reply.bulk(source, keyStart, keyEnd);
  });
}

/** A part is `:end`, then `:position $key` for every key, in no particular order. */
function joinScans(parts: readonly ReplyPart[], { reply }: ConnectionCall): void {
  const end = Math.min(...parts.map(({ bytes, start }) => readReplyNumber(bytes, start + 1)));
  let count = 0;
  for (const part of parts) forEachBefore(part, end, () => count++);
  reply.array(2);
  reply.bulkText(String(end === SCAN_END ? 0 : end));
  reply.array(count);
  for (const part of parts) forEachBefore(part, end, (from, to) => reply.raw(part.bytes, from, to));
}

/** Calls back with the bytes of each key, as the bulk string it is, that stands before `end`. */
function forEachBefore(
  { bytes, start, end: partEnd }: ReplyPart,
  end: number,
  visit: (from: number, to: number) => void,
): void {
  for (let at = endOfReplyLine(bytes, start); at < partEnd; ) {
    const key = endOfReplyLine(bytes, at);
    const keyEnd = endOfReplyLine(bytes, key) + readReplyNumber(bytes, key + 1) + 2;
    if (readReplyNumber(bytes, at + 1) < end) visit(key, keyEnd);
    at = keyEnd;
  }
}

/** Reads a cursor as Redis does, with C's strtoul: signs are allowed, and nothing at all is 0. */
function parseCursor(argv: Argv, index: number): number | undefined {
  const text = argv.shown(index);
  if (!/^([+-]?\d+)?$/.test(text)) return undefined;
  const number = text === '' ? 0n : BigInt(text.replace(/^[+-]/, ''));
  if (number > UINT64_MAX) return undefined;
  return Number(BigInt.asUintN(32, text.startsWith('-') ? -number : number));
}

function bytesOf(argv: Argv, index: number): Buffer {
  return argv.source(index).subarray(argv.start(index), argv.end(index));
}
