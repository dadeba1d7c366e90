/**
 * Keyspace: the databases of one shard, made when they are first used, and their common clock.
 * Shard thread. Invariant: the clock never goes back.
 */
import { Database, type KeyspaceCounters, NEVER, type ShardClock } from './database.js';
import type { HashSeed } from './half-siphash.js';

export class Keyspace {
  readonly counters: KeyspaceCounters = { hits: 0, misses: 0, expired: 0 };
  readonly clock: ShardClock;
  /** The databases there are; what is done on every batch is done for these alone. */
  readonly inUse: { readonly index: number; readonly database: Database }[] = [];
  /** The same by index; sparse. */
  private readonly databases: (Database | undefined)[] = [];
  /** Where expireDue() stopped, so that no database is served only after the others. */
  private nextToExpire = 0;

  private readonly hashSeed: HashSeed;

  constructor(nowMs: number, hashSeed: HashSeed) {
    this.clock = { nowMs };
    this.hashSeed = hashSeed;
  }

  database(index: number): Database {
    return this.databases[index] ?? this.open(index);
  }

  /** Drops every key of a database, and its wheel, at once. */
  flush(index: number): void {
    this.databases[index] = undefined;
    const at = this.inUse.findIndex((used) => used.index === index);
    if (at >= 0) this.inUse.splice(at, 1);
  }

  flushAll(): void {
    this.databases.length = 0;
    this.inUse.length = 0;
  }

  /** CONFIG RESETSTAT. */
  resetCounters(): void {
    this.counters.hits = 0;
    this.counters.misses = 0;
    this.counters.expired = 0;
  }

  advanceClock(nowMs: number): void {
    if (nowMs > this.clock.nowMs) this.clock.nowMs = nowMs;
  }

  /** The batch that is done may be used again, or let go. */
  endBatch(): void {
    for (let i = 0; i < this.inUse.length; i++) this.inUse[i].database.forgetBatch();
  }

  /** The instant at which expireDue() has something to do, NEVER if it has not. */
  nextDueAtMs(): number {
    let earliest = NEVER;
    for (let i = 0; i < this.inUse.length; i++) {
      earliest = Math.min(earliest, this.inUse[i].database.nextDueAtMs());
    }
    return earliest;
  }

  /** Removes expired keys, at most `budget` steps of it over all databases. */
  expireDue(budget: number): void {
    let left = budget;
    for (let i = 0; i < this.inUse.length && left > 0; i++) {
      this.nextToExpire = (this.nextToExpire + 1) % this.inUse.length;
      left = this.inUse[this.nextToExpire].database.expireDue(left);
    }
  }

  private open(index: number): Database {
    const database = new Database(this.clock, this.counters, this.hashSeed);
    this.databases[index] = database;
    this.inUse.push({ index, database });
    return database;
  }
}
