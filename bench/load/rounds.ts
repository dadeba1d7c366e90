/**
 * Rounds: runs a row. Both servers get the same keys and one warm-up, then each round drives one after the other, with
 * the same load, and the one that went first goes second in the next: what the machine does besides hits both alike.
 */
import { BenchError } from '../bench-error.js';
import type { LoadClient } from './client-run.js';
import { type CpuUse, cpuUse, readThreadTimes } from './cpu.js';
import { type LoadPlan, runLoad } from './generator.js';
import { planOf } from './own-load.js';
import { type BenchServer, loadFailed } from './servers.js';
import type { Command, Row } from './suites.js';

/** One round of one server. */
export interface Round {
  readonly requestsPerSecond: number;
  readonly clientShare: number | undefined;
  readonly cpu: CpuUse | undefined;
}

/** The rounds of each server, in the order of the servers; figures with the same index belong to the same round. */
export type RowRounds = readonly (readonly Round[])[];

export async function runRow(
  row: Row,
  servers: readonly BenchServer[],
  load: LoadClient,
  rounds: number,
  onStep: (step: string) => void,
): Promise<RowRounds> {
  for (const server of servers) {
    onStep(`${server.name}, keys`);
    await prepare(server, row);
  }
  return runRounds(row, servers, load, rounds, onStep);
}

/** The same with the keys that are there. */
export async function runRounds(
  row: Row,
  servers: readonly BenchServer[],
  load: LoadClient,
  rounds: number,
  onStep: (step: string) => void,
): Promise<RowRounds> {
  for (const server of servers) {
    onStep(`${server.name}, warm-up`);
    await load(server, row);
  }
  const results = servers.map((): Round[] => []);
  const order = servers.map((_, index) => index);
  for (let round = 1; round <= rounds; round++) {
    for (const index of order) {
      onStep(`${servers[index].name}, round ${round} of ${rounds}`);
      results[index].push(await runRound(servers[index], row, load));
    }
    order.reverse();
  }
  return results;
}

async function runRound(server: BenchServer, row: Row, load: LoadClient): Promise<Round> {
  const before = readThreadTimes(server.pid);
  const figures = await load(server, row);
  const after = readThreadTimes(server.pid);
  const known = before !== undefined && after !== undefined;
  return { ...figures, cpu: known ? cpuUse(server.pid, server.shards, before, after) : undefined };
}

/** Leaves the server with this row's keys and no others, and knowing that it can do the row's commands. */
async function prepare(server: BenchServer, row: Row): Promise<void> {
  const once = { ...planOf(server.port, row), clients: 1, pipeline: 1, requests: 1 };
  await runHere(server, { ...once, commands: [['FLUSHALL']] });
  if (row.workload.populate !== undefined) await populate(server, row, row.workload.populate);
  // redis-benchmark would take errors for replies like any other.
  await runHere(server, { ...once, requests: row.workload.commands.length });
}

function populate(server: BenchServer, row: Row, command: Command): Promise<void> {
  return runHere(server, {
    ...planOf(server.port, row),
    // Bounds what large values take, here and there.
    clients: 8,
    pipeline: row.valueBytes > 4096 ? 1 : 64,
    requests: row.keys,
    keyOrder: 'sequential',
    commands: [command],
  });
}

/** Runs a load that isn't measured in this process. */
async function runHere(server: BenchServer, plan: LoadPlan): Promise<void> {
  try {
    await Promise.race([runLoad(plan), server.died]);
  } catch (error) {
    if (error instanceof BenchError) throw error;
    await loadFailed(server, `${plan.commands[0][0]} on ${server.name}: ${(error as Error).message}`);
  }
}
