/**
 * Database: the door to one database of one shard. Nothing outside src/keyspace/ knows what is behind it.
 *
 * Shard thread. Behind the door stand a hash table of addresses, the slabs the entries lie in, and the timing wheel.
 * Callers speak of entries by handle, valid until the next insert, setString or delete, and of keys and values as byte
 * ranges: no string or object is made for a key. Invariant: nobody is ever handed an entry that has expired by the
 * shard's clock.
 *
 *   entry  | size class, type, flags | key length | value length | wheel node |  key, padded  |  value  | slack |
 *            1 word                    1 word       1 word         1 word, 0 for no deadline
 *
 * Key and value start on a word, as the arguments of a batch do: they are hashed, compared and copied by words.
 * A value of LARGE_BYTES or more has a buffer of its own, found by the entry's address.
 */
import type { Argv } from '../protocol/argv.js';
import type { Int64 } from '../protocol/int64.js';
import { type HashSeed, halfSipHash, lastWordMask } from './half-siphash.js';
import { HASHES, HashTable, type Matcher } from './hash-table.js';
import { type KeyRanges, LookAhead } from './look-ahead.js';
import {
  type Address,
  classFor,
  NOWHERE,
  OutOfMemory,
  OWN_SLAB_CLASS,
  SlabAllocator,
  slabOf,
  wordOf,
} from './slab-allocator.js';
import { TimingWheel } from './timing-wheel.js';

/** Refers to an entry; NO_ENTRY refers to none. */
export type Handle = number;
export const NO_ENTRY: Handle = NOWHERE;

/** What an entry holds. */
export const TYPE_STRING = 1;
export type EntryType = typeof TYPE_STRING;

/** What expiresAtMs() says of an entry that stays. */
export const NEVER = Number.POSITIVE_INFINITY;

/** The position at which a scan has seen everything. */
export const SCAN_END = HASHES;

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

// Words of an entry.
const KIND = 0;
const KEY_LENGTH = 1;
const VALUE_LENGTH = 2;
const NODE = 3;
const HEADER_WORDS = 4;
// The first word: size class in the low byte, then the type, then flags.
const CLASS_MASK = 0xff;
const TYPE_SHIFT = 8;
const TYPE_MASK = 0xf;
const LARGE_FLAG = 1 << 12;

/** From this size on a value has a buffer of its own. */
const LARGE_BYTES = 16 * 1024;
const NO_WORDS = new Int32Array(0);
const INITIAL_NODES = 64;
/** Longer copies are left to native code. */
const COPY_LOOP_WORDS_MAX = 64;
const WORD = 2 ** 32;
/** Entries looked at for the mean time to live. */
const TTL_SAMPLE = 256;

export class Database implements Matcher {
  private readonly clock: ShardClock;
  private readonly counters: KeyspaceCounters;
  private readonly seedLow: number;
  private readonly seedHigh: number;
  private readonly table = new HashTable();
  private readonly slabs = new SlabAllocator();
  private readonly ahead: LookAhead;
  private readonly wheel: TimingWheel;
  private readonly largeValues = new Map<Address, Buffer>();
  private largeBytes = 0;

  /** Entries with a deadline have a node on the wheel: by node, the entry's address and the deadline's two words. */
  private nodeAddresses = new Int32Array(INITIAL_NODES);
  private nodeDeadlines = new Int32Array(INITIAL_NODES * 2);
  private nodesUsed = 1;
  private readonly freeNodes: number[] = [];

  // The key being looked up, for matches(), and its hash.
  private soughtWords: Int32Array = NO_WORDS;
  private soughtStart = 0;
  private soughtLength = 0;
  private soughtHash = 0;

  constructor(clock: ShardClock, counters: KeyspaceCounters, seed: HashSeed) {
    this.clock = clock;
    this.counters = counters;
    [this.seedLow, this.seedHigh] = seed;
    this.ahead = new LookAhead(this.table, this.slabs, seed);
    this.wheel = new TimingWheel(clock.nowMs);
  }

  /** Keys present, those included that are due but not removed yet. */
  get size(): number {
    return this.table.size;
  }

  /** Keys with a deadline. */
  get expiring(): number {
    return this.wheel.size;
  }

  /** Bytes this database takes, by its own books. */
  get usedBytes(): number {
    return (
      this.slabs.usedBytes + this.largeBytes + this.table.usedBytes + this.wheel.usedBytes + this.nodeBytes
    );
  }

  /** Finds the key that is argument `at`, to read it: counts a hit or a miss, and removes it if it has expired. */
  lookupRead(argv: Argv, at: number): Handle {
    const handle = this.lookupWrite(argv, at);
    if (handle === NO_ENTRY) this.counters.misses++;
    else this.counters.hits++;
    return handle;
  }

  /** Finds the key that is argument `at`, to change it: removes it if it has expired. */
  lookupWrite(argv: Argv, at: number): Handle {
    this.seek(argv, at);
    const address = this.table.find(this.soughtHash, this);
    if (address === NOWHERE || this.expireIfDue(address)) return NO_ENTRY;
    return address;
  }

  /** For the table: whether the entry has the key that is being looked up. */
  matches(address: Address): boolean {
    const words = this.slabs.words[slabOf(address)];
    const at = wordOf(address);
    const length = this.soughtLength;
    if (words[at + KEY_LENGTH] !== length) return false;
    const sought = this.soughtWords;
    const start = this.soughtStart;
    const keyAt = at + HEADER_WORDS;
    const whole = length >> 2;
    for (let i = 0; i < whole; i++) if (words[keyAt + i] !== sought[start + i]) return false;
    return (
      (length & 3) === 0 || ((words[keyAt + whole] ^ sought[start + whole]) & lastWordMask(length)) === 0
    );
  }

  /** Adds the key that is argument `keyAt`, which is not there, with the string that is argument `valueAt`. */
  insertString(argv: Argv, keyAt: number, valueAt: number): Handle {
    const large = largeValue(argv, valueAt);
    const length = large === undefined ? argv.length(valueAt) : 0;
    const address = this.insert(argv, keyAt, length);
    if (large === undefined) this.writeValue(address, argv, valueAt);
    else this.attach(address, large);
    return address;
  }

  /** Makes the entry a string, argument `valueAt`. The deadline stays. */
  setString(handle: Handle, argv: Argv, valueAt: number): Handle {
    const large = largeValue(argv, valueAt);
    const address = this.resize(handle, large === undefined ? argv.length(valueAt) : 0);
    if (large === undefined) this.writeValue(address, argv, valueAt);
    else this.attach(address, large);
    return address;
  }

  /** Removes an entry and gives its bytes back. */
  delete(handle: Handle): void {
    const words = this.wordsOf(handle);
    const at = wordOf(handle);
    if (words[at + NODE] !== 0) this.dropNode(words[at + NODE]);
    this.detach(handle);
    this.table.remove(this.hashOf(handle), handle);
    this.slabs.free(handle, words[at + KIND] & CLASS_MASK);
  }

  /**
   * Where a scan that stands at `position` (0 at first) ends if it is to meet about `count` keys; SCAN_END if that is
   * the end of the scan. Positions are hashes, so they mean the same while the table grows and shrinks, and the steps
   * are powers of two at their multiples, so databases of about the same size stop at the same ones.
   */
  scanEnd(position: number, count: number): number {
    const share = Math.max(count, 1) / Math.max(this.table.size, 1);
    const wanted = 2 ** Math.max(0, Math.min(32, Math.round(Math.log2(share * HASHES))));
    const aligned = position === 0 ? HASHES : (position & -position) >>> 0;
    return position + Math.min(wanted, aligned);
  }

  /**
   * Visits every key in [position, end) of the scan, but for expired ones, which it removes. `visit` must not change the
   * database.
   */
  scan(position: number, end: number, visit: (handle: Handle, position: number) => void): void {
    const due: Address[] = [];
    this.table.walk(position, end, (address, hash) => {
      if (this.isDue(address)) due.push(address);
      else visit(address, hash);
    });
    for (const address of due) this.expire(address);
  }

  /** The buffer an entry's key is in, from keyStart() for keyLength() bytes. */
  keySource(handle: Handle): Buffer {
    return this.slabs.bytes[slabOf(handle)];
  }

  keyStart(handle: Handle): number {
    return (wordOf(handle) + HEADER_WORDS) << 2;
  }

  keyLength(handle: Handle): number {
    return this.wordsOf(handle)[wordOf(handle) + KEY_LENGTH];
  }

  type(handle: Handle): EntryType {
    return ((this.wordsOf(handle)[wordOf(handle) + KIND] >> TYPE_SHIFT) & TYPE_MASK) as EntryType;
  }

  /** The buffer a string entry's bytes are in, from stringStart() for stringLength() bytes. */
  stringSource(handle: Handle): Buffer {
    return this.isLarge(handle) ? this.largeValues.get(handle)! : this.slabs.bytes[slabOf(handle)];
  }

  stringStart(handle: Handle): number {
    return this.isLarge(handle) ? 0 : this.valueAt(handle);
  }

  /** The words a string entry's bytes are in, from the one that stringStart() / 4 is the index of; null for a large one. */
  stringWords(handle: Handle): Int32Array | null {
    return this.isLarge(handle) ? null : this.wordsOf(handle);
  }

  stringLength(handle: Handle): number {
    return this.wordsOf(handle)[wordOf(handle) + VALUE_LENGTH];
  }

  /** When the entry expires (it is still there at that very millisecond), NEVER if it stays; rounded above 2^53. */
  expiresAtMs(handle: Handle): number {
    const node = this.nodeOf(handle);
    return node === 0 ? NEVER : this.nodeDeadlineMs(node);
  }

  /** The same to the last digit. */
  expiresAtExactMs(handle: Handle): Int64 {
    const node = this.nodeOf(handle);
    if (node === 0) return NEVER;
    const rounded = this.nodeDeadlineMs(node);
    if (Number.isSafeInteger(rounded)) return rounded;
    return (BigInt(this.nodeDeadlines[node * 2]) << 32n) | BigInt(this.nodeDeadlines[node * 2 + 1] >>> 0);
  }

  /** Gives the entry a deadline, in place of the one it may have. */
  setExpiresAt(handle: Handle, atMs: Int64): void {
    let node = this.nodeOf(handle);
    if (node === 0) {
      node = this.takeNode();
      this.nodeAddresses[node] = handle;
      this.wordsOf(handle)[wordOf(handle) + NODE] = node;
    }
    if (typeof atMs === 'number') {
      this.nodeDeadlines[node * 2] = Math.floor(atMs / WORD);
      this.nodeDeadlines[node * 2 + 1] = (atMs % WORD) | 0;
    } else {
      this.nodeDeadlines[node * 2] = Number(atMs >> 32n);
      this.nodeDeadlines[node * 2 + 1] = Number(BigInt.asIntN(32, atMs));
    }
    this.wheel.add(node, Number(atMs) + 1);
  }

  /** Takes the entry's deadline away; says whether it had one. */
  persist(handle: Handle): boolean {
    const node = this.nodeOf(handle);
    if (node === 0) return false;
    this.dropNode(node);
    this.wordsOf(handle)[wordOf(handle) + NODE] = 0;
    return true;
  }

  /** Mean time to live of the keys with a deadline, estimated from a sample of them; 0 if there are none. */
  averageTtlMs(): number {
    const stride = Math.max(1, Math.floor(this.nodesUsed / TTL_SAMPLE));
    let sum = 0;
    let sampled = 0;
    for (let node = 1; node < this.nodesUsed; node += stride) {
      if (this.nodeAddresses[node] === NOWHERE) continue;
      sum += Math.max(0, this.nodeDeadlineMs(node) - this.clock.nowMs);
      sampled++;
    }
    return sampled === 0 ? 0 : sum / sampled;
  }

  /** The commands that come next will look up these keys, in ascending order within a batch's words. */
  lookAhead(words: Int32Array, keys: KeyRanges): void {
    this.ahead.prepare(words, keys);
  }

  /** Lets go of the batch that the last key came from. */
  forgetBatch(): void {
    this.soughtWords = NO_WORDS;
    this.ahead.forget();
  }

  /** When expireDue() has something to do, NEVER if it has not. */
  nextDueAtMs(): number {
    return this.wheel.nextAtMs();
  }

  /** Removes what the clock says has expired, at most `budget` steps of it; returns the budget left. */
  expireDue(budget: number): number {
    return this.wheel.advance(this.clock.nowMs, budget, this.expireNode);
  }

  private readonly expireNode = (node: number): void => {
    this.expire(this.nodeAddresses[node]);
  };

  private expire(address: Address): void {
    this.counters.expired++;
    this.delete(address);
  }

  private expireIfDue(address: Address): boolean {
    if (!this.isDue(address)) return false;
    this.expire(address);
    return true;
  }

  private isDue(address: Address): boolean {
    const node = this.nodeOf(address);
    return node !== 0 && this.nodeDeadlineMs(node) < this.clock.nowMs;
  }

  /** Computes the hash of the key that is argument `at`, and keeps both for matches() and insert(). */
  private seek(argv: Argv, at: number): void {
    const words = argv.wordsOf(at);
    const start = argv.wordStart(at);
    const length = argv.length(at);
    this.soughtWords = words;
    this.soughtStart = start;
    this.soughtLength = length;
    const hash = words === argv.words ? this.ahead.hashAt(start) : undefined;
    this.soughtHash = hash ?? halfSipHash(words, start, length, this.seedLow, this.seedHigh);
  }

  /** Adds an entry with room for a value of `valueBytes`, not written yet. */
  private insert(argv: Argv, keyAt: number, valueBytes: number): Address {
    // Nearly always the key that was looked up just now and not found.
    const isSought = argv.words === this.soughtWords && argv.wordStart(keyAt) === this.soughtStart;
    if (!isSought) this.seek(argv, keyAt);
    const keyLength = this.soughtLength;
    const address = this.allocate(keyLength, valueBytes);
    const words = this.wordsOf(address);
    const at = wordOf(address);
    words[at + KEY_LENGTH] = keyLength;
    words[at + VALUE_LENGTH] = valueBytes;
    words[at + NODE] = 0;
    copyWords(this.soughtWords, this.soughtStart, words, at + HEADER_WORDS, (keyLength + 3) >> 2);
    this.table.insert(this.soughtHash, address);
    return address;
  }

  /** Takes a block and writes its first word. */
  private allocate(keyLength: number, valueBytes: number): Address {
    const bytes = entryBytes(keyLength, valueBytes);
    const sizeClass = classFor(bytes);
    const address = this.slabs.allocate(sizeClass, bytes);
    this.wordsOf(address)[wordOf(address) + KIND] = sizeClass | (TYPE_STRING << TYPE_SHIFT);
    return address;
  }

  /**
   * Sees to it that the entry has just room for a value of `valueBytes` and lets a large one go; it moves if its size
   * class does not fit.
   */
  private resize(from: Address, valueBytes: number): Address {
    const words = this.wordsOf(from);
    const at = wordOf(from);
    const keyLength = words[at + KEY_LENGTH];
    const sizeClass = words[at + KIND] & CLASS_MASK;
    const bytes = entryBytes(keyLength, valueBytes);
    if (sizeClass !== OWN_SLAB_CLASS && classFor(bytes) === sizeClass) {
      this.detach(from);
      words[at + VALUE_LENGTH] = valueBytes;
      return from;
    }
    const hash = this.hashOf(from);
    const to = this.allocate(keyLength, valueBytes);
    this.detach(from);
    const toWords = this.wordsOf(to);
    const toAt = wordOf(to);
    toWords[toAt + KEY_LENGTH] = keyLength;
    toWords[toAt + VALUE_LENGTH] = valueBytes;
    toWords[toAt + NODE] = words[at + NODE];
    if (words[at + NODE] !== 0) this.nodeAddresses[words[at + NODE]] = to;
    copyWords(words, at + HEADER_WORDS, toWords, toAt + HEADER_WORDS, (keyLength + 3) >> 2);
    this.table.move(hash, from, to);
    this.slabs.free(from, sizeClass);
    return to;
  }

  private writeValue(address: Address, argv: Argv, valueAt: number): void {
    const count = (argv.length(valueAt) + 3) >> 2;
    const from = argv.wordsOf(valueAt);
    copyWords(from, argv.wordStart(valueAt), this.wordsOf(address), this.valueAt(address) >> 2, count);
  }

  /** Gives the entry a value in a buffer of its own. */
  private attach(address: Address, value: Buffer): void {
    const words = this.wordsOf(address);
    words[wordOf(address) + KIND] |= LARGE_FLAG;
    words[wordOf(address) + VALUE_LENGTH] = value.length;
    this.largeValues.set(address, value);
    this.largeBytes += value.length;
  }

  private detach(address: Address): void {
    if (!this.isLarge(address)) return;
    this.wordsOf(address)[wordOf(address) + KIND] &= ~LARGE_FLAG;
    this.largeBytes -= this.largeValues.get(address)!.length;
    this.largeValues.delete(address);
  }

  private isLarge(address: Address): boolean {
    return (this.wordsOf(address)[wordOf(address) + KIND] & LARGE_FLAG) !== 0;
  }

  private wordsOf(address: Address): Int32Array {
    return this.slabs.words[slabOf(address)];
  }

  /** Index of the value's first byte in its slab. */
  private valueAt(address: Address): number {
    const at = wordOf(address);
    const keyLength = this.slabs.words[slabOf(address)][at + KEY_LENGTH];
    return (at + HEADER_WORDS + ((keyLength + 3) >> 2)) << 2;
  }

  private hashOf(address: Address): number {
    const at = wordOf(address);
    const words = this.wordsOf(address);
    return halfSipHash(words, at + HEADER_WORDS, words[at + KEY_LENGTH], this.seedLow, this.seedHigh);
  }

  private nodeOf(address: Address): number {
    return this.slabs.words[slabOf(address)][wordOf(address) + NODE];
  }

  private nodeDeadlineMs(node: number): number {
    return this.nodeDeadlines[node * 2] * WORD + (this.nodeDeadlines[node * 2 + 1] >>> 0);
  }

  private get nodeBytes(): number {
    return this.nodeAddresses.byteLength + this.nodeDeadlines.byteLength;
  }

  private takeNode(): number {
    const node = this.freeNodes.pop() ?? this.nodesUsed++;
    if (node >= this.nodeAddresses.length) {
      const addresses = new Int32Array(this.nodeAddresses.length * 2);
      const deadlines = new Int32Array(this.nodeDeadlines.length * 2);
      addresses.set(this.nodeAddresses);
      deadlines.set(this.nodeDeadlines);
      this.nodeAddresses = addresses;
      this.nodeDeadlines = deadlines;
    }
    return node;
  }

  private dropNode(node: number): void {
    this.wheel.remove(node);
    this.nodeAddresses[node] = NOWHERE;
    this.freeNodes.push(node);
  }
}

/** Bytes of an entry: header, key padded to a word, value padded to a word. */
function entryBytes(keyLength: number, valueBytes: number): number {
  return (HEADER_WORDS + ((keyLength + 3) >> 2) + ((valueBytes + 3) >> 2)) << 2;
}

/** The argument in a buffer of its own if it is large: the one it came in, or a copy; undefined if it is small. */
function largeValue(argv: Argv, at: number): Buffer | undefined {
  if (argv.length(at) < LARGE_BYTES) return undefined;
  const own = argv.largeValue(at);
  if (own !== undefined) return own;
  const copy = bufferOf(argv.length(at));
  argv.source(at).copy(copy, 0, argv.start(at), argv.end(at));
  return copy;
}

/** @throws OutOfMemory */
function bufferOf(bytes: number): Buffer {
  try {
    return Buffer.allocUnsafeSlow(bytes);
  } catch (error) {
    throw error instanceof RangeError ? new OutOfMemory() : error;
  }
}

function copyWords(from: Int32Array, start: number, to: Int32Array, at: number, count: number): void {
  if (count > COPY_LOOP_WORDS_MAX) {
    to.set(from.subarray(start, start + count), at);
    return;
  }
  for (let i = 0; i < count; i++) to[at + i] = from[start + i];
}
