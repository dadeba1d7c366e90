/** Options: the command line of the engine benchmark. */
import { BenchError } from '../bench-error.js';
import { CommandLine, helpText, optionRows } from '../command-line.js';

export interface EngineOptions<Part extends string> {
  readonly only: readonly Part[];
  readonly rounds: number;
  /** Of what is done several times; undefined leaves it to the part. */
  readonly runs: number | undefined;
  readonly scale: number;
  readonly shards: number;
  readonly json: string | undefined;
}

const table = {
  only: { shape: 'PART,PART', summary: 'only these parts (all)' },
  rounds: { shape: 'N', summary: 'counted rounds of each throughput row (7)' },
  runs: {
    shape: 'N',
    summary: 'runs of what is done several times, each with a fresh server (turns 5, expiry 3)',
  },
  scale: { shape: 'FACTOR', summary: 'of the keys and requests; requirements are about 1 (1)' },
  shards: { shape: 'N', summary: "Sherd's shards, except in large (2)" },
  json: { shape: 'FILE|-', summary: 'write the results as JSON, - for standard output' },
} as const;

export type PartSummaries<Part extends string> = Readonly<Record<Part, { readonly summary: string }>>;

/** @throws BenchError with a text for the user */
export function parseEngineOptions<Part extends string>(
  args: readonly string[],
  parts: PartSummaries<Part>,
): EngineOptions<Part> | 'help' {
  const line = CommandLine.read(table, args);
  if (line === 'help') return 'help';
  if (line.positionals.length > 0)
    throw new BenchError(`'${line.positionals[0]}': parts are named by --only`);
  const all = Object.keys(parts) as Part[];
  const isPart = (name: string): name is Part => Object.hasOwn(parts, name);
  const only = (line.list('only') ?? all).map((name) => {
    if (!isPart(name)) throw new BenchError(`--only: there is no part '${name}', only ${all.join(', ')}`);
    return name;
  });
  return {
    only: all.filter((part) => only.includes(part)),
    rounds: line.integer('rounds', 1000) ?? 7,
    runs: line.integer('runs', 1000),
    scale: line.factor('scale') ?? 1,
    shards: line.integer('shards', 1024) ?? 2,
    json: line.text('json'),
  };
}

export function engineHelp<Part extends string>(parts: PartSummaries<Part>): string {
  return helpText(
    'Measures what the shard engine must reach, beside redis-server. Usage: npm run bench -- engine [--name value ...]',
    {
      Parts: (Object.keys(parts) as Part[]).map((part) => [part, parts[part].summary] as const),
      Options: optionRows(table),
    },
  );
}
