/**
 * Redis's own tests that Sherd has passed, it passes still: every test that floor.json lists is run and must pass. What
 * else the units have is run too and not looked at. (One that fails is tried once more: their waits are for machines
 * with nothing else to do.)
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { MAIN } from '../support/sherd-server.js';
import { OtherVersion, SuiteMissing } from './conformance-error.js';
import { belowFloor, readFloor } from './floor.js';
import { sherd } from './servers.js';
import { writeSkipFile } from './skip-list.js';
import { prepareSuite } from './suite-source.js';
import { runUnit, type UnitOptions } from './unit-run.js';

t.setTimeout(900_000);

/** A unit that is stopped here has a test that waits for ever, and what follows it is lost. */
const UNIT_MS_MAX = 60_000;

const floor = readFloor(fileURLToPath(new URL('floor.json', import.meta.url)));

/** The suite's directory, or why it can't be had. */
const suite = await prepareSuite((line) => t.comment(line)).catch((error: unknown) => {
  if (error instanceof SuiteMissing) return error;
  throw error;
});

async function runFloor(t: Test, unit: string, options: UnitOptions): Promise<void> {
  const first = await runUnit(unit, options);
  let missing = belowFloor(floor, first);
  if (missing.length > 0) {
    t.comment(`${unit}: again for ${missing.join(', ')} (${first.outcome} ${first.reason})`);
    const second = await runUnit(unit, options);
    const stillMissing = new Set(belowFloor(floor, second));
    missing = missing.filter((name) => stillMissing.has(name));
  }
  for (const name of floor[unit]) t.notOk(missing.includes(name), name);
}

if (suite instanceof SuiteMissing) {
  const isFailure = process.env.CI !== undefined && !(suite instanceof OtherVersion);
  t.comment(suite.message);
  for (const unit of Object.keys(floor)) {
    if (isFailure) t.fail(`${unit}: ${suite.message}`);
    else t.pass(`${unit}: ${suite.message}`, { skip: true });
  }
} else {
  const scratch = mkdtempSync(path.join(tmpdir(), 'sherd-floor-'));
  t.teardown(() => rmSync(scratch, { recursive: true, force: true }));
  const skipFile = path.join(scratch, 'skip');
  writeSkipFile(fileURLToPath(new URL('skip.txt', import.meta.url)), skipFile);
  const options: UnitOptions = { directory: suite, start: sherd(MAIN), skipFile, limitMs: UNIT_MS_MAX };
  for (const unit of Object.keys(floor)) t.test(unit, (t) => runFloor(t, unit, options));
}
