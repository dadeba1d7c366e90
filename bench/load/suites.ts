/**
 * Suites: what is measured, as data. A workload says what a client sends, once for redis-benchmark and once for our
 * own generator, and both must mean the same; a suite is a list of workloads, each run at every pipeline.
 *
 * In a command, `__rand_int__` stands for a twelve-digit number below --keys, as in redis-benchmark, and an argument
 * `__data__` for a value of --value-bytes.
 */
import { BenchError } from '../bench-error.js';
import type { Options } from './options.js';

export type Command = readonly string[];

export interface Workload {
  /** What --tests and the table call it. */
  readonly name: string;
  /** Run once for every number below --keys, in order, before the row. */
  readonly populate?: Command;
  /** What the own generator sends, in turn. */
  readonly commands: readonly Command[];
  /** redis-benchmark's arguments for the same; without them the own generator drives this workload always. */
  readonly redisBenchmark?: readonly string[];
  /** Where the workload is about one of these, instead of the option. */
  readonly clients?: number;
  readonly valueBytes?: number;
}

export interface Suite {
  readonly summary: string;
  readonly workloads: readonly Workload[];
}

/** One line of the table: a workload with all its numbers. */
export interface Row {
  readonly workload: Workload;
  readonly pipeline: number;
  readonly clients: number;
  readonly valueBytes: number;
  readonly keys: number;
  /** Of one round; a multiple of `pipeline`. */
  readonly requests: number;
}

const SET: Command = ['SET', 'key:__rand_int__', '__data__'];
const GET: Command = ['GET', 'key:__rand_int__'];

const basic: Suite = {
  summary: 'SET and GET of random keys, all of which exist',
  workloads: [
    // Populated for SET as well: otherwise its first rounds insert and its later ones overwrite.
    { name: 'set', populate: SET, commands: [SET], redisBenchmark: ['-t', 'set'] },
    { name: 'get', populate: SET, commands: [GET], redisBenchmark: ['-t', 'get'] },
  ],
};

export const suites: Readonly<Record<string, Suite>> = { basic };

/** The rows of a suite, workload by workload. @throws BenchError for a suite or test there is not */
export function rowsOf(options: Options): readonly Row[] {
  if (!Object.hasOwn(suites, options.suite)) {
    throw new BenchError(`there is no suite '${options.suite}', only ${Object.keys(suites).join(', ')}`);
  }
  const { workloads } = suites[options.suite];
  const names = workloads.map(({ name }) => name);
  for (const test of options.tests ?? []) {
    if (!names.includes(test))
      throw new BenchError(`--tests: there is no test '${test}', only ${names.join(', ')}`);
  }
  return workloads
    .filter(({ name }) => options.tests?.includes(name) ?? true)
    .flatMap((workload) => options.pipelines.map((pipeline) => rowOf(workload, pipeline, options)));
}

function rowOf(workload: Workload, pipeline: number, options: Options): Row {
  const clients = workload.clients ?? options.clients;
  return {
    workload,
    pipeline,
    clients,
    valueBytes: workload.valueBytes ?? options.valueBytes,
    keys: options.keys,
    requests: roundUp(options.requests ?? scaledRequests(pipeline, clients, options.scale), pipeline),
  };
}

/**
 * One to three seconds' worth for a server of redis-server's speed: 100k requests without a pipeline, 1M at 16, 2M at
 * 64; however small the scale, a batch for every connection.
 */
function scaledRequests(pipeline: number, clients: number, scale: number): number {
  const requests = Math.min(Math.max(62_500 * pipeline, 100_000), 2_000_000);
  return Math.max(Math.ceil(requests * scale), clients * pipeline);
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
