/**
 * PFCOUNT, PFMERGE. Shard thread. Over several keys they have two hops, since any of them may hold something else: the first
 * one fetches the values, the second one merges them where the first key is.
 */
import { estimate, estimateOf } from '../../datatypes/hyperloglog-estimate.js';
import {
  DENSE,
  encodingOf,
  makeStale,
  noteCardinality,
  notedCardinality,
  REGISTERS,
} from '../../datatypes/hyperloglog-registers.js';
import { type Handle, NO_ENTRY } from '../../keyspace/database.js';
import { toInt64 } from '../../protocol/int64.js';
import type { Call, ShardCall } from '../calls.js';
import { define, type ShardRun, type Step } from '../command.js';
import { key } from '../grammar.js';
import { CORRUPTED, changeSketch, fetchSketch, isNoSketch, mergedRegisters, sketchesOf } from './sketches.js';

const KEY = 1;

function everyKey(run: Step['run'], { argv }: Call): Step[] {
  return Array.from({ length: argv.count - KEY }, (_, i) => ({ run, key: KEY + i }));
}

/** Step: replies the cardinality of the one key, and notes it in the value, as Redis does although it only reads. */
const countOne: ShardRun = (call) => {
  const { argv, database, reply } = call;
  const entry = database.lookupRead(argv, KEY);
  if (isNoSketch(call, entry)) return;
  if (entry === NO_ENTRY) return reply.integer(0);
  database.markRaw(entry);
  const source = database.stringSource(entry);
  const start = database.stringStart(entry);
  const length = database.stringLength(entry);
  const noted = notedCardinality(source, start);
  if (noted !== undefined) return reply.integer(toInt64(noted));
  const cardinality = estimate(source, start, length);
  if (cardinality === undefined) return reply.error(CORRUPTED);
  noteCardinality(source, start, cardinality);
  // Its length stays, but whoever watches the key is told.
  database.resizeString(argv, KEY, entry, length);
  reply.integer(toInt64(cardinality));
};

/** Step: replies the cardinality of the union. */
function countMerged(call: ShardCall): void {
  call.reply.integer(toInt64(estimateOf(mergedRegisters(call))));
}

export const pfcount = define({
  name: 'pfcount',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Return the approximated cardinality of the set(s) observed by the HyperLogLog at key(s).',
  complexity:
    'O(1) with a very small average constant time when called with a single key. O(N) with N being the number of keys, and much bigger constant times, when called with multiple keys.',
  flags: ['readonly'],
  categories: ['hyperloglog'],
  keyNotes: 'RW because it may change the internal representation of the key, and propagate to replicas',
  arguments: [key('key', ['RW', 'access'], { multiple: true })],
  execution: {
    on: 'shard',
    hops: 2,
    steps: [countOne, fetchSketch, countMerged],
    first: (call) => everyKey(call.argv.count === KEY + 1 ? countOne : fetchSketch, call),
    second({ argv }, found) {
      if (argv.count > KEY + 1) return [{ run: countMerged, key: KEY, args: sketchesOf(found) }];
      const [{ bytes, end, start }] = found;
      return (reply) => reply.raw(bytes, start, end);
    },
  },
});

/** Step: makes argument 1 the union of itself, which was fetched as well, and the others. */
function storeMerged(call: ShardCall): void {
  const { argv, database, reply } = call;
  const registers = mergedRegisters(call);
  let isDense = false;
  for (let i = 2; i < argv.count; i++) {
    if (encodingOf(argv.source(i), argv.start(i)) === DENSE) isDense = true;
  }
  const existing: Handle = database.lookupWrite(argv, KEY);
  changeSketch(call, KEY, existing, (sketch) => {
    // One that is dense makes the union dense. It is sound: it was among what has been fetched.
    if (isDense) sketch.makeDense();
    for (let i = 0; i < REGISTERS; i++) if (registers[i] > 0) sketch.raise(i, registers[i]);
    makeStale(sketch.bytes, sketch.start);
    return true;
  });
  reply.ok();
}

export const pfmerge = define({
  name: 'pfmerge',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Merge N different HyperLogLogs into a single one.',
  complexity: 'O(N) to merge N HyperLogLogs, but with high constant times.',
  flags: ['write', 'denyoom'],
  categories: ['hyperloglog'],
  arguments: [
    key('destkey', ['RW', 'access', 'insert']),
    key('sourcekey', ['RO', 'access'], { multiple: true }),
  ],
  // A destination alone will do.
  arity: -2,
  execution: {
    on: 'shard',
    hops: 2,
    steps: [fetchSketch, storeMerged],
    first: (call) => everyKey(fetchSketch, call),
    second: (_call, found) => [{ run: storeMerged, key: KEY, args: sketchesOf(found) }],
  },
});
