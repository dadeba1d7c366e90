/**
 * TurnWatch: logs every long turn of the event loop of each thread of a server. Node loads it before the server
 * (`node --import turn-watch.js?directory=… main.js`), and into every worker, since workers inherit execArgv; the
 * server knows nothing of it and costs nothing without it.
 *
 * A turn is what stalls a bystander: all that the loop does between two waits for events, however many messages or
 * sockets that are. It is measured exactly and without keeping the loop awake: an immediate that is unref'd does not
 * make the loop turn, but runs whenever it does, behind the events; so from one such call to the next is one turn, less
 * the time that libuv itself says it has waited for events. (Rejected: monitorEventLoopDelay and intervals see a sample
 * of the turns, to the millisecond; a ref'd immediate makes three threads spin on two cores; wrapping every handler
 * misses what runs between them, garbage collection above all.)
 *
 * What is taken off is the time in which the thread wanted to run and another had its core. Linux counts that in
 * /proc/thread-self/schedstat, but over the whole cycle: a thread that is woken waits for its core before libuv's
 * wait ends. Where the loop has waited, the CPU time is therefore the better lower bound:
 *
 *   length = min(active, max(cpu, active - runQueueWait))
 *
 * CPU time in schedstat is brought up to date only by the scheduler's tick (4 ms); getrusage does it at once, and is
 * why process.cpuUsage() is called before each reading. A turn costs 5 µs more under watch (4 µs of it those two calls).
 *
 * One file for each thread; one line for each turn from LOGGED_MS on, and each collection: see turn-log.ts.
 */
import { openSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import { PerformanceObserver, performance } from 'node:perf_hooks';
import { isMainThread, threadId } from 'node:worker_threads';

const LOGGED_MS = 1;

const directory = new URL(import.meta.url).searchParams.get('directory');
if (directory === null) throw new Error('turn-watch: say where, ?directory=…');
const thread = isMainThread ? 'main' : `worker-${threadId}`;
const log = openSync(path.join(directory, `turns-${process.pid}-${thread}`), 'a');
const schedstat = openSchedstat();
const text = Buffer.alloc(128);

/** When the turn began. */
let startedMs = 0;
let idleMs = 0;
/** Where schedstat stood then, milliseconds. */
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
  const [startedBefore, idleBefore, cpuBefore, waitedBefore] = [startedMs, idleMs, cpuMs, waitedMs];
  beginTurn();
  const active = startedMs - startedBefore - (idleMs - idleBefore);
  if (active < LOGGED_MS) return;
  const cpu = cpuMs - cpuBefore;
  const wait = waitedMs - waitedBefore;
  const length = schedstat === undefined ? active : Math.min(active, Math.max(cpu, active - wait));
  if (length >= LOGGED_MS) write('turn', startedMs, length, active);
}

function beginTurn(): void {
  setImmediate(endTurn).unref();
  if (schedstat !== undefined) readSchedstat(schedstat);
  idleMs = performance.eventLoopUtilization().idle;
  startedMs = performance.now();
}

function readSchedstat(file: number): void {
  process.cpuUsage();
  const [cpu, waited] = text.toString('latin1', 0, readSync(file, text, 0, text.length, 0)).split(' ');
  cpuMs = Number(cpu) / 1e6;
  waitedMs = Number(waited) / 1e6;
}

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
beginTurn();
