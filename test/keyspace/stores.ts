/** A database of its own for a test, with the clock in the test's hand, and short ways to put and find keys. */
import { Database, type Handle, type KeyspaceCounters, NO_ENTRY } from '../../src/keyspace/database.js';
import { alignedArgv } from './aligned-argv.js';

export const SEED = [0x1234567, -0x7654321] as const;

export interface Store {
  readonly clock: { nowMs: number };
  readonly counters: KeyspaceCounters;
  readonly database: Database;
}

export function open(nowMs = 1_000_000): Store {
  const clock = { nowMs };
  const counters: KeyspaceCounters = { hits: 0, misses: 0, expired: 0 };
  return { clock, counters, database: new Database(clock, counters, SEED) };
}

export function put(database: Database, key: string, value: Buffer): Handle {
  const argv = alignedArgv([Buffer.from(key), value]);
  const existing = database.lookupWrite(argv, 0);
  return existing === NO_ENTRY ? database.insertString(argv, 0, 1) : database.setString(existing, argv, 1);
}

export function find(database: Database, key: string): Handle {
  return database.lookupRead(alignedArgv([Buffer.from(key)]), 0);
}

export function stored(database: Database, entry: Handle): Buffer {
  const start = database.stringStart(entry);
  return Buffer.from(database.stringSource(entry).subarray(start, start + database.stringLength(entry)));
}
