/**
 * Database: the door to one database of one shard. Nothing outside src/keyspace/ knows what is behind it.
 *
 * Shard thread. Behind the door stands, for now, a Map from key to handle with the entry's parts in arrays by
 * handle, and the timing wheel. Callers speak of entries by handle, which is valid until the next insert,
 * setString or delete, and of keys and values as byte ranges, so that an off-heap table can take its place.
 * Invariant: nobody is ever handed an entry that has expired by the shard's clock.
 */
import { copyBytes } from '../protocol/copy-bytes.js';
import type { Int64 } from '../protocol/int64.js';
import { TimingWheel } from './timing-wheel.js';

/** Refers to an entry; NO_ENTRY refers to none. */
export type Handle = number;
export const NO_ENTRY: Handle = 0;

/** What an entry holds. */
export const TYPE_STRING = 1;
export type EntryType = typeof TYPE_STRING;

/** What expiresAtMs() says of an entry that stays. */
export const NEVER = Number.POSITIVE_INFINITY;

/** Counts for INFO; shared by the databases of a shard. */
export interface KeyspaceCounters {
  hits: number;
  misses: number;
  expired: number;
}

/** Gives the shard's clock: the largest sequenced `now` it has received, Unix time in milliseconds. */
export interface ShardClock {
  nowMs: number;
}

const INITIAL_CAPACITY = 64;
const WORD = 2 ** 32;
/** High word of no deadline at all: deadlines are positive. */
const NO_DEADLINE = -1;
/** Entries looked at for the mean time to live. */
const TTL_SAMPLE = 256;
/** A value's buffer is used again for a new value that fills at least this part of it. */
const REUSE_FRACTION = 0.5;
/** What an entry costs beside its key and value: Map slot, key string header, handle arrays. Rough. */
const ENTRY_OVERHEAD_BYTES = 160;

export class Database {
  private readonly clock: ShardClock;
  private readonly counters: KeyspaceCounters;
  private readonly handles = new Map<string, Handle>();
  private readonly wheel: TimingWheel;

  private readonly keys: string[] = [''];
  private readonly values: Buffer[] = [Buffer.alloc(0)];
  private lengths = new Int32Array(INITIAL_CAPACITY);
  /** Signed 64-bit deadlines as high and low words; NO_DEADLINE where there is none. */
  private deadlines = new Int32Array(INITIAL_CAPACITY * 2);
  private readonly free: Handle[] = [];
  private bytes = 0;

  constructor(clock: ShardClock, counters: KeyspaceCounters) {
    this.clock = clock;
    this.counters = counters;
    this.wheel = new TimingWheel(clock.nowMs);
  }

  /** Keys present, those included that are due but not removed yet. */
  get size(): number {
    return this.handles.size;
  }

  /** Keys with a deadline. */
  get expiring(): number {
    return this.wheel.size;
  }

  /** Bytes this database takes, by its own books. */
  get usedBytes(): number {
    return this.bytes;
  }

  /** Finds a key to read it: counts a hit or a miss, and removes it if it has expired. */
  lookupRead(source: Buffer, start: number, end: number): Handle {
    const handle = this.lookupWrite(source, start, end);
    if (handle === NO_ENTRY) this.counters.misses++;
    else this.counters.hits++;
    return handle;
  }

  /** Finds a key to change it: removes it if it has expired. */
  lookupWrite(source: Buffer, start: number, end: number): Handle {
    const handle = this.handles.get(source.toString('latin1', start, end));
    if (handle === undefined) return NO_ENTRY;
    if (this.expireIfDue(handle)) return NO_ENTRY;
    return handle;
  }

  /** Adds a key that is not there, with an empty string as its value and no deadline. */
  insert(source: Buffer, start: number, end: number): Handle {
    const key = source.toString('latin1', start, end);
    const handle = this.free.pop() ?? this.keys.length;
    if (handle >= this.lengths.length) this.grow();
    this.keys[handle] = key;
    this.values[handle] = this.values[NO_ENTRY];
    this.lengths[handle] = 0;
    this.clearDeadline(handle);
    this.handles.set(key, handle);
    this.bytes += key.length + ENTRY_OVERHEAD_BYTES;
    return handle;
  }

  /** Removes an entry and gives its bytes back. */
  delete(handle: Handle): void {
    const key = this.keys[handle];
    this.handles.delete(key);
    this.wheel.remove(handle);
    this.bytes -= key.length + ENTRY_OVERHEAD_BYTES + this.values[handle].length;
    this.keys[handle] = '';
    this.clearDeadline(handle);
    this.values[handle] = this.values[NO_ENTRY];
    this.free.push(handle);
  }

  type(_handle: Handle): EntryType {
    return TYPE_STRING;
  }

  /** Makes the entry a string of bytes [start, end) of `source`, which is copied. The deadline stays. */
  setString(handle: Handle, source: Buffer, start: number, end: number): Handle {
    const length = end - start;
    let value = this.values[handle];
    if (length > value.length || length < value.length * REUSE_FRACTION) {
      this.bytes += length - value.length;
      value = Buffer.allocUnsafeSlow(length);
      this.values[handle] = value;
    }
    copyBytes(source, start, end, value, 0);
    this.lengths[handle] = length;
    return handle;
  }

  /** Makes the entry a string that is `value` itself, which the caller gives away. The deadline stays. */
  adoptString(handle: Handle, value: Buffer): Handle {
    this.bytes += value.length - this.values[handle].length;
    this.values[handle] = value;
    this.lengths[handle] = value.length;
    return handle;
  }

  /** The buffer a string entry's bytes are in, from stringStart() for stringLength() bytes. */
  stringSource(handle: Handle): Buffer {
    return this.values[handle];
  }

  stringStart(_handle: Handle): number {
    return 0;
  }

  stringLength(handle: Handle): number {
    return this.lengths[handle];
  }

  /** When the entry expires (it is still there at that very millisecond), NEVER if it stays; rounded above 2^53. */
  expiresAtMs(handle: Handle): number {
    const high = this.deadlines[handle * 2];
    if (high === NO_DEADLINE) return NEVER;
    return high * WORD + (this.deadlines[handle * 2 + 1] >>> 0);
  }

  /** The same to the last digit, for an entry that has a deadline. */
  expiresAtExactMs(handle: Handle): Int64 {
    const rounded = this.expiresAtMs(handle);
    if (Number.isSafeInteger(rounded)) return rounded;
    return (BigInt(this.deadlines[handle * 2]) << 32n) | BigInt(this.deadlines[handle * 2 + 1] >>> 0);
  }

  /** Gives the entry a deadline, in place of the one it may have. */
  setExpiresAt(handle: Handle, atMs: Int64): void {
    if (typeof atMs === 'number') {
      this.deadlines[handle * 2] = Math.floor(atMs / WORD);
      this.deadlines[handle * 2 + 1] = (atMs % WORD) | 0;
    } else {
      this.deadlines[handle * 2] = Number(atMs >> 32n);
      this.deadlines[handle * 2 + 1] = Number(BigInt.asIntN(32, atMs));
    }
    this.wheel.add(handle, Number(atMs) + 1);
  }

  /** Takes the entry's deadline away; says whether it had one. */
  persist(handle: Handle): boolean {
    if (this.deadlines[handle * 2] === NO_DEADLINE) return false;
    this.wheel.remove(handle);
    this.clearDeadline(handle);
    return true;
  }

  /** Mean time to live of the keys with a deadline, estimated from a sample of them; 0 if there are none. */
  averageTtlMs(): number {
    const stride = Math.max(1, Math.floor(this.keys.length / TTL_SAMPLE));
    let sum = 0;
    let sampled = 0;
    for (let handle = 1; handle < this.keys.length; handle += stride) {
      if (this.deadlines[handle * 2] === NO_DEADLINE) continue;
      sum += Math.max(0, this.expiresAtMs(handle) - this.clock.nowMs);
      sampled++;
    }
    return sampled === 0 ? 0 : sum / sampled;
  }

  /** When expireDue() has something to do, NEVER if it has not. */
  nextDueAtMs(): number {
    return this.wheel.nextAtMs();
  }

  /** Removes what the clock says has expired, at most `budget` steps of it; returns the budget left. */
  expireDue(budget: number): number {
    return this.wheel.advance(this.clock.nowMs, budget, this.expire);
  }

  private readonly expire = (handle: Handle): void => {
    this.counters.expired++;
    this.delete(handle);
  };

  private expireIfDue(handle: Handle): boolean {
    if (this.deadlines[handle * 2] === NO_DEADLINE || this.expiresAtMs(handle) >= this.clock.nowMs)
      return false;
    this.expire(handle);
    return true;
  }

  private clearDeadline(handle: Handle): void {
    this.deadlines[handle * 2] = NO_DEADLINE;
  }

  private grow(): void {
    const lengths = new Int32Array(this.lengths.length * 2);
    const deadlines = new Int32Array(this.deadlines.length * 2);
    lengths.set(this.lengths);
    deadlines.set(this.deadlines);
    this.lengths = lengths;
    this.deadlines = deadlines;
  }
}
