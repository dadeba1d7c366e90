/**
 * CPU: how long threads have run, from Linux's /proc. Elsewhere every reading is undefined and the table does without.
 *
 * A thread's role can't be read there: the main thread is the one whose id is the process's, and the shards are those
 * of the others that have run longest since the start, in the order in which they were created; V8's and libuv's
 * helpers have run far less as soon as there has been a load.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Nanoseconds on a CPU since its start, by thread id. */
export type ThreadTimes = ReadonlyMap<number, number>;

/** Nanoseconds between two readings. */
export interface CpuUse {
  readonly main: number;
  readonly shards: readonly number[];
  readonly other: number;
}

/** USER_HZ is 100 on every Linux that Node runs on. */
const TICK_NANOS = 10_000_000;

export function readThreadTimes(pid: number): ThreadTimes | undefined {
  const directory = `/proc/${pid}/task`;
  let threads: string[];
  try {
    threads = readdirSync(directory);
  } catch {
    return undefined;
  }
  const times = new Map<number, number>();
  for (const thread of threads) {
    try {
      times.set(Number(thread), readThread(`${directory}/${thread}`));
    } catch {
      // It has ended since the directory was read.
    }
  }
  return times;
}

export function cpuUse(pid: number, shards: number, before: ThreadTimes, after: ThreadTimes): CpuUse {
  const shardThreads = [...after]
    .filter(([thread]) => thread !== pid)
    .sort(([, a], [, b]) => b - a)
    .slice(0, shards)
    .map(([thread]) => thread)
    .sort((a, b) => a - b);
  const used = (thread: number) => (after.get(thread) ?? 0) - (before.get(thread) ?? 0);
  let total = 0;
  for (const thread of after.keys()) total += used(thread);
  const main = used(pid);
  const ofShards = shardThreads.map(used);
  return { main, shards: ofShards, other: total - main - ofShards.reduce((sum, nanos) => sum + nanos, 0) };
}

/** Seconds that this process's main thread has run; where that can't be known, all its threads. */
export function mainThreadSeconds(): number {
  try {
    return readThread(`/proc/self/task/${process.pid}`) / 1e9;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
}

/** Seconds that children of this process have run, of those that have ended and been waited for. */
export function endedChildrenSeconds(): number | undefined {
  try {
    const [user, system] = statTicks(readFileSync('/proc/self/stat', 'latin1'), 16);
    return ((user + system) * TICK_NANOS) / 1e9;
  } catch {
    return undefined;
  }
}

/**
 * The field with this number, counted from 1 as proc(5) does, and the one after it.
 * The second field is a name in brackets that may hold blanks and brackets itself.
 */
export function statTicks(stat: string, field: number): [number, number] {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [Number(fields[field - 3]), Number(fields[field - 2])];
}

function readThread(directory: string): number {
  try {
    // Nanoseconds; 0 in a kernel that doesn't keep them.
    const nanos = Number(readFileSync(`${directory}/schedstat`, 'latin1').split(' ')[0]);
    if (nanos > 0) return nanos;
  } catch {
    // Without this file, ticks have to do.
  }
  const [user, system] = statTicks(readFileSync(`${directory}/stat`, 'latin1'), 14);
  return (user + system) * TICK_NANOS;
}
