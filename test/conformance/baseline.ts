/**
 * Baseline: what redis-server itself gets in each unit. It is the same every time, so it is run once and kept in the
 * cache, under the version of the server that was measured.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './child.js';
import { redisServer } from './servers.js';
import { cacheDirectory } from './suite-source.js';
import { runUnit, type UnitResult } from './unit-run.js';

/** Redis takes half a minute for its longest unit. */
const UNIT_MS_MAX = 180_000;

type Kept = Record<string, Pick<UnitResult, 'passed' | 'failed'>>;

export class Baseline {
  private readonly file: string;
  private readonly directory: string;
  private readonly kept: Kept;

  private constructor(file: string, directory: string, kept: Kept) {
    this.file = file;
    this.directory = directory;
    this.kept = kept;
  }

  /** Of the redis-server that is installed; `directory` is the suite's. */
  static async open(directory: string): Promise<Baseline> {
    const version = await run('redis-server', ['--version']);
    const id = /v=(\S+).*build=(\S+)/.exec(version)?.slice(1, 3).join('-') ?? 'unknown';
    const file = path.join(cacheDirectory(), `redis-server-${id}.json`);
    try {
      return new Baseline(file, directory, JSON.parse(readFileSync(file, 'utf8')) as Kept);
    } catch {
      return new Baseline(file, directory, {});
    }
  }

  has(unit: string): boolean {
    return Object.hasOwn(this.kept, unit);
  }

  /** The unit's tests that redis-server passes, run now unless they are known. */
  async passed(unit: string): Promise<readonly string[]> {
    if (!this.has(unit)) {
      const options = { directory: this.directory, start: redisServer(), limitMs: UNIT_MS_MAX };
      const { failed, passed } = await runUnit(unit, options);
      this.kept[unit] = { passed, failed };
      mkdirSync(path.dirname(this.file), { recursive: true });
      writeFileSync(this.file, JSON.stringify(this.kept));
    }
    return this.kept[unit].passed;
  }
}
