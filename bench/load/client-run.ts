/**
 * A client's run: starts a load program against a server, waits for it and says what it printed and used.
 * Invariant: it is over when the server is; redis-benchmark alone would try to connect forever.
 */
import { performance } from 'node:perf_hooks';
import { Child } from './children.js';
import { endedChildrenSeconds } from './cpu.js';
import { type BenchServer, loadFailed } from './servers.js';
import type { Row } from './suites.js';

/** What one load gave. */
export interface LoadFigures {
  readonly requestsPerSecond: number;
  /** Of one core; undefined where it can't be known. */
  readonly clientShare: number | undefined;
}

/** Drives a server with the load of one round. */
export type LoadClient = (server: BenchServer, row: Row) => Promise<LoadFigures>;

export interface ClientRun {
  readonly stdout: string;
  readonly clientShare: number | undefined;
}

/** @throws BenchError if the program fails or the server ends */
export async function runClient(
  file: string,
  args: readonly string[],
  server: BenchServer,
): Promise<ClientRun> {
  const startedAtMs = performance.now();
  const cpuAtStart = endedChildrenSeconds();
  const child = await Child.start(file, args);
  let how: string;
  try {
    how = await Promise.race([child.ended, server.died]);
  } catch (error) {
    await child.kill();
    throw error;
  }
  if (how !== 'status 0') {
    await loadFailed(server, `the load on ${server.name} ended with ${how}: ${child.lastWords()}`);
  }
  const seconds = (performance.now() - startedAtMs) / 1000;
  const cpuAtEnd = endedChildrenSeconds();
  const known = cpuAtStart !== undefined && cpuAtEnd !== undefined;
  return { stdout: child.stdout, clientShare: known ? (cpuAtEnd - cpuAtStart) / seconds : undefined };
}
