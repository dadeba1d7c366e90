/** Part: what the engine benchmark is made of. Each measures one thing, with servers of its own, and gives its lines. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../load/progress.js';
import { type BenchServer, startRedis, startSherd } from '../load/servers.js';
import type { Tools } from '../load/tools.js';
import type { Line } from './line.js';

export interface PartContext {
  readonly tools: Tools;
  /** For files and servers; it goes with the process. */
  readonly directory: string;
  readonly progress: Progress;
  readonly rounds: number;
  readonly runs: number | undefined;
  readonly scale: number;
  /** Part of the usual time to wait for things to settle, or to watch; 1 unless the scale is small. */
  readonly patience: number;
  readonly shards: number;
}

export interface Part {
  readonly summary: string;
  run(context: PartContext): Promise<readonly Line[]>;
}

export const NO_REDIS = 'there is no redis-server to compare with';

/** Runs `work` with fresh servers, Sherd's first; redis-server only where it is installed. */
export async function withServers<T>(
  { tools, directory, shards }: Pick<PartContext, 'tools' | 'directory' | 'shards'>,
  work: (sherd: BenchServer, redis: BenchServer | undefined) => Promise<T>,
  nodeArguments: readonly string[] = [],
): Promise<T> {
  const servers: BenchServer[] = [];
  try {
    servers.push(await startSherd(shards, directory, nodeArguments));
    if (tools.redis !== undefined) servers.push(await startRedis(tools.redis.file, directory));
    return await work(servers[0], servers[1]);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** Runs `work` with one server after the other; null where there is no redis-server. */
export async function withEach<T>(
  { tools, directory, shards }: PartContext,
  work: (server: BenchServer) => Promise<T>,
): Promise<{ sherd: T; redis: T | null }> {
  const { redis } = tools;
  const sherd = await withServer(startSherd(shards, directory), work);
  return {
    sherd,
    redis: redis === undefined ? null : await withServer(startRedis(redis.file, directory), work),
  };
}

export async function withServer<T>(
  starting: Promise<BenchServer>,
  work: (server: BenchServer) => Promise<T>,
): Promise<T> {
  const server = await starting;
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

/** Waits until an instant on the Unix clock. */
export async function sleepUntil(atMs: number): Promise<void> {
  for (let left = atMs - nowMs(); left > 0; left = atMs - nowMs()) await sleep(left);
}

/** Unix time in milliseconds, with its fractions, as the other processes see it. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
