/** Finds the programs that may or may not be installed: redis-server and redis-benchmark. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

export interface Executable {
  readonly file: string;
  readonly version: string;
}

/** Looks through PATH; undefined where there is no such program, or it doesn't run. */
export function findExecutable(name: string): Executable | undefined {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  for (const directory of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(directory, name + suffix);
    try {
      accessSync(file, constants.X_OK);
      const text = execFileSync(file, ['--version'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return { file, version: /\d+\.\d+\.\d+/.exec(text)?.[0] ?? 'unknown' };
    } catch {
      // Not here; a later directory may have one that works.
    }
  }
  return undefined;
}
