/** What every benchmark needs of its process: an end that leaves nothing behind, and a place for its report. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { BenchError } from './bench-error.js';
import type { Tools } from './load/tools.js';

/** A directory that goes with the process. Signals end it by way of 'exit', where the children are killed as well. */
export function workDirectory(): string {
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(signal, () => process.exit(128 + number));
  }
  const directory = mkdtempSync(path.join(tmpdir(), 'sherd-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * Prints a table, and a report as JSON where that is wanted: the table goes to standard output, unless that is wanted
 * for JSON.
 * @param json a file, - for standard output, or undefined
 */
export function publish(table: string, json: string | undefined, report: Readonly<object>): void {
  if (json === undefined) {
    process.stdout.write(`\n${table}\n`);
    return;
  }
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (json === '-') {
    process.stderr.write(`\n${table}\n`);
    process.stdout.write(text);
  } else {
    process.stdout.write(`\n${table}\n`);
    writeFileSync(json, text);
  }
}

/** For a report: what was run, and with what. */
export function circumstances(
  { rounds, shards }: { readonly rounds: number; readonly shards: number },
  tools: Tools,
  startedAt: string,
) {
  return {
    startedAt,
    machine: machine(),
    node: process.version,
    redis: tools.redis?.version ?? null,
    redisBenchmark: tools.redisBenchmark?.version ?? null,
    shards,
    rounds,
  };
}

/** For a report: where its figures come from. */
export function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    platform: process.platform,
  };
}

/** @throws BenchError now rather than after minutes of measuring */
export function checkWritable(json: string | undefined): void {
  if (json === undefined || json === '-') return;
  try {
    closeSync(openSync(json, 'a'));
  } catch (error) {
    throw new BenchError(`--json ${json}: ${(error as Error).message}`);
  }
}
