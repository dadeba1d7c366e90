/**
 * Options: the command line of the benchmark, read by node:util's parseArgs from one table that makes --help as well.
 * Invariant: what is not understood is an error of one line, never ignored.
 */
import { parseArgs } from 'node:util';
import { BenchError } from './bench-error.js';

export type LoadTool = 'own' | 'redis-benchmark';

export interface Options {
  readonly suite: string;
  readonly rounds: number;
  readonly scale: number;
  /** Of a round, whatever the pipeline and scale. */
  readonly requests: number | undefined;
  readonly shards: number;
  readonly clients: number;
  readonly valueBytes: number;
  readonly keys: number;
  /** All of the suite's, if not given. */
  readonly tests: readonly string[] | undefined;
  readonly pipelines: readonly number[];
  /** The best there is, if not given. */
  readonly load: LoadTool | undefined;
  /** A file, or - for standard output. */
  readonly json: string | undefined;
}

const table = {
  rounds: { shape: 'N', summary: 'counted rounds of each row (5)' },
  scale: { shape: 'FACTOR', summary: "of a round's requests, 100k at pipeline 1 to 2M at 64 (1)" },
  requests: { shape: 'N', summary: 'of a round, whatever the pipeline, instead of --scale' },
  shards: { shape: 'N', summary: "Sherd's shards (2)" },
  clients: { shape: 'N', summary: 'connections (50)' },
  'value-bytes': { shape: 'N', summary: 'size of a value (64)' },
  keys: { shape: 'N', summary: 'different keys (100000)' },
  tests: { shape: 'A,B', summary: "of the suite's tests only these" },
  pipelines: { shape: 'N,N', summary: 'commands sent before waiting (1,16,64)' },
  load: {
    shape: 'own|redis-benchmark',
    summary: 'what drives the servers (redis-benchmark where installed)',
  },
  json: { shape: 'FILE|-', summary: 'write the results as JSON, - for standard output' },
} as const;
type Name = keyof typeof table;

const INT_MAX = 2147483647;

/** @throws BenchError with a text for the user */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals } = readArguments(args);
  if (values.help === true) return 'help';
  if (positionals.length > 1) throw new BenchError(`'${positionals[1]}': one suite at a time`);
  const text = (name: Name) => values[name] as string | undefined;
  if (text('scale') !== undefined && text('requests') !== undefined) {
    throw new BenchError('--scale and --requests exclude each other');
  }
  const load = text('load');
  if (load !== undefined && load !== 'own' && load !== 'redis-benchmark') {
    throw new BenchError(`--load ${load}: expected own or redis-benchmark`);
  }
  const integer = (name: Name, max: number) => readInteger(name, text(name), max);
  return {
    suite: positionals[0] ?? 'basic',
    rounds: integer('rounds', 1000) ?? 5,
    scale: readScale(text('scale')),
    requests: integer('requests', INT_MAX),
    shards: integer('shards', 1024) ?? 2,
    clients: integer('clients', 10_000) ?? 50,
    // The own generator keeps a batch of values for each connection.
    valueBytes: integer('value-bytes', 16 * 1024 * 1024) ?? 64,
    keys: integer('keys', INT_MAX) ?? 100_000,
    tests: text('tests')?.split(','),
    pipelines: (text('pipelines') ?? '1,16,64')
      .split(',')
      .map((word) => readInteger('pipelines', word, 10_000)!),
    load,
    json: text('json'),
  };
}

export function helpText(suites: Readonly<Record<string, { readonly summary: string }>>): string {
  const rows = [
    ...Object.entries(table).map(([name, { shape, summary }]) => [`--${name} ${shape}`, summary]),
    ['--help', 'say this and end'],
  ];
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    'Measures Sherd, beside redis-server where that is installed. Usage: npm run bench -- [suite] [--name value ...]',
    '',
    'Suites:',
    ...Object.entries(suites).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    'Options:',
    ...rows.map(([left, summary]) => `  ${left.padEnd(width)}  ${summary}`),
  ].join('\n');
}

function readArguments(args: readonly string[]) {
  const options = Object.fromEntries([
    ...Object.keys(table).map((name) => [name, { type: 'string' as const }]),
    ['help', { type: 'boolean' as const, short: 'h' }],
  ]) as Record<string, { type: 'string' | 'boolean' }>;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // parseArgs goes on with advice about dashes, over several lines; its first sentence says it.
    throw new BenchError((error as Error).message.split(/\. |\.?\n/)[0]);
  }
}

function readInteger(name: Name, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > max) {
    throw new BenchError(`--${name} ${text}: expected an integer from 1 to ${max}`);
  }
  return value;
}

function readScale(text: string | undefined): number {
  if (text === undefined) return 1;
  const value = Number(text);
  if (!/^[\d.]+$/.test(text) || !(value > 0 && value <= 1000)) {
    throw new BenchError(`--scale ${text}: expected a number above 0, up to 1000`);
  }
  return value;
}
