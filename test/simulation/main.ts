/**
 * `npm run simulate -- [--seeds N] [--seed N] [--commands N] [--shards N]`: random histories on the production classes
 * under a seeded scheduler, every one checked. A seed that fails is shrunk and printed, and ends it with status 1.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { makePlan } from './plan.js';
import { report } from './report.js';
import { shrink } from './shrink.js';
import { simulate } from './simulation.js';

const SEEDS = 1000;
const COMMANDS = 300;
const PROGRESS_MS = 10_000;

const HELP = `npm run simulate -- [--name ...]: random histories on the production classes, every one checked.
  --seeds N       how many seeds (${SEEDS})
  --seed N        the first one, or the only one without --seeds (chosen by chance)
  --commands N    commands in each history (${COMMANDS})
  --shards N      shards (the seed chooses)`;

function main(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      commands: { type: 'string' },
      shards: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const first = number('seed', values.seed) ?? Math.floor(Math.random() * 2 ** 31);
  const seeds = number('seeds', values.seeds) ?? (values.seed === undefined ? SEEDS : 1);
  const commands = number('commands', values.commands) ?? COMMANDS;
  const shards = number('shards', values.shards);
  console.log(`seeds ${first} to ${first + seeds - 1}, ${commands} commands each`);
  const startedMs = performance.now();
  let toldMs = startedMs;
  let ran = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    const plan = makePlan(seed, { commands, shards });
    const outcome = simulate(plan);
    ran += outcome.recorded.length;
    if (outcome.failures.length > 0) {
      const shrunk = shrink(plan);
      console.log(`\n${report(shrunk.plan, shrunk.outcome)}\n\nagain: --seed ${seed} --commands ${commands}`);
      return 1;
    }
    if (performance.now() - toldMs < PROGRESS_MS) continue;
    toldMs = performance.now();
    console.log(`${seed + 1 - first} seeds, ${rate(ran, toldMs - startedMs)}`);
  }
  console.log(`${seeds} seeds, ${rate(ran, performance.now() - startedMs)}; nothing wrong`);
  return 0;
}

function rate(commands: number, ms: number): string {
  return `${commands} commands, ${Math.round(commands / (ms / 1000))} a second`;
}

function number(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} ${text}: expected a number`);
  return Number(text);
}

process.exitCode = main(process.argv.slice(2));
