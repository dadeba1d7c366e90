/**
 * Keyspace: the databases of one shard, made when they are first used, and their common clock.
 * Shard thread. Invariant: the clock never goes back.
 */
import type { Argv } from '../protocol/argv.js';
import { AccessClock } from './access-clock.js';
import { Database, type KeyspaceCounters, NEVER, NO_ENTRY, type ShardClock } from './database.js';
import type { HashSeed } from './half-siphash.js';
import { Watches } from './watches.js';

export class Keyspace {
  readonly counters: KeyspaceCounters = { hits: 0, misses: 0, expired: 0 };
  readonly clock: ShardClock;
  readonly accessClock: AccessClock;
  /** The databases there are; what is done on every batch is done for these alone. */
  readonly inUse: { index: number; readonly database: Database }[] = [];
  /** The same by index; sparse. */
  private readonly databases: (Database | undefined)[] = [];
  /** The most bytes there were in use at the end of a batch. */
  peakBytes = 0;
  /** Bytes that dropped databases had, for the garbage collector to free. */
  private droppedBytes = 0;
  private otherChanges = 0;
  /** The millisecond in which entries were moved last. */
  private compactedAtMs = 0;
  /** Whether keys are removed when they are due; if not, it is when somebody looks them up. For tests of that. */
  expiresActively = true;
  /** Where expireDue() stopped, so that no database is served only after the others. */
  private nextToExpire = 0;
  private nextToCompact = 0;

  readonly watches = new Watches();
  private readonly hashSeed: HashSeed;

  constructor(nowMs: number, hashSeed: HashSeed, random: () => number) {
    this.clock = { nowMs };
    this.accessClock = new AccessClock(this.clock, random);
    this.hashSeed = hashSeed;
  }

  database(index: number): Database {
    return this.databases[index] ?? this.open(index);
  }

  /** Bytes of buffers let go of since the start, for the garbage collector to free. */
  get releasedBytes(): number {
    return this.inUse.reduce((sum, { database }) => sum + database.releasedBytes, this.droppedBytes);
  }

  /** Changes since the start: those of the databases, each key that was dropped, and what has no key. */
  get changes(): number {
    return this.inUse.reduce((sum, { database }) => sum + database.changes, this.otherChanges);
  }

  /** A change of no key in particular. */
  countChange(): void {
    this.otherChanges++;
  }

  /** Drops every key of a database, and its wheel, at once. */
  flush(index: number): void {
    this.touchWatched(index, (key) => this.has(index, key));
    const at = this.inUse.findIndex((used) => used.index === index);
    if (at < 0) return;
    const [{ database }] = this.inUse.splice(at, 1);
    this.droppedBytes += database.reservedBytes + database.releasedBytes;
    this.otherChanges += database.changes + database.size;
    this.databases[index] = undefined;
  }

  flushAll(): void {
    for (const index of this.watches.inUse) this.touchWatched(index, (key) => this.has(index, key));
    this.droppedBytes = this.releasedBytes;
    for (const { database } of this.inUse) {
      this.droppedBytes += database.reservedBytes;
      this.otherChanges += database.changes + database.size;
    }
    this.databases.length = 0;
    this.inUse.length = 0;
  }

  /** Has one database take the other's place, and the other way round. */
  swap(one: number, other: number): void {
    if (one === other) return;
    const hasChanged = (key: Argv): boolean => this.has(one, key) || this.has(other, key);
    this.touchWatched(one, hasChanged);
    this.touchWatched(other, hasChanged);
    for (const used of this.inUse) {
      if (used.index === one) used.index = other;
      else if (used.index === other) used.index = one;
    }
    const { databases } = this;
    [databases[one], databases[other]] = [databases[other], databases[one]];
    this.linkWatches(one);
    this.linkWatches(other);
  }

  /** A client wants to know whether the key that is argument `at` changes from now on. */
  watch(databaseIndex: number, argv: Argv, at: number, client: string): void {
    // What has expired already is not there, and will not change by being removed.
    this.database(databaseIndex).peek(argv, at);
    this.watches.add(client, databaseIndex, argv, at);
    this.linkWatches(databaseIndex);
  }

  /**
   * Ends a client's watches.
   * @returns undefined if one of its keys has changed, or else the last millisecond for which none has expired
   */
  endWatches(client: string): number | undefined {
    let untilMs = NEVER;
    const looked = new Set<number>();
    const same = this.watches.end(client, (index, key) => {
      const database = this.database(index);
      const entry = database.peek(key, 1);
      if (entry !== NO_ENTRY) untilMs = Math.min(untilMs, database.expiresAtMs(entry));
      looked.add(index);
    });
    for (const index of looked) this.linkWatches(index);
    return same ? untilMs : undefined;
  }

  private has(index: number, key: Argv): boolean {
    const database = this.databases[index];
    return database !== undefined && database.peek(key, 1) !== NO_ENTRY;
  }

  private touchWatched(index: number, hasChanged: (key: Argv) => boolean): void {
    this.watches.on(index)?.touchWhere(hasChanged);
  }

  /** A database tells those who watch its keys. */
  private linkWatches(index: number): void {
    const database = this.databases[index];
    if (database !== undefined) database.watches = this.watches.on(index);
  }

  /** CONFIG RESETSTAT. */
  resetCounters(): void {
    this.counters.hits = 0;
    this.counters.misses = 0;
    this.counters.expired = 0;
  }

  advanceClock(nowMs: number): void {
    if (nowMs <= this.clock.nowMs) return;
    this.clock.nowMs = nowMs;
    this.accessClock.advance();
  }

  /** The batch that is done may be used again, or let go. */
  endBatch(): void {
    let used = 0;
    for (let i = 0; i < this.inUse.length; i++) {
      const { database } = this.inUse[i];
      database.forgetBatch();
      used += database.usedBytes;
    }
    if (used > this.peakBytes) this.peakBytes = used;
  }

  /** The instant at which expireDue() or compact() has something to do, NEVER if neither has. */
  nextDueAtMs(): number {
    let earliest = NEVER;
    for (let i = 0; i < this.inUse.length; i++) {
      const { database } = this.inUse[i];
      if (this.expiresActively) earliest = Math.min(earliest, database.nextDueAtMs());
      if (database.isSparse) earliest = Math.min(earliest, this.clock.nowMs + 1);
    }
    return earliest;
  }

  /** Removes expired keys, at most `budget` steps of it over all databases. */
  expireDue(budget: number): void {
    if (!this.expiresActively) return;
    let left = budget;
    for (let i = 0; i < this.inUse.length && left > 0; i++) {
      this.nextToExpire = (this.nextToExpire + 1) % this.inUse.length;
      left = this.inUse[this.nextToExpire].database.expireDue(left);
    }
  }

  /** Moves entries together in the databases that are sparse: at most `budget` steps of it, once in a millisecond. */
  compact(budget: number): void {
    if (this.compactedAtMs === this.clock.nowMs) return;
    let left = budget;
    for (let i = 0; i < this.inUse.length && left > 0; i++) {
      this.nextToCompact = (this.nextToCompact + 1) % this.inUse.length;
      const { database } = this.inUse[this.nextToCompact];
      if (!database.isSparse) continue;
      this.compactedAtMs = this.clock.nowMs;
      left = database.compact(left);
    }
  }

  private open(index: number): Database {
    const database = new Database(this.clock, this.counters, this.hashSeed, this.accessClock);
    this.databases[index] = database;
    this.linkWatches(index);
    this.inUse.push({ index, database });
    return database;
  }
}
