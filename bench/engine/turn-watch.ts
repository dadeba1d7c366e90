/**
 * TurnWatch: logs every long turn of the event loop of each thread of a server. Node loads it before the server
 * (`node --import turn-watch.js?directory=… main.js`), and into every worker, since workers inherit execArgv; the
 * server knows nothing of it and costs nothing without it.
 *
 * A turn is what stalls a bystander: all that the loop does between two waits for events, however many messages,
 * batches or sockets that are. It is measured exactly and without keeping the loop awake: an immediate that is unref'd
 * does not make the loop turn, but runs whenever it does, behind the events; so from one such call to the next is one
 * turn, less the time in which the thread had nothing to do: what libuv says it has waited for events, and what was
 * spent in Atomics.wait, where a thread may wait for work as well. (Rejected: monitorEventLoopDelay and intervals see a
 * sample of the turns, to the millisecond; a ref'd immediate makes three threads spin on two cores; wrapping every
 * handler misses what runs between them, garbage collection above all.)
 *
 * What is taken off is the time in which the thread wanted to run and another had its core. Linux counts that in
 * /proc/thread-self/schedstat, but over the whole cycle: a thread that is woken waits for its core before its wait
 * ends. Where it has waited for work, the CPU time is therefore the better lower bound:
 *
 *   length = min(active, max(cpu, active - runQueueWait))
 *
 * CPU time in schedstat is brought up to date only by the scheduler's tick (4 ms); getrusage does it at once, and is
 * why process.cpuUsage() is called before each reading. Both together take 4 µs, much for a loop that turns 50,000
 * times a second, so a reading serves for READING_MS: a length may be wrong by that. Else a turn costs 1 µs more.
 *
 * One file for each thread; one line for each turn from LOGGED_MS on, and each collection: see turn-log.ts.
 */
import { openSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import { PerformanceObserver, performance } from 'node:perf_hooks';
import { isMainThread, threadId } from 'node:worker_threads';

const LOGGED_MS = 1;
const READING_MS = 0.25;

const directory = new URL(import.meta.url).searchParams.get('directory');
if (directory === null) throw new Error('turn-watch: say where, ?directory=…');
const thread = isMainThread ? 'main' : `worker-${threadId}`;
const log = openSync(path.join(directory, `turns-${process.pid}-${thread}`), 'a');
const schedstat = openSchedstat();
const text = Buffer.alloc(128);

/** When the turn began, and how long the thread had waited for work until then. */
let startedMs = performance.now();
let idleMs = 0;
/** How long it has waited in Atomics.wait. */
let asleepMs = 0;
/** Where schedstat stood at `readMs`, milliseconds. */
let readMs = Number.NEGATIVE_INFINITY;
let cpuMs = 0;
let waitedMs = 0;

function openSchedstat(): number | undefined {
  try {
    return openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return undefined;
  }
}

function endTurn(): void {
  const endedMs = performance.now();
  const idle = performance.eventLoopUtilization().idle + asleepMs;
  const active = endedMs - startedMs - (idle - idleMs);
  const [cpuBefore, waitedBefore] = [cpuMs, waitedMs];
  if (active >= LOGGED_MS || endedMs - readMs >= READING_MS) readSchedstat();
  if (active >= LOGGED_MS) {
    const known = schedstat !== undefined;
    const lower = known ? Math.max(cpuMs - cpuBefore, active - (waitedMs - waitedBefore)) : active;
    const length = Math.min(active, lower);
    if (length >= LOGGED_MS) {
      write('turn', endedMs, length, active, cpuMs - cpuBefore, waitedMs - waitedBefore, idle - idleMs);
    }
  }
  startedMs = endedMs;
  idleMs = idle;
  setImmediate(endTurn).unref();
}

function readSchedstat(): void {
  readMs = performance.now();
  if (schedstat === undefined) return;
  process.cpuUsage();
  const [cpu, waited] = text.toString('latin1', 0, readSync(schedstat, text, 0, text.length, 0)).split(' ');
  cpuMs = Number(cpu) / 1e6;
  waitedMs = Number(waited) / 1e6;
}

const sleep = Atomics.wait;
Atomics.wait = (...args: unknown[]) => {
  const fromMs = performance.now();
  const result = Reflect.apply(sleep, Atomics, args) as ReturnType<typeof sleep>;
  asleepMs += performance.now() - fromMs;
  return result;
};

/** `endedMs` on the thread's own clock becomes Unix time, which all threads share. */
function write(what: string, endedMs: number, ...milliseconds: number[]): void {
  const figures = [performance.timeOrigin + endedMs, ...milliseconds].map((value) => value.toFixed(3));
  writeSync(log, `${what} ${figures.join(' ')}\n`);
}

new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) {
    if (duration >= LOGGED_MS) write('collection', startTime + duration, duration);
  }
}).observe({ type: 'gc' });
endTurn();
