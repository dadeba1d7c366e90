/**
 * Memory: what a server grows by, resident, for each key of 5 million, one server at a time. Both are given time to
 * return what they need no longer; and Sherd's own books, used_memory, are held against the same growth.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Asker } from '../load/asker.js';
import type { BenchServer } from '../load/servers.js';
import { checkFilled, fill } from './fill.js';
import type { Line } from './line.js';
import { NO_REDIS, type Part, withEach } from './part.js';

const KEYS = 5_000_000;
const SETTLE_MS_MIN = 5000;
const SETTLE_MS_MAX = 30_000;
const SAMPLE_MS = 1000;
/** Two samples this close are the same. */
const SETTLED_FRACTION = 0.002;

interface Growth {
  readonly residentBytes: number;
  readonly usedBytes: number;
}

export const memory: Part = {
  summary: 'resident growth for 5 million keys of 16 bytes with values of 64',
  async run(context) {
    const keys = Math.ceil(KEYS * context.scale);
    const settleMsMin = SETTLE_MS_MIN * context.patience;
    const { sherd, redis } = await withEach(context, async (server) => {
      context.progress.step(`memory: ${server.name}, filling ${keys} keys`);
      const grown = await growth(server, keys, settleMsMin);
      context.progress.line(`memory: ${server.name}, ${perKey(grown, keys)} bytes a key`);
      return grown;
    });
    const lines: Line[] = [
      {
        measure: `memory per key ÷ redis-server's, ${keys / 1e6}M keys`,
        unit: 'times',
        bound: 'at most',
        wanted: 0.8,
        aim: 0.65,
        measured: redis === null || sherd === null ? null : sherd.residentBytes / redis.residentBytes,
        note:
          redis === null
            ? NO_REDIS
            : `${perKey(sherd, keys)} against ${perKey(redis, keys)} bytes, resident growth`,
      },
      {
        measure: "used_memory's growth and resident growth, apart by",
        unit: 'times',
        bound: 'at most',
        wanted: 0.15,
        measured: sherd === null ? null : Math.abs(sherd.usedBytes / sherd.residentBytes - 1),
        note:
          sherd === null
            ? ''
            : `${(sherd.usedBytes / keys).toFixed(1)} against ${perKey(sherd, keys)} bytes a key`,
      },
    ];
    return lines;
  },
};

/** null where the system doesn't tell. */
async function growth(server: BenchServer, keys: number, settleMsMin: number): Promise<Growth | null> {
  const asker = await Asker.open(server);
  const used = async () => (await asker.askInfo('memory', 'used_memory')) ?? 0;
  const residentBefore = await settled(server, settleMsMin);
  const usedBefore = await used();
  await fill(server, keys);
  await checkFilled(server, keys);
  const residentAfter = await settled(server, settleMsMin);
  const usedAfter = await used();
  asker.close();
  if (residentBefore === undefined || residentAfter === undefined) return null;
  return { residentBytes: residentAfter - residentBefore, usedBytes: usedAfter - usedBefore };
}

/** What is resident when it no longer falls. */
async function settled(server: BenchServer, settleMsMin: number): Promise<number | undefined> {
  let before = residentBytes(server.pid);
  for (let waitedMs = 0; waitedMs < SETTLE_MS_MAX; waitedMs += SAMPLE_MS) {
    await sleep(SAMPLE_MS);
    const now = residentBytes(server.pid);
    if (now === undefined || before === undefined) return undefined;
    if (waitedMs + SAMPLE_MS >= settleMsMin && Math.abs(now - before) < now * SETTLED_FRACTION) return now;
    before = now;
  }
  return before;
}

function residentBytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

function perKey(growth: Growth | null, keys: number): string {
  return growth === null ? '?' : (growth.residentBytes / keys).toFixed(1);
}
