/** The own generator as the load: a row in its plan, in a process of its own. */
import { fileURLToPath } from 'node:url';
import { BenchError } from '../bench-error.js';
import { type LoadClient, runClient } from './client-run.js';
import type { LoadPlan, LoadResult } from './generator.js';
import type { BenchServer } from './servers.js';
import type { Row } from './suites.js';

const GENERATOR = fileURLToPath(new URL('./generator-main.js', import.meta.url));

export const ownLoad: LoadClient = async (server, row) => {
  const { requests, seconds, cpuSeconds } = await runPlan(server, planOf(server.port, row));
  return { requestsPerSecond: requests / seconds, clientShare: cpuSeconds / seconds };
};

/** Runs a load in a process of its own. @throws BenchError if it fails or the server ends */
export async function runPlan(server: BenchServer, plan: LoadPlan): Promise<LoadResult> {
  const { stdout } = await runClient(process.execPath, [GENERATOR, JSON.stringify(plan)], server);
  return readResult(stdout);
}

export function planOf(port: number, row: Row): LoadPlan {
  const { clients, pipeline, requests, valueBytes, keys, workload } = row;
  return {
    port,
    clients,
    pipeline,
    requests,
    valueBytes,
    keys,
    keyOrder: 'random',
    commands: workload.commands,
  };
}

function readResult(text: string): LoadResult {
  const result = JSON.parse(text) as Partial<LoadResult>;
  for (const figure of [result.requests, result.seconds, result.cpuSeconds]) {
    if (typeof figure !== 'number') throw new BenchError(`the generator printed no result but ${text}`);
  }
  return result as LoadResult;
}
