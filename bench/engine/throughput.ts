/**
 * Throughput: SET and GET beside redis-server, by redis-benchmark where there is one, as the load suite `basic` runs
 * them; the CPU that a command costs; and, since all of that is spent on threads, which thread is the bound and what
 * it would allow with cores to spare.
 */
import { parseOptions } from '../load/options.js';
import { type RowResult, resultOf } from '../load/results.js';
import { runRow } from '../load/rounds.js';
import { type Row, rowsOf } from '../load/suites.js';
import { loadFor } from '../load/tools.js';
import type { Line } from './line.js';
import { NO_REDIS, type Part, type PartContext, withServers } from './part.js';

interface Limits {
  readonly wanted: number;
  readonly aim: number;
}

const RATIO: Readonly<Record<number, Limits>> = {
  1: { wanted: 0.85, aim: 1 },
  16: { wanted: 1.1, aim: 1.5 },
  64: { wanted: 1.6, aim: 2 },
};
const MAIN_CPU: Readonly<Record<number, Limits>> = {
  16: { wanted: 0.7, aim: 0.5 },
  64: { wanted: 0.4, aim: 0.3 },
};

export const throughput: Part = {
  summary: "SET and GET at pipeline 1, 16 and 64, and the main thread's CPU per command",
  run: (context) =>
    withServers(context, async (...servers) => {
      const rows = rowsOf(basicOptions(context));
      const results: RowResult[] = [];
      for (const row of rows) results.push(await measure(row, context, servers));
      return [...results.map(ratioLine), ...results.flatMap(mainCpuLine), ...results.flatMap(boundLine)];
    }),
};

function basicOptions({ scale, shards, rounds }: PartContext) {
  const args = Object.entries({ scale, shards, rounds, pipelines: Object.keys(RATIO).join() });
  const options = parseOptions(['basic', ...args.flatMap(([name, value]) => [`--${name}`, String(value)])]);
  if (options === 'help') throw new Error('that was no --help');
  return options;
}

async function measure(
  row: Row,
  { tools, progress, rounds }: PartContext,
  servers: Parameters<Parameters<typeof withServers>[1]>,
): Promise<RowResult> {
  const [name, load] = loadFor(row, tools);
  const present = servers.flatMap((server) => server ?? []);
  const result = resultOf(
    row,
    name,
    await runRow(row, present, load, rounds, (step) => progress.step(`${title(row)}: ${step}`)),
  );
  const { sherd, ratio } = result;
  const against = ratio === null ? '' : `, ${ratio.median.toFixed(2)} of redis-server`;
  progress.line(`${title(row)}: ${perSecond(sherd.requestsPerSecond.median)}${against}`);
  return result;
}

function title({ workload, pipeline }: Row): string {
  return `${workload.name}, pipeline ${pipeline}`;
}

function nameOf({ test, pipeline }: RowResult): string {
  return `${test.toUpperCase()}, P=${pipeline}`;
}

function ratioLine(result: RowResult): Line {
  const { sherd, redis, ratio, clientBound } = result;
  return {
    measure: `throughput ÷ redis-server, ${nameOf(result)}`,
    unit: 'times',
    bound: 'at least',
    ...RATIO[result.pipeline],
    measured: ratio?.median ?? null,
    note:
      redis === null || ratio === null
        ? NO_REDIS
        : [
            `[${ratio.q1.toFixed(2)}-${ratio.q3.toFixed(2)}]`,
            `${perSecond(sherd.requestsPerSecond.median)} against ${perSecond(redis.requestsPerSecond.median)}`,
            ...(clientBound ? ['the client used more than 90% of a core'] : []),
          ].join(', '),
  };
}

function mainCpuLine(result: RowResult): Line[] {
  const limits = MAIN_CPU[result.pipeline];
  if (limits === undefined) return [];
  const main = result.sherd.cpuMicrosPerCommand?.main;
  const redis = result.redis?.cpuMicrosPerCommand?.total;
  const known = main !== undefined && redis !== undefined;
  return [
    {
      measure: `main thread's CPU ÷ redis-server's, ${nameOf(result)}`,
      unit: 'times',
      bound: 'at most',
      ...limits,
      measured: known ? main / redis : null,
      note: known ? `${main.toFixed(2)} against ${redis.toFixed(2)} µs a command` : NO_REDIS,
    },
  ];
}

function boundLine(result: RowResult): Line[] {
  const { bound, redis, sherd } = result;
  const cpu = sherd.cpuMicrosPerCommand;
  if (bound === null || cpu === null) return [];
  const shards = cpu.shards.map((micros) => micros.toFixed(2)).join(' + ');
  return [
    {
      measure: `with cores to spare ÷ redis-server, ${nameOf(result)}`,
      unit: 'times',
      bound: 'told',
      measured: redis === null ? null : bound.requestsPerSecond / redis.requestsPerSecond.median,
      note: `bound by ${bound.thread}: ${perSecond(bound.requestsPerSecond)}; main ${cpu.main.toFixed(2)}, shards ${shards} µs a command`,
    },
  ];
}

function perSecond(rate: number): string {
  return `${Math.round(rate / 1000)}k/s`;
}
