/**
 * Suites: what is measured, as data. A workload says what a client sends, once for redis-benchmark and once for our
 * own generator, and both must mean the same; a suite is a list of workloads, each run at every pipeline.
 *
 * In a command, `__rand_int__` stands for a twelve-digit number below --keys, as in redis-benchmark, an argument
 * `__data__` for a value of --value-bytes, and, for the own generator only, `__client__` for the connection's number.
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
  /** Where --pipelines says nothing. */
  readonly pipelines: readonly number[];
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
  pipelines: [1, 16, 64],
  workloads: setAndGet('', {}),
};

const sizes: Suite = {
  summary: 'SET and GET of values from 8 bytes to 64 KB',
  pipelines: [1, 16],
  workloads: Object.entries({ 8: 8, 64: 64, 512: 512, '4k': 4096, '16k': 16_384, '64k': 65_536 }).flatMap(
    ([name, valueBytes]) => setAndGet(`-${name}`, { valueBytes }),
  ),
};

const KEYS_AT_ONCE = 10;
const keysAtOnce: Command = Array.from({ length: KEYS_AT_ONCE }, () => GET[1]);
const pairsAtOnce: Command = keysAtOnce.flatMap((key) => [key, '__data__']);

const mixes: Suite = {
  summary: 'GET and SET mixed 90:10 and 50:50',
  pipelines: [1, 16],
  workloads: [
    // redis-benchmark sends one kind of command at a time.
    { name: 'get90', populate: SET, commands: [...Array.from({ length: 9 }, () => GET), SET] },
    { name: 'get50', populate: SET, commands: [GET, SET] },
  ],
};

const severalKeys: Suite = {
  summary: 'MSET and MGET of ten keys, MULTI of ten SETs, and RENAME, all over any shards',
  pipelines: [1, 16],
  workloads: [
    { name: 'mset', populate: SET, commands: [['MSET', ...pairsAtOnce]], redisBenchmark: ['-t', 'mset'] },
    {
      name: 'mget',
      populate: SET,
      commands: [['MGET', ...keysAtOnce]],
      redisBenchmark: ['MGET', ...keysAtOnce],
    },
    {
      name: 'multi',
      populate: SET,
      commands: [['MULTI'], ...Array.from({ length: KEYS_AT_ONCE }, () => SET), ['EXEC']],
    },
    // What is renamed must be there, so every connection has a key of its own, and makes it again.
    {
      name: 'set-rename',
      commands: [
        ['SET', 'a:__client__', '__data__'],
        ['RENAME', 'a:__client__', 'b:__client__'],
      ],
    },
  ],
};

const connections: Suite = {
  summary: 'SET and GET from one connection and from 500',
  pipelines: [1, 16],
  workloads: [1, 500].flatMap((clients) => setAndGet(`-${clients}`, { clients })),
};

export const suites: Readonly<Record<string, Suite>> = {
  basic,
  sizes,
  mixes,
  'several-keys': severalKeys,
  connections,
};

function setAndGet(suffix: string, about: Pick<Workload, 'clients' | 'valueBytes'>): Workload[] {
  return [
    // Populated for SET as well: otherwise its first rounds insert and its later ones overwrite.
    { name: `set${suffix}`, populate: SET, commands: [SET], redisBenchmark: ['-t', 'set'], ...about },
    { name: `get${suffix}`, populate: SET, commands: [GET], redisBenchmark: ['-t', 'get'], ...about },
  ];
}

/** The rows of a suite, workload by workload. @throws BenchError for a suite or test there is not */
export function rowsOf(options: Options): readonly Row[] {
  if (!Object.hasOwn(suites, options.suite)) {
    throw new BenchError(`there is no suite '${options.suite}', only ${Object.keys(suites).join(', ')}`);
  }
  const { workloads, pipelines } = suites[options.suite];
  const names = workloads.map(({ name }) => name);
  for (const test of options.tests ?? []) {
    if (!names.includes(test))
      throw new BenchError(`--tests: there is no test '${test}', only ${names.join(', ')}`);
  }
  return workloads
    .filter(({ name }) => options.tests?.includes(name) ?? true)
    .flatMap((workload) =>
      (options.pipelines ?? pipelines).map((pipeline) => rowOf(workload, pipeline, options)),
    );
}

function rowOf(workload: Workload, pipeline: number, options: Options): Row {
  const clients = workload.clients ?? options.clients;
  const valueBytes = workload.valueBytes ?? options.valueBytes;
  const requests = options.requests ?? scaledRequests(workload, pipeline, clients, valueBytes, options.scale);
  return {
    workload,
    pipeline,
    clients,
    valueBytes,
    keys: Math.min(options.keys, Math.ceil(STORED_BYTES_MAX / valueBytes)),
    requests: roundUp(requests, pipeline),
  };
}

/** What the values of a row come to at most; with large ones it has fewer keys. */
const STORED_BYTES_MAX = 512 * 1024 * 1024;
/** What is sent or fetched of them in a round. */
const MOVED_BYTES_MAX = 1024 * 1024 * 1024;

/**
 * One to three seconds' worth for a server of redis-server's speed: 100k requests without a pipeline, 1M at 16, 2M at
 * 64, fewer where few connections, many keys in a command or large values make them slow; however small the scale, a
 * batch for every connection.
 */
function scaledRequests(
  { commands }: Workload,
  pipeline: number,
  clients: number,
  valueBytes: number,
  scale: number,
): number {
  const small = Math.min(Math.max(62_500 * pipeline, 100_000), 2_000_000);
  const keysInCommand = Math.max(
    ...commands.map((command) => command.filter((word) => word === GET[1]).length),
  );
  const requests = Math.min(
    small / Math.max(keysInCommand, 1),
    20_000 * clients * pipeline,
    MOVED_BYTES_MAX / valueBytes,
  );
  return Math.max(Math.ceil(requests * scale), clients * pipeline);
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
