/** The load benchmark, `npm run bench -- [suite]`: starts the servers, runs the suite's rows and prints what they come to. */
import { checkWritable, circumstances, publish, workDirectory } from '../bench-process.js';
import { loadHelp, type Options, parseOptions } from './options.js';
import { Progress } from './progress.js';
import { type RowResult, resultOf } from './results.js';
import { runRow } from './rounds.js';
import { type BenchServer, startRedis, startSherd } from './servers.js';
import { type Row, rowsOf, suites } from './suites.js';
import { formatTable } from './table.js';
import { findTools, loadFor, type Tools } from './tools.js';

export async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options === 'help') {
    process.stdout.write(`${loadHelp(suites)}\n`);
    return;
  }
  const rows = rowsOf(options);
  const tools = findTools(options.load);
  checkWritable(options.json);
  const directory = workDirectory();
  const startedAt = new Date().toISOString();
  const servers: BenchServer[] = [];
  try {
    servers.push(await startSherd(options.shards, directory));
    if (tools.redis !== undefined) servers.push(await startRedis(tools.redis.file, directory));
    print(options, tools, startedAt, await runRows(rows, servers, options, tools));
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function runRows(
  rows: readonly Row[],
  servers: readonly BenchServer[],
  options: Options,
  tools: Tools,
): Promise<RowResult[]> {
  const progress = new Progress(process.stderr);
  progress.line(description(options, tools));
  const results: RowResult[] = [];
  for (const [index, row] of rows.entries()) {
    const title = `[${index + 1}/${rows.length}] ${row.workload.name}, pipeline ${row.pipeline}`;
    const [name, load] = loadFor(row, tools);
    const rounds = await runRow(row, servers, load, options.rounds, (step) =>
      progress.step(`${title}: ${step}`),
    );
    const result = resultOf(row, name, rounds);
    results.push(result);
    const against = result.ratio === null ? '' : `, ${result.ratio.median.toFixed(2)} of redis-server`;
    progress.line(`${title}: ${Math.round(result.sherd.requestsPerSecond.median)} requests/s${against}`);
  }
  return results;
}

function description(options: Options, { redis, redisBenchmark }: Tools): string {
  return [
    `suite ${options.suite}: ${options.shards} shards, ${options.clients} connections`,
    `${options.valueBytes}-byte values, ${options.keys} keys, ${options.rounds} rounds`,
    `load by ${redisBenchmark === undefined ? 'the own generator' : `redis-benchmark ${redisBenchmark.version}`}`,
    redis === undefined ? 'no redis-server to compare with' : `beside redis-server ${redis.version}`,
  ].join(', ');
}

function print(options: Options, tools: Tools, startedAt: string, rows: readonly RowResult[]): void {
  publish(formatTable(rows, options.shards), options.json, {
    suite: options.suite,
    ...circumstances(options, tools, startedAt),
    rows,
  });
}
