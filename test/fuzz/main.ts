/**
 * The fuzzer's program: `npm run fuzz -- [--seconds N] [--commands N] [--seed N] [--group G] [--command C] [--shards N]`. Random
 * commands to redis-server and to the built server, compared byte for byte. Status 1 if anything differs, or if a command
 * got nothing but errors.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { redisServer, sherd } from '../conformance/servers.js';
import { runSeed } from '../support/random.js';
import { fuzz } from './fuzzer.js';
import { reportOf } from './report.js';

/** This file runs in dist/test/fuzz. What it tests is the build beside it. */
const BUILT = new URL('../../', import.meta.url);
const DEFAULT_SECONDS = 60;
const DEFAULT_SHARDS = 3;

const HELP = `npm run fuzz -- [options]: random commands to redis-server 7.0.15 and to Sherd, replies compared.
  --seconds N    how long (${DEFAULT_SECONDS})
  --commands N   how many commands instead
  --seed N       the commands of that run again
  --group NAME   mostly commands of this group, such as string
  --command NAME mostly this command
  --shards N     Sherd's shards (${DEFAULT_SHARDS})`;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string' },
      commands: { type: 'string' },
      seed: { type: 'string' },
      group: { type: 'string' },
      command: { type: 'string' },
      shards: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    say([HELP]);
    return 0;
  }
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    say(['redis-server is not installed: there is nothing to compare with']);
    return 1;
  }
  // The build's own table, so that what is fuzzed is what runs.
  const table = (await import(
    new URL('commands/table.js', BUILT).href
  )) as typeof import('../../src/commands/table.js');
  const { commands } = new table.CommandTable();
  const seed = number('seed', values.seed) ?? runSeed();
  const commandsMax = number('commands', values.commands);
  const { command, group } = values;
  refuseUnknown(
    commands.map((one) => one.declaration.group),
    'group',
    group,
  );
  refuseUnknown(
    commands.flatMap((one) => [
      one.fullName,
      ...[...(one.subcommands?.values() ?? [])].map((sub) => sub.fullName),
    ]),
    'command',
    command,
  );
  say([`seed ${seed}`]);
  const result = await fuzz({
    commands,
    seed,
    redis: redisServer(),
    sherd: sherd(fileURLToPath(new URL('main.js', BUILT)), number('shards', values.shards) ?? DEFAULT_SHARDS),
    ...(commandsMax === undefined
      ? { secondsMax: number('seconds', values.seconds) ?? DEFAULT_SECONDS }
      : { commandsMax }),
    ...(group === undefined ? {} : { group }),
    ...(command === undefined ? {} : { command }),
  });
  const { commandsSent, coverage, episodes, found, seconds } = result;
  say(coverage.lines());
  say([
    `${commandsSent} commands in ${episodes} episodes, ${seconds.toFixed(1)} s: ${Math.round(commandsSent / seconds)} a second`,
  ]);
  if (found !== undefined) {
    say([
      '',
      ...reportOf(found),
      '',
      `again: npm run fuzz -- --seed ${found.seed}${chosen('group', group)}${chosen('command', command)}`,
    ]);
    return 1;
  }
  for (const name of coverage.onlyErrors)
    say([`${name} got nothing but errors: what it does was not compared`]);
  return coverage.onlyErrors.length === 0 ? 0 : 1;
}

function number(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value >= 0)) throw new Error(`--${name} ${text}: expected a number`);
  return value;
}

function refuseUnknown(known: readonly string[], name: string, chosen: string | undefined): void {
  if (chosen !== undefined && !known.includes(chosen))
    throw new Error(`--${name} ${chosen}: there is none of that name`);
}

function chosen(name: string, value: string | undefined): string {
  return value === undefined ? '' : ` --${name} '${value}'`;
}

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

for (const [signal, status] of [
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => process.exit(status));
}
main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`fuzz: ${(error as Error).stack}\n`);
    process.exit(1);
  },
);
