/**
 * Conformance: `npm run conformance -- [unit ...] [--update-floor] [--keep DIRECTORY] [--limit SECONDS]`. Runs units of
 * Redis's own test suite against the built server and prints what passes, beside what redis-server gets.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Baseline } from './baseline.js';
import { ConformanceError, SuiteMissing } from './conformance-error.js';
import { belowFloor, type Floor, raisedFloor, readFloor, writeFloor } from './floor.js';
import { sherd } from './servers.js';
import { writeSkipFile } from './skip-list.js';
import { prepareSuite, REDIS_VERSION } from './suite-source.js';
import { listUnits, runUnit, type UnitOptions, type UnitResult } from './unit-run.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
/** What lies in git; this file runs in dist/conformance. */
const OWN = fileURLToPath(new URL('../../test/conformance/', import.meta.url));
const FLOOR = path.join(OWN, 'floor.json');
const SKIP_LIST = path.join(OWN, 'skip.txt');

const LIMIT_SECONDS = 120;
/** A test is put on the floor when it has passed so often: one that passes by luck makes CI fail by bad luck. */
const RUNS_FOR_FLOOR = 3;

const HELP = `npm run conformance -- [unit ...] [--name ...]: Redis ${REDIS_VERSION}'s own tests, run against Sherd.
Without units, such as unit/type/string, all that can be run against a server the suite has not started.
  --update-floor     run each unit ${RUNS_FOR_FLOOR} times and add to floor.json what passed each time
  --keep DIRECTORY   write there what the suite and the server have said
  --limit SECONDS    stop a unit after this time (${LIMIT_SECONDS})`;

async function main(args: readonly string[]): Promise<void> {
  const { positionals, values } = parseCommandLine(args);
  if (values.help) return say(HELP);
  const limitSeconds = Number(values.limit ?? LIMIT_SECONDS);
  if (!(limitSeconds > 0)) throw new ConformanceError(`--limit ${values.limit}: expected seconds`);
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(signal, () => process.exit(128 + number));
  }
  const directory = await prepareSuite(say);
  const units = await chosenUnits(directory, positionals);
  const scratch = mkdtempSync(path.join(tmpdir(), 'sherd-conformance-'));
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const skipFile = path.join(scratch, 'skip');
  writeSkipFile(SKIP_LIST, skipFile);
  const { keep } = values;
  const options: UnitOptions = {
    directory,
    start: sherd(MAIN),
    skipFile,
    watchesUnknown: true,
    limitMs: limitSeconds * 1000,
    ...(keep === undefined ? {} : { keep: keeper(keep) }),
  };
  const update = values['update-floor'] === true;
  await runAll(units, options, await Baseline.open(directory), update);
}

function parseCommandLine(args: readonly string[]) {
  const options = {
    'update-floor': { type: 'boolean' },
    keep: { type: 'string' },
    limit: { type: 'string' },
    help: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new ConformanceError((error as Error).message);
  }
}

/** @throws ConformanceError for one that the suite does not have */
async function chosenUnits(directory: string, asked: readonly string[]): Promise<string[]> {
  const all = await listUnits(directory);
  const unknown = asked.find((unit) => !all.includes(unit));
  if (unknown !== undefined) throw new ConformanceError(`the suite has no unit ${unknown}`);
  return asked.length === 0 ? all : [...asked];
}

async function runAll(
  units: readonly string[],
  options: UnitOptions,
  baseline: Baseline,
  update: boolean,
): Promise<void> {
  const floor = readFloor(FLOOR);
  const runs: UnitResult[] = [];
  const total = { sherd: 0, redis: 0 };
  const fallen: string[] = [];
  say(row('unit', 'passed', 'hollow', 'failed', 'redis', 'seconds', ''));
  for (const unit of units) {
    if (!baseline.has(unit)) process.stderr.write(`${unit}: by redis-server first, this once\n`);
    const theirs = await baseline.passed(unit);
    // Nothing in it is meant for a server that the suite has not started.
    if (theirs.length === 0) continue;
    for (let i = 0; i < (update ? RUNS_FOR_FLOOR : 1); i++) {
      const result = await runUnit(unit, options);
      runs.push(result);
      if (i === 0) {
        total.sherd += result.passed.length;
        total.redis += theirs.length;
      }
      const { failed, hollow, outcome, passed, reason, seconds } = result;
      const remark = outcome === 'done' ? '' : `${outcome}: ${reason}`;
      say(row(unit, passed.length, hollow.length, failed.length, theirs.length, seconds.toFixed(1), remark));
      fallen.push(...belowFloor(floor, result).map((name) => `${unit}: ${name}`));
    }
  }
  say(row('all', total.sherd, '', '', total.redis, '', ''));
  say('hollow: passed, but met a command that is not there yet, so it counts for nothing');
  report(floor, runs, fallen, update);
}

function report(floor: Floor, runs: readonly UnitResult[], fallen: readonly string[], update: boolean): void {
  if (update) {
    const raised = raisedFloor(floor, runs);
    writeFloor(FLOOR, raised);
    const count = (one: Floor) => Object.values(one).reduce((sum, names) => sum + names.length, 0);
    say(`the floor had ${count(floor)} tests and has ${count(raised)}`);
  }
  for (const name of new Set(fallen)) say(`below the floor: ${name}`);
  if (fallen.length > 0) process.exitCode = 1;
}

function keeper(directory: string): NonNullable<UnitOptions['keep']> {
  mkdirSync(directory, { recursive: true });
  return (unit, suite, server) => {
    const base = path.join(directory, unit.replaceAll('/', '-'));
    writeFileSync(`${base}.txt`, suite);
    writeFileSync(`${base}.server.txt`, server);
  };
}

function row(unit: string, ...columns: (string | number)[]): string {
  const remark = columns.pop();
  return `${unit.padEnd(32)}${columns.map((column) => String(column).padStart(9)).join('')}  ${remark}`.trimEnd();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main(process.argv.slice(2)).then(
  () => process.exit(),
  (error: unknown) => {
    if (error instanceof SuiteMissing) {
      say(error.message);
      process.exit(0);
    }
    process.stderr.write(
      `conformance: ${error instanceof ConformanceError ? error.message : (error as Error).stack}\n`,
    );
    process.exit(1);
  },
);
