/** MEMORY: what keys and server take, by the allocators' own books. USAGE runs on a key's shard, the rest on all. */
import { NO_ENTRY } from '../../keyspace/database.js';
import { containerOnly, type Declaration, define, helpOf } from '../command.js';
import { integerFrom, key, value } from '../grammar.js';
import { fromFigures, humanBytes, memoryFigures, percent, sum } from './memory-figures.js';

const common: Pick<Declaration, 'group' | 'since' | 'flags'> = { group: 'server', since: '4.0.0', flags: [] };
const DIAGNOSTIC_TIPS = ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'];

const SAMPLES = value('integer', 'count', { token: 'SAMPLES', optional: true });
const KEY = 2;

const usage = define({
  ...common,
  name: 'usage',
  summary: 'Estimate the memory usage of a key',
  complexity: 'O(N) where N is the number of samples.',
  flags: ['readonly'],
  arguments: [key('key', ['RO']), SAMPLES],
  optionRules: { check: integerFrom(0) },
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      // Nothing need be sampled: the books are exact.
      if (!call.parseOptions()) return;
      const { argv, database, reply } = call;
      const entry = database.peek(argv, KEY);
      if (entry === NO_ENTRY) reply.null();
      else reply.integer(database.bytesOf(entry));
    },
  },
});

const stats = define({
  ...common,
  name: 'stats',
  summary: 'Show memory usage details',
  complexity: 'O(1)',
  tips: DIAGNOSTIC_TIPS,
  execution: fromFigures((shards, { reply }) => {
    const memory = memoryFigures(shards);
    const databases = shards.flatMap((shard) => shard.databases);
    const indices = [...new Set(databases.filter(({ keys }) => keys > 0).map(({ index }) => index))];
    const keys = sum(databases, (database) => database.keys);
    const before: [string, number][] = [
      ['peak.allocated', memory.peak],
      ['total.allocated', memory.used],
    ];
    const integers: [string, number][] = [
      ['overhead.total', memory.used - memory.dataset],
      ['keys.count', keys],
      ['keys.bytes-per-key', keys === 0 ? 0 : Math.floor(memory.dataset / keys)],
      ['dataset.bytes', memory.dataset],
      ['allocator.allocated', memory.allocated],
      ['allocator.active', memory.reserved],
      ['allocator-fragmentation.bytes', memory.reserved - memory.allocated],
      ['fragmentation.bytes', memory.rss - memory.used],
    ];
    const doubles: [string, number][] = [
      ['dataset.percentage', percent(memory.dataset, memory.used)],
      ['peak.percentage', percent(memory.used, memory.peak)],
      ['allocator-fragmentation.ratio', memory.allocated === 0 ? 1 : memory.reserved / memory.allocated],
      ['fragmentation', memory.rss / memory.used],
    ];
    const writeIntegers = (pairs: readonly [string, number][]): void => {
      for (const [name, figure] of pairs) {
        reply.bulkText(name);
        reply.integer(figure);
      }
    };
    reply.map(before.length + indices.length + integers.length + doubles.length);
    writeIntegers(before);
    for (const index of indices.sort((a, b) => a - b)) {
      reply.bulkText(`db.${index}`);
      reply.map(1);
      writeIntegers([
        [
          'overhead.hashtable.main',
          sum(databases, (part) => (part.index === index ? part.overheadBytes : 0)),
        ],
      ]);
    }
    writeIntegers(integers);
    for (const [name, figure] of doubles) {
      reply.bulkText(name);
      reply.double(figure);
    }
  }),
});

/** Below this there is nothing worth a remark. */
const REMARKABLE_BYTES = 5 * 1024 * 1024;
const RATIO_MAX = 1.5;

const doctor = define({
  ...common,
  name: 'doctor',
  summary: 'Outputs memory problems report',
  complexity: 'O(1)',
  tips: DIAGNOSTIC_TIPS,
  execution: fromFigures((shards, { reply }) => {
    const { allocated, compacting, peak, reserved, used } = memoryFigures(shards);
    const remarks: string[] = [];
    if (allocated > REMARKABLE_BYTES || reserved > REMARKABLE_BYTES) {
      if (reserved > allocated * RATIO_MAX) {
        const state = compacting ? 'and is being compacted' : 'and MEMORY PURGE may help';
        remarks.push(
          `${humanBytes(reserved - allocated)} of the slabs' ${humanBytes(reserved)} hold nothing, ${state}.`,
        );
      }
      if (peak > used * RATIO_MAX)
        remarks.push(`${humanBytes(peak)} were in use once, ${humanBytes(used)} are now.`);
    }
    reply.verbatim('txt', remarks.length === 0 ? 'No memory problem was found.' : remarks.join('\n'));
  }),
});

const mallocStats = define({
  ...common,
  name: 'malloc-stats',
  summary: 'Show allocator internal stats',
  complexity: 'Depends on how much memory is allocated, could be slow',
  tips: DIAGNOSTIC_TIPS,
  execution: fromFigures((shards, { reply }) => {
    const lines = shards.flatMap(({ databases, shard }) =>
      databases.map(
        ({ index, overheadBytes, reservedBytes, usedBytes }) =>
          `shard ${shard} db ${index}: ${usedBytes} bytes in use, ${overheadBytes} of them overhead, ${reservedBytes} reserved`,
      ),
    );
    reply.verbatim('txt', `${lines.join('\n')}\n`);
  }),
});

const purge = define({
  ...common,
  name: 'purge',
  summary: 'Ask the allocator to release memory',
  complexity: 'Depends on how much memory is allocated, could be slow',
  execution: {
    on: 'shard',
    hops: 1,
    request: 'all_shards',
    join: 'all_succeeded',
    run({ keyspace, reply }) {
      // It goes on in turns behind the reply.
      for (const { database } of keyspace.inUse) database.purge();
      reply.ok();
    },
  },
});

const help = define({
  ...common,
  flags: ['loading', 'stale'],
  ...helpOf('memory', [
    'DOCTOR',
    '    Return memory problems reports.',
    'MALLOC-STATS',
    "    Return the slab allocators' books.",
    'PURGE',
    '    Compact the slabs, so that memory can be given back.',
    'STATS',
    '    Return information about the memory usage of the server.',
    'USAGE <key> [SAMPLES <count>]',
    '    Return memory in bytes used by <key> and its value.',
  ]),
});

export const memory = define({
  ...common,
  name: 'memory',
  summary: 'A container for memory diagnostics commands',
  complexity: 'Depends on subcommand.',
  subcommands: [doctor, help, mallocStats, purge, stats, usage],
  execution: containerOnly,
});
