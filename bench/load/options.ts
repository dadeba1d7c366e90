/** Options: the command line of the load benchmark. */
import { BenchError } from '../bench-error.js';
import { CommandLine, helpText, INT_MAX, optionRows } from '../command-line.js';

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
  /** The suite's, if not given. */
  readonly pipelines: readonly number[] | undefined;
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
  pipelines: {
    shape: 'N,N',
    summary: 'commands sent before waiting (1,16,64; 1,16 where the suite has many rows)',
  },
  load: {
    shape: 'own|redis-benchmark',
    summary: 'what drives the servers (redis-benchmark where installed)',
  },
  json: { shape: 'FILE|-', summary: 'write the results as JSON, - for standard output' },
} as const;
/** @throws BenchError with a text for the user */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const line = CommandLine.read(table, args);
  if (line === 'help') return 'help';
  if (line.positionals.length > 1) throw new BenchError(`'${line.positionals[1]}': one suite at a time`);
  if (line.text('scale') !== undefined && line.text('requests') !== undefined) {
    throw new BenchError('--scale and --requests exclude each other');
  }
  const load = line.text('load');
  if (load !== undefined && load !== 'own' && load !== 'redis-benchmark') {
    throw new BenchError(`--load ${load}: expected own or redis-benchmark`);
  }
  return {
    suite: line.positionals[0] ?? 'basic',
    rounds: line.integer('rounds', 1000) ?? 5,
    scale: line.factor('scale') ?? 1,
    requests: line.integer('requests', INT_MAX),
    shards: line.integer('shards', 1024) ?? 2,
    clients: line.integer('clients', 10_000) ?? 50,
    // The own generator keeps a batch of values for each connection.
    valueBytes: line.integer('value-bytes', 16 * 1024 * 1024) ?? 64,
    keys: line.integer('keys', INT_MAX) ?? 100_000,
    tests: line.list('tests'),
    pipelines: line.integers('pipelines', 10_000),
    load,
    json: line.text('json'),
  };
}

export function loadHelp(suites: Readonly<Record<string, { readonly summary: string }>>): string {
  return helpText(
    'Measures Sherd, beside redis-server where that is installed. Usage: npm run bench -- [suite] [--name value ...]',
    {
      Suites: Object.entries(suites).map(([name, { summary }]) => [name, summary] as const),
      Options: optionRows(table),
      Others: [
        ['engine', 'what the shard engine must reach: npm run bench -- engine --help'],
        ['micro', 'one structure at a time: npm run bench -- micro --help'],
        ['spike', 'synchronous reads between two threads: npm run bench -- spike --help'],
      ],
    },
  );
}
