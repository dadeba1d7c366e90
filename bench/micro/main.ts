/** The microbenchmarks, `npm run bench -- micro [name]`: one structure at a time, beside what it replaced. */
import { BenchError } from '../bench-error.js';
import { checkWritable, machine, publish } from '../bench-process.js';
import { CommandLine, helpText, optionRows } from '../command-line.js';
import { Progress } from '../load/progress.js';
import { requests, responses } from './batches.js';
import { type Contest, runContest, type StepResult } from './contest.js';
import { keyspace } from './keyspace.js';
import { parser } from './parser.js';
import { replies } from './replies.js';
import { wheel } from './wheel.js';

export const contests: Readonly<Record<string, Contest>> = {
  keyspace,
  wheel,
  parser,
  requests,
  responses,
  replies,
};

const table = {
  rounds: { shape: 'N', summary: 'counted rounds (7)' },
  scale: { shape: 'FACTOR', summary: 'of the operations of a round (1)' },
  json: { shape: 'FILE|-', summary: 'write the results as JSON, - for standard output' },
} as const;

interface ContestResult {
  readonly contest: string;
  readonly item: string;
  readonly count: number;
  readonly steps: readonly StepResult[];
}

export async function main(args: readonly string[]): Promise<void> {
  const line = CommandLine.read(table, args);
  if (line === 'help') {
    process.stdout.write(`${help()}\n`);
    return;
  }
  const json = line.text('json');
  const rounds = line.integer('rounds', 1000) ?? 7;
  const scale = line.factor('scale') ?? 1;
  const names = line.positionals.length > 0 ? line.positionals : Object.keys(contests);
  for (const name of names) {
    if (!Object.hasOwn(contests, name)) {
      throw new BenchError(`there is no structure '${name}', only ${Object.keys(contests).join(', ')}`);
    }
  }
  checkWritable(json);
  const progress = new Progress(process.stderr);
  const results: ContestResult[] = [];
  for (const name of names) {
    const contest = contests[name];
    const count = Math.ceil(contest.count * scale);
    progress.line(`${name}: ${contest.summary}; ${count} a round`);
    const steps = await runContest(contest, count, rounds, (step) => progress.step(`${name}: ${step}`));
    results.push({ contest: name, item: contest.item, count, steps });
  }
  const node = process.version;
  publish(formatResults(results), json, { machine: machine(), node, rounds, scale, results });
}

function help(): string {
  return helpText(
    'Measures structures of Sherd beside what they replaced. Usage: npm run bench -- micro [structure ...] [--name value ...]',
    {
      Structures: Object.entries(contests).map(([name, { summary }]) => [name, summary] as const),
      Options: optionRows(table),
    },
  );
}

/** A line for each step, the contenders beside one another. */
function formatResults(results: readonly ContestResult[]): string {
  const cells = results.flatMap(({ contest, item, steps }) =>
    steps.map(({ contender, step, nanos, bytes }) => [
      contest,
      step,
      contender,
      nanos.median.toFixed(1),
      `[${nanos.q1.toFixed(1)}-${nanos.q3.toFixed(1)}]`,
      bytes === null ? '' : `${bytes.toFixed(1)} bytes a ${item}`,
    ]),
  );
  const all = [['structure', 'step', 'by', 'ns', '[quartiles]', ''], ...cells];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => (column === 3 ? cell.padStart(widths[3]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, '', 'ns: of one operation, median of the rounds.'].join('\n');
}
