/** Fill: a server full of keys of exactly 16 bytes with values of 64, `key:000000000000` onward. */
import { BenchError } from '../bench-error.js';
import { Asker } from '../load/asker.js';
import type { LoadPlan } from '../load/generator.js';
import { runPlan } from '../load/own-load.js';
import type { BenchServer } from '../load/servers.js';
import type { Command } from '../load/suites.js';

export const KEY = 'key:__rand_int__';
export const VALUE_BYTES = 64;

/**
 * Sends `command` once for every number below `keys`, from 50 connections at pipeline 64, in a process of its own.
 * @returns how many seconds it took
 */
export async function fill(
  server: BenchServer,
  keys: number,
  command: Command = ['SET', KEY, '__data__'],
): Promise<number> {
  const plan: LoadPlan = {
    port: server.port,
    clients: 50,
    pipeline: 64,
    // Rounded up to whole batches, whose last keys come round to the first ones again.
    requests: keys,
    valueBytes: VALUE_BYTES,
    keys,
    keyOrder: 'sequential',
    commands: [command],
  };
  return (await runPlan(server, plan)).seconds;
}

/** @throws BenchError if the server has not exactly `keys` keys */
export async function checkFilled(server: BenchServer, keys: number): Promise<void> {
  const asker = await Asker.open(server);
  const size = await asker.askInteger('DBSIZE');
  asker.close();
  if (size !== keys) throw new BenchError(`${server.name} has ${size} keys, not ${keys}`);
}
