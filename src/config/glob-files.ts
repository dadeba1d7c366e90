/** Files by a pattern, for `include`, as glob(3) finds them: in order, none of them hidden. Main thread, at start-up. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import { matchesGlob } from '../protocol/glob.js';

/** The paths that match the absolute path with patterns in it, sorted. */
export function filesMatching(path: string): string[] {
  if (!/[*?[]/.test(path)) return existsSync(path) ? [path] : [];
  const name = path.slice(dirname(path).length).replace(/^\/+/, '');
  const folders = path === parse(path).root ? [] : filesMatching(dirname(path));
  return folders.flatMap((folder) => entriesOf(folder, name).map((entry) => join(folder, entry)));
}

function entriesOf(folder: string, pattern: string): string[] {
  const bytes = Buffer.from(pattern);
  try {
    return readdirSync(folder)
      .filter((name) => matchesGlob(bytes, Buffer.from(name)) && (name[0] !== '.' || pattern[0] === '.'))
      .sort();
  } catch {
    // It is no folder, or not for us.
    return [];
  }
}
