/** Tools: what of redis-server and redis-benchmark there is, and with it what drives a row. */
import { BenchError } from '../bench-error.js';
import type { LoadClient } from './client-run.js';
import { type Executable, findExecutable } from './executables.js';
import type { LoadTool } from './options.js';
import { ownLoad } from './own-load.js';
import { redisBenchmarkLoad } from './redis-benchmark.js';
import type { Row } from './suites.js';

export interface Tools {
  readonly redis: Executable | undefined;
  readonly redisBenchmark: Executable | undefined;
}

/** @throws BenchError if the load that was asked for is not there */
export function findTools(load: LoadTool | undefined): Tools {
  const redisBenchmark = load === 'own' ? undefined : findExecutable('redis-benchmark');
  if (load === 'redis-benchmark' && redisBenchmark === undefined) {
    throw new BenchError('--load redis-benchmark: it is not installed');
  }
  return { redis: findExecutable('redis-server'), redisBenchmark };
}

export function loadFor({ workload }: Row, { redisBenchmark }: Tools): [name: string, load: LoadClient] {
  if (redisBenchmark === undefined || workload.redisBenchmark === undefined) return ['own', ownLoad];
  return ['redis-benchmark', redisBenchmarkLoad(redisBenchmark.file)];
}
