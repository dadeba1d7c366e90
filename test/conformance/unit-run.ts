/**
 * Runs one unit of the suite against a server and reads what became of each of its tests. A unit that never ends (a test
 * may wait for something that never comes) is stopped at its limit, and what passed before that counts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import type { StartServer } from './servers.js';
import { UnknownWatch } from './unknown-watch.js';

/**
 * done: the unit ran to its end. broken: an error outside of any test ended it. late: it was stopped at its limit.
 * died: the server ended, which no test may make it do.
 */
export type Outcome = 'done' | 'broken' | 'late' | 'died';

export interface UnitResult {
  readonly unit: string;
  readonly outcome: Outcome;
  /** What stopped it, one line; empty for a unit that is done. */
  readonly reason: string;
  /** Names of tests; one that occurs several times has passed if it did so each time. */
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** Tests that would have passed, but met a command that the server does not know; see unknown-watch.ts. */
  readonly hollow: readonly string[];
  /** Tests and groups of tests that the suite does not run against a server it has not started, or was told to skip. */
  readonly skipped: number;
  readonly seconds: number;
}

export interface UnitOptions {
  /** Of the suite. */
  readonly directory: string;
  readonly start: StartServer;
  /** Passed as --skipfile, if there is one. */
  readonly skipFile?: string;
  readonly limitMs: number;
  /** Whether to tell hollow tests from those that passed. */
  readonly watchesUnknown?: boolean;
  /** Gets the suite's and the server's output, for whoever looks for the cause of a failure. */
  readonly keep?: (unit: string, suite: string, server: string) => void;
}

/** The names of all units there are. */
export async function listUnits(directory: string): Promise<string[]> {
  const child = suite(directory, ['--list-tests']);
  await child.ended;
  return child.output.split('\n').filter((line) => /^(unit|integration)\//.test(line));
}

export async function runUnit(unit: string, options: UnitOptions): Promise<UnitResult> {
  const server = await options.start();
  const watch = options.watchesUnknown ? await UnknownWatch.start(server.port) : undefined;
  const port = watch?.port ?? server.port;
  const startedMs = performance.now();
  try {
    const child = suite(options.directory, [
      ...['--host', '127.0.0.1', '--port', String(port), '--single', unit],
      ...['--clients', '1', '--durable', '--tags', '-slow', '--baseport', String(randomBasePort())],
      ...(options.skipFile === undefined ? [] : ['--skipfile', options.skipFile]),
    ]);
    const stop = new AbortController();
    const inTime = await Promise.race([
      child.ended.then(() => true),
      sleep(options.limitMs, false, { signal: stop.signal }).catch(() => true),
    ]);
    stop.abort();
    child.kill();
    await child.ended;
    options.keep?.(unit, child.output, server.log);
    const read = readOutput(child.output);
    const seconds = (performance.now() - startedMs) / 1000;
    const hollow = read.passed.filter((name) => watch?.tests.has(name));
    const passed = read.passed.filter((name) => !watch?.tests.has(name));
    const common = { unit, passed, failed: read.failed, hollow, skipped: read.skipped, seconds };
    if (!server.isRunning) return { ...common, outcome: 'died', reason: lastTest(server.log) };
    if (!inTime) return { ...common, outcome: 'late', reason: lastTest(server.log) };
    if (!read.atEnd) return { ...common, outcome: 'broken', reason: read.exception };
    return { ...common, outcome: 'done', reason: '' };
  } finally {
    watch?.stop();
    await server.stop();
  }
}

function suite(cwd: string, args: readonly string[]): Child {
  // The suite colours its words for xterm.
  return new Child('tclsh', ['tests/test_helper.tcl', ...args], { cwd, env: { TERM: 'dumb' } });
}

/** The suite looks for a port for itself from 32 below this one; two runs at a time seldom meet. */
function randomBasePort(): number {
  return 21_111 + 32 * Math.floor(Math.random() * 250);
}

interface SuiteOutput extends Pick<UnitResult, 'passed' | 'failed' | 'skipped'> {
  readonly atEnd: boolean;
  readonly exception: string;
}

/** What the suite's lines say: `[ok]: NAME (3 ms)`, `[err]: NAME in tests/unit/FILE.tcl` and so on. */
export function readOutput(output: string): SuiteOutput {
  const passed = new Set<string>();
  const failed = new Set<string>();
  let skipped = 0;
  let exception = 'the suite ended early';
  for (const line of output.split('\n')) {
    const [, status, text] = /^\[(ok|err|skip|ignore|exception)\]: (.*)$/.exec(line) ?? [];
    if (status === 'ok') passed.add(text.replace(/ \(\d+ ms\)$/, ''));
    // An error between tests names none.
    else if (status === 'err')
      failed.add(/^(.*) in tests\/\S+\.tcl$/.exec(text)?.[1] ?? `between tests: ${text}`);
    else if (status === 'exception') exception = text;
    else if (status !== undefined) skipped++;
  }
  for (const name of failed) passed.delete(name);
  return {
    passed: [...passed],
    failed: [...failed],
    skipped,
    // With errors too: it then lists them, and ends with another status.
    atEnd: /^ +The End$/m.test(output),
    exception,
  };
}

/** The test that was running, of which the suite tells the server by DEBUG LOG. */
function lastTest(log: string): string {
  const started = [...log.matchAll(/### Starting test (.*?) in tests\//g)];
  return `in "${started.at(-1)?.[1] ?? 'its beginning'}"`;
}
