/**
 * floor.json: the names of the tests that pass, by unit. They may only become more: a name leaves the file by hand, with
 * its reason in the commit.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { UnitResult } from './unit-run.js';

export type Floor = Readonly<Record<string, readonly string[]>>;

export function readFloor(file: string): Floor {
  return JSON.parse(readFileSync(file, 'utf8')) as Floor;
}

/** The unit's listed tests that did not pass. */
export function belowFloor(floor: Floor, result: UnitResult): string[] {
  const passed = new Set(result.passed);
  return (floor[result.unit] ?? []).filter((name) => !passed.has(name));
}

/** With the tests added that passed in every one of the unit's runs. */
export function raisedFloor(floor: Floor, runs: readonly UnitResult[]): Floor {
  const raised: Record<string, readonly string[]> = { ...floor };
  for (const unit of new Set(runs.map((run) => run.unit))) {
    const passed = runs.filter((run) => run.unit === unit).map((run) => new Set(run.passed));
    const always = [...passed[0]].filter((name) => passed.every((one) => one.has(name)));
    const names = [...new Set([...(floor[unit] ?? []), ...always])].sort();
    if (names.length > 0) raised[unit] = names;
  }
  return raised;
}

export function writeFloor(file: string, floor: Floor): void {
  const units = Object.keys(floor).sort();
  const sorted = Object.fromEntries(units.map((unit) => [unit, floor[unit]]));
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
}
