/**
 * skip.txt: tests that the suite is told to skip, each with its reason. The suite's own format has no comments, so this
 * writes the file that it is given.
 *
 * Format: `# reason` lines, then the names the reason is for, one a line; a blank line ends the block. A name that begins
 * with / is a regular expression of Tcl's.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ConformanceError } from './conformance-error.js';

export function readSkipList(text: string): string[] {
  const names: string[] = [];
  let hasReason = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') {
      hasReason = false;
    } else if (line.startsWith('#')) {
      hasReason = true;
    } else if (hasReason) {
      names.push(line);
    } else {
      throw new ConformanceError(`skip.txt, line ${index + 1}: "${line}" has no reason above it`);
    }
  }
  return names;
}

/** Writes the --skipfile. */
export function writeSkipFile(list: string, skipFile: string): void {
  writeFileSync(skipFile, readSkipList(readFileSync(list, 'utf8')).join('\n'));
}
