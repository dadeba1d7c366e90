/** The log: pino, JSON into a pipe or file, readable on a terminal. Main thread; shards have nothing to say. */
import { type Logger, pino } from 'pino';
import { pretty } from './log-pretty.js';

/** Redis's levels as pino's; each lets the ones behind it through. */
const LEVELS: Readonly<Record<string, string>> = {
  debug: 'trace',
  verbose: 'debug',
  notice: 'info',
  warning: 'warn',
};

/** `file` is a path, or empty for standard output. */
export function createLog(level: string, file: string): Logger {
  const options = { level: LEVELS[level], base: { pid: process.pid } };
  if (file !== '')
    return pino(options, pino.destination({ dest: file, append: true, mkdir: false, sync: true }));
  if (process.stdout.isTTY) return pino(options, pretty());
  return pino(options, pino.destination({ dest: 1, sync: true }));
}

export function setLogLevel(log: Logger, level: string): void {
  log.level = LEVELS[level];
}
