/**
 * Large: 20 million keys in four shards. They are loaded and counted, served at pipeline 16 beside redis-server with
 * the same keys, and walked by SCAN, which must show every one of them; and all that time no thread may have a turn
 * above 50 ms. Takes about 6 GB with redis-server, and minutes.
 */
import { Asker } from '../load/asker.js';
import { parseOptions } from '../load/options.js';
import { resultOf } from '../load/results.js';
import { runRounds } from '../load/rounds.js';
import type { BenchServer } from '../load/servers.js';
import { rowsOf } from '../load/suites.js';
import { loadFor } from '../load/tools.js';
import { checkFilled, fill, VALUE_BYTES } from './fill.js';
import { walkKeys } from './key-walk.js';
import type { Line } from './line.js';
import { NO_REDIS, nowMs, type Part, type PartContext, withServers } from './part.js';
import { describeTurns, TurnLog } from './turn-log.js';

const KEYS = 20_000_000;
const SHARDS = 4;
const ROUNDS_MAX = 3;

export const large: Part = {
  summary: '20 million keys in 4 shards: loads, serves, SCANs, and no turn above 50 ms (some 6 GB)',
  run(context) {
    const keys = Math.ceil(KEYS * context.scale);
    const log = new TurnLog(context.directory);
    return withServers(
      { ...context, shards: SHARDS },
      async (sherd, redis) => {
        const fromMs = nowMs();
        return [
          await load(keys, context, sherd, redis),
          ...(await serve(keys, context, sherd, redis)),
          await scan(keys, context, sherd),
          turnLine(log, fromMs),
        ];
      },
      log.nodeArguments,
    );
  },
};

function name(keys: number): string {
  return `${keys / 1e6}M keys in ${SHARDS} shards`;
}

async function load(
  keys: number,
  { progress }: PartContext,
  ...servers: (BenchServer | undefined)[]
): Promise<Line> {
  const rates: string[] = [];
  for (const server of servers) {
    if (server === undefined) continue;
    progress.step(`large: ${server.name}, filling ${keys} keys`);
    const rate = keys / (await fill(server, keys));
    await checkFilled(server, keys);
    rates.push(`${server.name} ${Math.round(rate / 1000)}k/s`);
  }
  progress.line(`large: loaded, ${rates.join(', ')}`);
  // A key fewer would have ended the benchmark.
  return {
    measure: `${name(keys)}: loaded`,
    unit: 'keys',
    bound: 'at least',
    wanted: keys,
    measured: keys,
    note: rates.join(', '),
  };
}

async function serve(
  keys: number,
  { progress, rounds, scale, tools }: PartContext,
  sherd: BenchServer,
  redis: BenchServer | undefined,
): Promise<Line[]> {
  const wanted = { keys, scale, pipelines: 16, 'value-bytes': VALUE_BYTES };
  const args = Object.entries(wanted).flatMap(([option, value]) => [`--${option}`, String(value)]);
  const options = parseOptions(['basic', ...args]);
  if (options === 'help') throw new Error('that was no --help');
  const lines: Line[] = [];
  for (const row of rowsOf(options)) {
    const [tool, client] = loadFor(row, tools);
    const servers = redis === undefined ? [sherd] : [sherd, redis];
    const counted = Math.min(rounds, ROUNDS_MAX);
    const result = resultOf(
      row,
      tool,
      await runRounds(row, servers, client, counted, (step) =>
        progress.step(`large: ${row.workload.name}, ${step}`),
      ),
    );
    const rate = `${Math.round(result.sherd.requestsPerSecond.median / 1000)}k/s`;
    progress.line(`large: ${row.workload.name}, ${rate}`);
    lines.push({
      measure: `${name(keys)}: ${row.workload.name.toUpperCase()} ÷ redis-server, P=16`,
      unit: 'times',
      bound: 'told',
      measured: result.ratio?.median ?? null,
      note: redis === undefined ? `${rate}; ${NO_REDIS}` : rate,
    });
  }
  return lines;
}

async function scan(keys: number, { progress }: PartContext, sherd: BenchServer): Promise<Line> {
  const asker = await Asker.open(sherd);
  const { calls, seconds, shown, distinct } = await walkKeys(asker, keys, (shown) =>
    progress.step(`large: SCAN, ${shown} keys`),
  ).finally(() => asker.close());
  const note = `${seconds.toFixed(1)} s, ${calls} calls, ${shown - distinct} keys shown again`;
  progress.line(`large: SCAN, ${note}`);
  return {
    measure: `${name(keys)}: distinct keys shown by SCAN`,
    unit: 'keys',
    bound: 'at least',
    wanted: keys,
    measured: distinct,
    note,
  };
}

function turnLine(log: TurnLog, fromMs: number): Line {
  const figures = log.since(fromMs);
  return {
    measure: 'longest turn of any thread all that time',
    unit: 'ms',
    bound: 'at most',
    wanted: 50,
    measured: figures.longestMs,
    note: describeTurns(figures),
  };
}
