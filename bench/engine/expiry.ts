/**
 * Expiry: half a million keys due at one instant. How long until a server has none of them left (DBSIZE, asked every
 * few milliseconds), and what that does to a bystander: its 99th percentile from that instant until they are gone,
 * beside that of the same load in the seconds before.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createHistogram } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../bench-error.js';
import { Asker } from '../load/asker.js';
import { runClient } from '../load/client-run.js';
import { type BenchServer, startRedis, startSherd } from '../load/servers.js';
import { median } from '../load/statistics.js';
import type { BystanderPlan } from './bystander.js';
import { checkFilled, fill, KEY } from './fill.js';
import { NO_REDIS, nowMs, type Part, type PartContext, sleepUntil, withServer } from './part.js';

const KEYS = 500_000;
const RUNS = 3;
const BYSTANDER = fileURLToPath(new URL('./bystander-main.js', import.meta.url));
const OWN_KEY = 'own:__rand_int__';
const OWN_KEYS = 10_000;
const RATE_PER_SECOND = 5000;
/** How long filling may take at first, and how many times as long at the most. */
const FILL_START_MS = 2000;
const FILL_KEYS_PER_SECOND = 80_000;
const FILL_FACTOR_MAX = 8;
const CONTROL_MS = 4000;
/** The bystander's first connections and code that is not compiled yet. */
const WARM_UP_MS = 1000;
/** The bystander stays for this long after the instant. */
const AFTER_MS = 5000;
const GONE_MS_MAX = 60_000;
const POLL_MS = 5;
/** A window that is shorter has too few requests for a 99th percentile. */
const WINDOW_MS_MIN = 200;

interface Expired {
  readonly goneMs: number;
  readonly p99Ms: number;
  readonly controlP99Ms: number;
  readonly maxMs: number;
}

export const expiry: Part = {
  summary: '500,000 keys due at one instant: until they are gone, and how a bystander fares',
  async run(context) {
    const { tools, directory, progress, runs = RUNS, scale, shards } = context;
    const keys = Math.ceil(KEYS * scale);
    const sherd: Expired[] = [];
    const redis: Expired[] = [];
    const one = async (results: Expired[], run: number, starting: Promise<BenchServer>) => {
      const expired = await withServer(starting, (server) => expire(server, keys, context));
      results.push(expired);
      const name = results === sherd ? 'sherd' : 'redis';
      progress.line(
        `expiry: ${name}, run ${run} of ${runs}, gone after ${seconds(expired)}; ${percentiles(expired)}`,
      );
    };
    for (let run = 1; run <= runs; run++) {
      await one(sherd, run, startSherd(shards, directory));
      if (tools.redis !== undefined) await one(redis, run, startRedis(tools.redis.file, directory));
    }
    const ours = middle(sherd);
    const theirs = redis.length === 0 ? undefined : middle(redis);
    return [
      {
        measure: `${keys.toLocaleString('en-US')} keys due at one instant, gone after`,
        unit: 's',
        bound: 'at most',
        wanted: 1,
        aim: 0.3,
        measured: ours.goneMs / 1000,
        note: theirs === undefined ? NO_REDIS : `redis-server: ${seconds(theirs)}`,
      },
      {
        measure: "a bystander's p99 meanwhile ÷ its control's",
        unit: 'times',
        bound: 'at most',
        wanted: 2,
        measured: median(sherd.map(({ p99Ms, controlP99Ms }) => p99Ms / controlP99Ms)),
        note: `${percentiles(ours)}${theirs === undefined ? '' : `; redis-server: ${percentiles(theirs)}`}`,
      },
    ];
  },
};

/** The medians, each by itself. */
function middle(results: readonly Expired[]): Expired {
  const of = (field: keyof Expired) => median(results.map((result) => result[field]));
  return { goneMs: of('goneMs'), p99Ms: of('p99Ms'), controlP99Ms: of('controlP99Ms'), maxMs: of('maxMs') };
}

function seconds({ goneMs }: Expired): string {
  return `${(goneMs / 1000).toFixed(2)} s`;
}

function percentiles({ p99Ms, controlP99Ms, maxMs }: Expired): string {
  return `bystander's p99 ${p99Ms.toFixed(2)} ms, control's ${controlP99Ms.toFixed(2)}, longest ${maxMs.toFixed(1)}`;
}

async function expire(
  server: BenchServer,
  keys: number,
  { directory, progress, patience }: PartContext,
): Promise<Expired> {
  progress.step(`expiry: ${server.name}, filling ${keys} keys`);
  const controlMs = CONTROL_MS * patience;
  const warmUpMs = WARM_UP_MS * patience;
  const dueMs = await fillDue(server, keys, warmUpMs + controlMs);
  const controlFromMs = dueMs - controlMs;
  const fromMs = controlFromMs - warmUpMs;
  progress.step(`expiry: ${server.name}, waiting for the instant`);
  const plan: BystanderPlan = {
    port: server.port,
    connections: 10,
    ratePerSecond: RATE_PER_SECOND,
    fromMs,
    untilMs: dueMs + AFTER_MS * patience,
    key: OWN_KEY,
    keys: OWN_KEYS,
  };
  const file = path.join(directory, `bystander-${server.pid}`);
  const [goneAtMs] = await Promise.all([
    whenGone(server, fromMs, dueMs),
    runClient(process.execPath, [BYSTANDER, JSON.stringify(plan), file], server),
  ]);
  const latencies = readLatencies(file);
  const window = (windowFromMs: number, windowUntilMs: number) => {
    const index = (atMs: number) => Math.round(((atMs - fromMs) * RATE_PER_SECOND) / 1000);
    return histogramOf(latencies.subarray(index(windowFromMs), index(windowUntilMs)));
  };
  const during = window(dueMs, Math.max(goneAtMs, dueMs + WINDOW_MS_MIN));
  return {
    goneMs: goneAtMs - dueMs,
    p99Ms: during.percentile(99) / 1000,
    controlP99Ms: window(controlFromMs, dueMs).percentile(99) / 1000,
    maxMs: during.max / 1000,
  };
}

/**
 * Fills the bystander's keys, and those that are due at one instant, at least `aheadMs` after the filling has ended; a
 * server that takes longer than was thought is given twice the time.
 * @returns the instant
 */
async function fillDue(server: BenchServer, keys: number, aheadMs: number): Promise<number> {
  const fillMs = FILL_START_MS + (keys / FILL_KEYS_PER_SECOND) * 1000;
  for (let factor = 1; factor <= FILL_FACTOR_MAX; factor *= 2) {
    await fill(server, OWN_KEYS, ['SET', OWN_KEY, '__data__']);
    const dueMs = Math.ceil(nowMs() + fillMs * factor + aheadMs);
    await fill(server, keys, ['SET', KEY, '__data__', 'PXAT', String(dueMs)]);
    if (nowMs() <= dueMs - aheadMs) {
      await checkFilled(server, OWN_KEYS + keys);
      return dueMs;
    }
    const asker = await Asker.open(server);
    await asker.ask('FLUSHALL');
    asker.close();
  }
  throw new BenchError(`${server.name} takes too long to fill ${keys} keys`);
}

/** When the server has its other keys only; it is asked from `fromMs` on, so that the control has the same load. */
async function whenGone(server: BenchServer, fromMs: number, dueMs: number): Promise<number> {
  await sleepUntil(fromMs);
  const asker = await Asker.open(server);
  try {
    for (let atMs = nowMs(); ; ) {
      const size = await asker.askInteger('DBSIZE');
      const answeredMs = nowMs();
      if (size <= OWN_KEYS) return answeredMs;
      if (answeredMs > dueMs + GONE_MS_MAX) throw new BenchError(`${server.name} still has ${size} keys`);
      atMs += POLL_MS;
      await sleepUntil(atMs);
    }
  } finally {
    asker.close();
  }
}

function readLatencies(file: string): Float64Array {
  const bytes = readFileSync(file);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** In microseconds. */
function histogramOf(latenciesMs: Float64Array) {
  const histogram = createHistogram();
  for (const latencyMs of latenciesMs) histogram.record(Math.max(1, Math.round(latencyMs * 1000)));
  return histogram;
}
