/**
 * The benchmark: `npm run bench -- [suite] [--name value ...]`. Starts the servers, runs the suite's rows and prints
 * what they come to. Standard output has only the result, the table or JSON; all else goes to stderr.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { BenchError } from './bench-error.js';
import type { LoadClient } from './client-run.js';
import { type Executable, findExecutable } from './executables.js';
import { helpText, type Options, parseOptions } from './options.js';
import { ownLoad } from './own-load.js';
import { Progress } from './progress.js';
import { redisBenchmarkLoad } from './redis-benchmark.js';
import { type RowResult, resultOf } from './results.js';
import { runRow } from './rounds.js';
import { type BenchServer, startRedis, startSherd } from './servers.js';
import { type Row, rowsOf, suites } from './suites.js';
import { formatTable } from './table.js';

interface Tools {
  readonly redis: Executable | undefined;
  readonly redisBenchmark: Executable | undefined;
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options === 'help') {
    process.stdout.write(`${helpText(suites)}\n`);
    return;
  }
  const rows = rowsOf(options);
  const tools = findTools(options);
  if (options.json !== undefined && options.json !== '-') checkWritable(options.json);
  // The children are killed when this process exits, see children.ts.
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(signal, () => process.exit(128 + number));
  }
  const directory = mkdtempSync(path.join(tmpdir(), 'sherd-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
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

/** @throws BenchError if the load that was asked for is not there */
function findTools({ load }: Options): Tools {
  const redisBenchmark = load === 'own' ? undefined : findExecutable('redis-benchmark');
  if (load === 'redis-benchmark' && redisBenchmark === undefined) {
    throw new BenchError('--load redis-benchmark: it is not installed');
  }
  return { redis: findExecutable('redis-server'), redisBenchmark };
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

function loadFor({ workload }: Row, { redisBenchmark }: Tools): [name: string, load: LoadClient] {
  if (redisBenchmark === undefined || workload.redisBenchmark === undefined) return ['own', ownLoad];
  return ['redis-benchmark', redisBenchmarkLoad(redisBenchmark.file)];
}

function description(options: Options, { redis, redisBenchmark }: Tools): string {
  return [
    `suite ${options.suite}: ${options.shards} shards, ${options.clients} connections`,
    `${options.valueBytes}-byte values, ${options.keys} keys, ${options.rounds} rounds`,
    `load by ${redisBenchmark === undefined ? 'the own generator' : `redis-benchmark ${redisBenchmark.version}`}`,
    redis === undefined ? 'no redis-server to compare with' : `beside redis-server ${redis.version}`,
  ].join(', ');
}

/** The table goes to standard output, unless that is wanted for JSON. */
function print(options: Options, tools: Tools, startedAt: string, rows: readonly RowResult[]): void {
  const table = `\n${formatTable(rows, options.shards)}\n`;
  if (options.json === undefined) {
    process.stdout.write(table);
    return;
  }
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    platform: process.platform,
  };
  const report = {
    suite: options.suite,
    startedAt,
    machine,
    node: process.version,
    redis: tools.redis?.version ?? null,
    redisBenchmark: tools.redisBenchmark?.version ?? null,
    shards: options.shards,
    rounds: options.rounds,
    rows,
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (options.json === '-') {
    process.stderr.write(table);
    process.stdout.write(json);
  } else {
    process.stdout.write(table);
    writeFileSync(options.json, json);
  }
}

/** @throws BenchError now rather than after minutes of measuring */
function checkWritable(file: string): void {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new BenchError(`--json ${file}: ${(error as Error).message}`);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const text = error instanceof BenchError ? error.message : (error as Error).stack;
  process.stderr.write(`bench: ${text}\n`);
  process.exitCode = 1;
});
