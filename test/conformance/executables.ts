/** Finds programs that may or may not be installed, by PATH. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** The program's file, undefined where there is none. */
export function findExecutable(name: string): string | undefined {
  for (const directory of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(directory, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // A later directory may have it.
    }
  }
  return undefined;
}
