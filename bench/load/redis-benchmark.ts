/** redis-benchmark as the load: a row in its arguments, its CSV in our figures. */
import { BenchError } from '../bench-error.js';
import { type LoadClient, runClient } from './client-run.js';
import type { Row } from './suites.js';

export interface CsvResult {
  readonly test: string;
  readonly requestsPerSecond: number;
}

export function redisBenchmarkLoad(file: string): LoadClient {
  return async (server, row) => {
    const { stdout, clientShare } = await runClient(file, redisBenchmarkArguments(server.port, row), server);
    // Tests that come before the last are its preparation for it.
    const result = parseCsv(stdout).at(-1);
    if (result === undefined) {
      throw new BenchError(
        `redis-benchmark gave no figures for ${row.workload.name}; was the round too short?`,
      );
    }
    return { requestsPerSecond: result.requestsPerSecond, clientShare };
  };
}

export function redisBenchmarkArguments(port: number, row: Row): string[] {
  const numbers = {
    p: port,
    c: row.clients,
    n: row.requests,
    d: row.valueBytes,
    r: row.keys,
    P: row.pipeline,
  };
  return [
    ...['-h', '127.0.0.1'],
    ...Object.entries(numbers).flatMap(([name, value]) => [`-${name}`, String(value)]),
    '--csv',
    ...(row.workload.redisBenchmark ?? []),
  ];
}

/**
 * The results in the output of `redis-benchmark --csv`, `"SET","71000.00",...`. The heading (since 6.2) and warnings
 * are passed over; so is a rate of `inf`, which a round of less than its clock's millisecond has.
 */
export function parseCsv(text: string): CsvResult[] {
  const results: CsvResult[] = [];
  for (const line of text.split(/[\r\n]+/)) {
    const match = /^"(.*?)","(\d+(?:\.\d+)?)"/.exec(line);
    if (match !== null) results.push({ test: match[1], requestsPerSecond: Number(match[2]) });
  }
  return results;
}
