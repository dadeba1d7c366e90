/**
 * Database: the door to one database of one shard. Nothing outside src/keyspace/ knows what is behind it.
 *
 * Shard thread. Behind the door stand a hash table of addresses, the entries in their slabs, the timing wheel, and the
 * compactor. Callers speak of entries by handle, valid until the next insert, change of a value, delete or compact, and of
 * keys and values as byte ranges: no string or object is made for a key. Invariant: nobody is ever handed an entry that has
 * expired by the shard's clock.
 */
import type { Argv } from '../protocol/argv.js';
import type { Int64 } from '../protocol/int64.js';
import { AccessClock } from './access-clock.js';
import { Compactor } from './compactor.js';
import { Entries, type EntryType, largeCopy, largeValue, largeZeroes } from './entries.js';
import { type HashSeed, halfSipHash } from './half-siphash.js';
import { HASHES, HashTable, type Matcher } from './hash-table.js';
import { type KeyRanges, LookAhead } from './look-ahead.js';
import { OutOfMemory } from './out-of-memory.js';
import { NODE_BYTES, NODE_CLASS, SEGMENT_CLASS, SLOT_BYTES } from './size-classes.js';
import { type Address, NOWHERE, SlabAllocator, slabOf, wordOf } from './slab-allocator.js';
import { NODE_OWNER, TimingWheel } from './timing-wheel.js';
import type { KeyWatches } from './watches.js';

export { type EntryType, TYPE_STRING } from './entries.js';

/** Refers to an entry; NO_ENTRY refers to none. */
export type Handle = number;
export const NO_ENTRY: Handle = NOWHERE;

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

// What an entry's node says of it: its address, and the hash of its key.
const NODE_ENTRY = NODE_OWNER;
const NODE_HASH = NODE_OWNER + 1;

const NO_WORDS = new Int32Array(0);
/** Slots looked at before a random key is looked for in order. About every second one has an entry. */
const PICK_TRIES = 500;
/** A string that is cut to less than this part of its room moves to where it fits. */
const SHRUNK_FILL_MIN = 1 / 4;
/** A string that grows gets as much again, up to this, and beyond that this part more. */
const GROWTH_BYTES_MAX = 1024 * 1024;
const GROWTH_PART = 1 / 8;
/** Nodes looked at for the mean time to live. */
const TTL_SAMPLE = 256;

export class Database implements Matcher {
  /** Who is told of changes, null for nobody. */
  watches: KeyWatches | null = null;

  /**
   * Changes since the database was made, as Redis counts them: one for each key that is looked up and then changed, in
   * whatever ways. One that expires is none.
   */
  changes = 0;
  /** Whether one has been counted since the last lookup. */
  private isCounted = false;

  private readonly clock: ShardClock;
  private readonly accessClock: AccessClock;
  private readonly counters: KeyspaceCounters;
  private readonly seedLow: number;
  private readonly seedHigh: number;
  private readonly slabs = new SlabAllocator();
  private readonly table = new HashTable(this.slabs);
  private readonly entries: Entries;
  private readonly ahead: LookAhead;
  private readonly wheel: TimingWheel;
  private readonly compactor: Compactor;

  // The key being looked up, for matches(), its hash, and the entry that was found by it.
  private soughtWords: Int32Array = NO_WORDS;
  private soughtStart = 0;
  private soughtLength = 0;
  private soughtHash = 0;
  private found: Address = NOWHERE;
  /** A node that reserveDeadline() has taken, or NOWHERE. */
  private spareNode: Address = NOWHERE;

  constructor(
    clock: ShardClock,
    counters: KeyspaceCounters,
    seed: HashSeed,
    accessClock = new AccessClock(clock, () => 0),
  ) {
    this.clock = clock;
    this.accessClock = accessClock;
    this.counters = counters;
    [this.seedLow, this.seedHigh] = seed;
    this.entries = new Entries(this.slabs, seed);
    this.ahead = new LookAhead(this.table, this.slabs, seed);
    this.wheel = new TimingWheel(clock.nowMs, this.slabs.words);
    this.compactor = new Compactor(this.slabs, (from, sizeClass) => {
      if (sizeClass === NODE_CLASS) this.moveNode(from);
      else if (sizeClass === SEGMENT_CLASS) this.table.relocate(from);
      else this.moveEntry(from);
    });
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
    return this.slabs.usedBytes + this.outsideBytes;
  }

  /** The same with the parts of slabs that are not in use. */
  get reservedBytes(): number {
    return this.slabs.reservedBytes + this.outsideBytes;
  }

  /** Of these, what is neither key nor value: the table and the wheel. */
  get overheadBytes(): number {
    return this.table.usedBytes + this.wheel.usedBytes;
  }

  /** Bytes that are not in slabs. */
  private get outsideBytes(): number {
    return this.table.directoryBytes + this.wheel.usedBytes + this.entries.largeBytes;
  }

  /** Bytes of buffers let go of since the start, for the garbage collector to free. */
  get releasedBytes(): number {
    return this.slabs.releasedBytes + this.entries.releasedBytes;
  }

  /** Bytes an entry takes: block, value outside it, node on the wheel, and its slot of the table. */
  bytesOf(handle: Handle): number {
    const nodeBytes = this.entries.node(handle) === NOWHERE ? 0 : NODE_BYTES;
    return this.entries.bytes(handle) + nodeBytes + SLOT_BYTES;
  }

  /** Finds the key that is argument `at`, to read it: counts a hit or a miss, and a use; removes it if it has expired. */
  lookupRead(argv: Argv, at: number): Handle {
    const handle = this.lookupWrite(argv, at);
    if (handle === NO_ENTRY) this.counters.misses++;
    else this.counters.hits++;
    return handle;
  }

  /** Finds the key that is argument `at`, to change it: counts a use, and removes it if it has expired. */
  lookupWrite(argv: Argv, at: number): Handle {
    const handle = this.peek(argv, at);
    if (handle !== NO_ENTRY) this.noteUse(handle);
    return handle;
  }

  /** Finds the key that is argument `at`, to tell of it: counts a hit or a miss, but no use; removes it if it has expired. */
  lookupUnused(argv: Argv, at: number): Handle {
    const handle = this.peek(argv, at);
    if (handle === NO_ENTRY) this.counters.misses++;
    else this.counters.hits++;
    return handle;
  }

  /** Finds the key that is argument `at`, unnoticed but for its removal if it has expired. */
  peek(argv: Argv, at: number): Handle {
    this.seek(argv, at);
    this.isCounted = false;
    const address = this.table.find(this.soughtHash, this);
    this.found = address;
    if (address === NOWHERE || this.expireIfDue(address)) return NO_ENTRY;
    return address;
  }

  /** For the table: whether the entry has the key that is being looked up. */
  matches(address: Address): boolean {
    return this.entries.hasKey(address, this.soughtWords, this.soughtStart, this.soughtLength);
  }

  /** Adds the key that is argument `keyAt`, which is not there, with the string that is argument `valueAt`. */
  insertString(argv: Argv, keyAt: number, valueAt: number): Handle {
    const large = largeValue(argv, valueAt);
    const address = this.insert(argv, keyAt, large === undefined ? argv.length(valueAt) : 0);
    if (large === undefined) this.entries.writeValue(address, argv, valueAt);
    else this.entries.attach(address, large);
    return address;
  }

  /** Makes the entry a string, argument `valueAt`. The deadline stays. */
  setString(handle: Handle, argv: Argv, valueAt: number): Handle {
    this.noteChange(handle);
    if (this.entries.overwrite(handle, argv, valueAt)) return handle;
    const large = largeValue(argv, valueAt);
    const address = this.makePlace(handle, large === undefined ? argv.length(valueAt) : 0);
    if (large === undefined) this.entries.writeValue(address, argv, valueAt);
    else this.entries.attach(address, large);
    return address;
  }

  /**
   * Makes `length` bytes of `source` from `start` on the string of the key that is argument `keyAt`; `existing` is what a
   * lookup of it has found. The deadline stays. The bytes may be a string's in this database.
   * @throws OutOfMemory, with nothing changed
   */
  storeBytes(
    argv: Argv,
    keyAt: number,
    existing: Handle,
    source: Buffer,
    start: number,
    length: number,
  ): Handle {
    const large = largeCopy(source, start, length);
    if (existing !== NO_ENTRY) this.noteChange(existing);
    const inBlock = large === undefined ? length : 0;
    const address =
      existing === NO_ENTRY ? this.insert(argv, keyAt, inBlock) : this.makePlace(existing, inBlock);
    if (large === undefined) this.entries.writeBytes(address, source, start, length);
    else this.entries.attach(address, large);
    return address;
  }

  /**
   * Gives the string of the key that is argument `keyAt` another length, cut off or filled with zeroes, to be written to
   * in place (stringSource, stringStart); `existing` is what a lookup of the key has found, and where that is none the key
   * is added. The string is raw from then on, the deadline stays. One that grows gets more room than it needs, so that
   * growing byte by byte is linear.
   * @throws OutOfMemory, with nothing changed
   */
  resizeString(argv: Argv, keyAt: number, existing: Handle, length: number): Handle {
    const address =
      existing === NO_ENTRY ? this.insertZeroes(argv, keyAt, length) : this.resize(existing, length);
    this.entries.markRaw(address);
    return address;
  }

  /**
   * Takes over an entry of another database of this shard, deadline and all: the key that is argument `keyAt`, which is
   * there and not here. Its handle is no longer valid.
   * @throws OutOfMemory, and nothing has changed
   */
  adopt(from: Database, handle: Handle, argv: Argv, keyAt: number): void {
    const expires = from.entries.node(handle) !== NOWHERE;
    if (expires) this.reserveDeadline();
    this.seek(argv, keyAt);
    this.table.makeRoom(this.soughtHash);
    const address = this.entries.copyFrom(from.entries, handle);
    this.table.insert(this.soughtHash, address);
    this.noteChange(address);
    if (expires) this.setExpiresAt(address, from.expiresAtExactMs(handle));
    from.discard(handle);
  }

  /** What is kept of the entry's uses; the shard's AccessClock knows what it means. */
  access(handle: Handle): number {
    return this.entries.access(handle);
  }

  setAccess(handle: Handle, access: number): void {
    this.entries.setAccess(handle, access);
  }

  private noteUse(handle: Handle): void {
    const { accessClock, entries } = this;
    if (accessClock.countsUses) entries.setAccess(handle, accessClock.used(entries.access(handle)));
    else entries.setAccess(handle, accessClock.fresh);
  }

  /** Removes an entry and gives its bytes back. */
  delete(handle: Handle): void {
    this.countChange();
    this.discard(handle);
  }

  /** The same without counting a change: it has expired, or gone where it is counted. */
  discard(handle: Handle): void {
    const node = this.entries.node(handle);
    this.remove(handle, node === NOWHERE ? this.hashOf(handle) : this.nodeWord(node, NODE_HASH));
    if (node !== NOWHERE) this.dropNode(node);
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

  /**
   * Picks a key at random, each with the same chance, or NO_ENTRY if there is none. Removes the expired ones it meets;
   * where nearly all have expired, a key behind many of them has a better chance.
   */
  pick(random: () => number): Handle {
    for (let tries = 0; tries < PICK_TRIES && this.size > 0; tries++) {
      const address = this.table.pick(random);
      if (address !== NOWHERE && !this.expireIfDue(address)) return address;
    }
    const from = Math.floor(random() * HASHES);
    const behind = this.firstLive(from, HASHES);
    return behind === NO_ENTRY ? this.firstLive(0, from) : behind;
  }

  type(handle: Handle): EntryType {
    return this.entries.type(handle);
  }

  /** The buffer an entry's key is in, from keyStart() for keyLength() bytes. */
  keySource(handle: Handle): Buffer {
    return this.entries.keySource(handle);
  }

  keyStart(handle: Handle): number {
    return this.entries.keyStart(handle);
  }

  keyLength(handle: Handle): number {
    return this.entries.keyLength(handle);
  }

  /** The buffer a string entry's bytes are in, from stringStart() for stringLength() bytes. */
  stringSource(handle: Handle): Buffer {
    return this.entries.valueSource(handle);
  }

  stringStart(handle: Handle): number {
    return this.entries.valueStart(handle);
  }

  /** The words a string entry's bytes are in, from the one that stringStart() / 4 is the index of; null for a large one. */
  stringWords(handle: Handle): Int32Array | null {
    return this.entries.valueWords(handle);
  }

  stringLength(handle: Handle): number {
    return this.entries.valueLength(handle);
  }

  /** Whether a string was changed in place since it was set, which Redis's encodings tell. */
  isRaw(handle: Handle): boolean {
    return this.entries.isRaw(handle);
  }

  /** Notes that a string was changed in place; until it is set again. */
  markRaw(handle: Handle): void {
    this.entries.markRaw(handle);
  }

  /** Whether a string is kept as text even if it spells an integer. */
  isText(handle: Handle): boolean {
    return this.entries.isText(handle);
  }

  /** Notes that a string is kept as text; until it is set again. */
  markText(handle: Handle): void {
    this.entries.markText(handle);
  }

  /** When the entry expires (it is still there at that very millisecond), NEVER if it stays; rounded above 2^53. */
  expiresAtMs(handle: Handle): number {
    const node = this.entries.node(handle);
    return node === NOWHERE ? NEVER : this.wheel.deadlineAtMs(node);
  }

  /** The same to the last digit. */
  expiresAtExactMs(handle: Handle): Int64 {
    const node = this.entries.node(handle);
    return node === NOWHERE ? NEVER : this.wheel.deadlineAtExactMs(node);
  }

  /** Gives the entry a deadline, in place of the one it may have. */
  setExpiresAt(handle: Handle, atMs: Int64): void {
    this.noteChange(handle);
    let node = this.entries.node(handle);
    if (node === NOWHERE) {
      const hash = this.hashOf(handle);
      this.reserveDeadline();
      node = this.spareNode;
      this.spareNode = NOWHERE;
      this.setNodeWord(node, NODE_ENTRY, handle);
      this.setNodeWord(node, NODE_HASH, hash);
      this.entries.setNode(handle, node);
    }
    this.wheel.add(node, atMs);
  }

  /**
   * Sees to it that the next setExpiresAt() of this command cannot fail, for commands that write something before.
   * @throws OutOfMemory
   */
  reserveDeadline(): void {
    if (this.spareNode !== NOWHERE) return;
    this.spareNode = this.slabs.allocate(NODE_CLASS, NODE_BYTES);
    this.wheel.begin(this.spareNode);
  }

  /** Takes the entry's deadline away; says whether it had one. */
  persist(handle: Handle): boolean {
    const node = this.entries.node(handle);
    if (node === NOWHERE) return false;
    this.noteChange(handle);
    this.dropNode(node);
    this.entries.setNode(handle, NOWHERE);
    return true;
  }

  /** Mean time to live of the keys with a deadline, estimated from a sample of them; 0 if there are none. */
  averageTtlMs(): number {
    let sum = 0;
    let sampled = 0;
    this.slabs.sample(NODE_CLASS, TTL_SAMPLE, (node) => {
      sum += Math.max(0, this.wheel.deadlineAtMs(node) - this.clock.nowMs);
      sampled++;
    });
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
    this.compactor.note();
  }

  /** When expireDue() has something to do, NEVER if it has not. */
  nextDueAtMs(): number {
    return this.wheel.nextAtMs();
  }

  /** Removes what the clock says has expired, at most `budget` steps of it; returns the budget left. */
  expireDue(budget: number): number {
    return this.wheel.advance(this.clock.nowMs, budget, this.expireNode);
  }

  /** Whether compact() has something to do. */
  get isSparse(): boolean {
    return this.compactor.pending;
  }

  /** Has compact() look for work however little has been freed. */
  purge(): void {
    this.compactor.look();
  }

  /** Moves entries together, so that memory can be given back: `budget` steps of it; returns the budget left. */
  compact(budget: number): number {
    this.giveSpare();
    try {
      return this.compactor.step(budget);
    } catch (error) {
      // There is no memory to move anything to. It is tried again with the next budget.
      if (error instanceof OutOfMemory) return 0;
      throw error;
    }
  }

  /** Adds the key that is argument `keyAt`, which is not there, with room for a value in its block. */
  private insert(argv: Argv, keyAt: number, valueBytes: number): Address {
    // Nearly always the key that was looked up just now and not found.
    const isSought = argv.words === this.soughtWords && argv.wordStart(keyAt) === this.soughtStart;
    if (!isSought) this.seek(argv, keyAt);
    this.table.makeRoom(this.soughtHash);
    const address = this.entries.create(
      this.soughtWords,
      this.soughtStart,
      this.soughtLength,
      valueBytes,
      this.accessClock.fresh,
    );
    this.table.insert(this.soughtHash, address);
    this.noteChange(address);
    return address;
  }

  private insertZeroes(argv: Argv, keyAt: number, length: number): Address {
    const large = largeZeroes(length);
    const address = this.insert(argv, keyAt, large === undefined ? length : 0);
    if (large === undefined) this.entries.zero(address, 0, length);
    else this.entries.attach(address, large);
    return address;
  }

  /** Makes room for another value in the entry's block, or in another one that takes its place. */
  private makePlace(handle: Address, valueBytes: number): Address {
    if (!this.entries.fits(handle, valueBytes))
      return this.replace(handle, this.entries.createLike(handle, valueBytes));
    this.entries.clear(handle, valueBytes);
    return handle;
  }

  private resize(handle: Address, length: number): Address {
    this.noteChange(handle);
    const { entries } = this;
    const capacity = entries.capacity(handle);
    const isWasteful = length < entries.valueLength(handle) && length < capacity * SHRUNK_FILL_MIN;
    if (length <= capacity && !isWasteful) {
      entries.resize(handle, length);
      return handle;
    }
    const wanted = isWasteful ? length : roomToGrow(length);
    const large = largeZeroes(wanted);
    if (large === undefined) return this.replace(handle, entries.createResized(handle, length, wanted));
    const kept = Math.min(entries.valueLength(handle), length);
    const start = entries.valueStart(handle);
    entries.valueSource(handle).copy(large, 0, start, start + kept);
    const address = this.makePlace(handle, 0);
    entries.attach(address, large, length);
    return address;
  }

  /** A node that was reserved and not needed must not meet the compactor, which asks nodes for their entries. */
  private giveSpare(): void {
    if (this.spareNode === NOWHERE) return;
    this.slabs.free(this.spareNode, NODE_CLASS);
    this.spareNode = NOWHERE;
  }

  private readonly expireNode = (node: Address): void => {
    this.counters.expired++;
    this.remove(this.nodeWord(node, NODE_ENTRY), this.nodeWord(node, NODE_HASH));
    this.slabs.free(node, NODE_CLASS);
  };

  private expire(address: Address): void {
    this.counters.expired++;
    this.discard(address);
  }

  private expireIfDue(address: Address): boolean {
    if (!this.isDue(address)) return false;
    this.expire(address);
    return true;
  }

  /** A key that has not expired in [from, end) of the positions, one in the first segment that has any. */
  private firstLive(from: number, end: number): Handle {
    let first = NO_ENTRY;
    for (let at = from; at < end && first === NO_ENTRY && this.size > 0; at = this.table.segmentEnd(at)) {
      this.table.walk(at, Math.min(end, this.table.segmentEnd(at)), (address) => {
        if (first === NO_ENTRY && !this.isDue(address)) first = address;
      });
    }
    return first;
  }

  private isDue(address: Address): boolean {
    const node = this.entries.node(address);
    return node !== NOWHERE && this.wheel.deadlineAtMs(node) < this.clock.nowMs;
  }

  /** Computes the hash of the key that is argument `at`, and keeps both for matches() and insertString(). */
  private seek(argv: Argv, at: number): void {
    const words = argv.wordsOf(at);
    const start = argv.wordStart(at);
    const length = argv.length(at);
    this.soughtWords = words;
    this.soughtStart = start;
    this.soughtLength = length;
    const hash = words === argv.words ? this.ahead.hashAt(start) : undefined;
    this.soughtHash = hash ?? halfSipHash(words, start, length, this.seedLow, this.seedHigh);
    this.found = NOWHERE;
  }

  /** The entry is changed: it is counted, and those who watch its key are told. */
  private noteChange(address: Address): void {
    this.countChange();
    if (this.watches !== null) this.touch(address);
  }

  /** For a command that does several things to one key, and counts for each. */
  countMore(changes: number): void {
    if (changes > 0) this.changes += changes;
  }

  private countChange(): void {
    if (this.isCounted) return;
    this.isCounted = true;
    this.changes++;
  }

  /** Tells who watches the entry's key that it has changed. */
  private touch(address: Address): void {
    this.watches?.touch(
      this.entries.keySource(address),
      this.entries.keyStart(address),
      this.entries.keyLength(address),
    );
  }

  /** Takes an entry out of the table and frees it. */
  private remove(address: Address, hash: number): void {
    if (this.watches !== null) this.touch(address);
    this.table.remove(hash, address);
    this.entries.free(address);
    if (address === this.found) this.found = NOWHERE;
  }

  /** Has an entry with the same key and node take another's place. */
  private replace(from: Address, to: Address): Address {
    const node = this.entries.node(to);
    if (node !== NOWHERE) this.setNodeWord(node, NODE_ENTRY, to);
    this.table.move(this.hashOf(from), from, to);
    this.entries.free(from);
    if (from === this.found) this.found = to;
    return to;
  }

  /** The hash of an entry's key: known if the entry is the one that was just found. */
  private hashOf(address: Address): number {
    return address === this.found ? this.soughtHash : this.entries.hash(address);
  }

  private dropNode(node: Address): void {
    this.wheel.remove(node);
    this.slabs.free(node, NODE_CLASS);
  }

  private nodeWord(node: Address, word: number): number {
    return this.slabs.words[slabOf(node)][wordOf(node) + word];
  }

  private setNodeWord(node: Address, word: number, value: number): void {
    this.slabs.words[slabOf(node)][wordOf(node) + word] = value;
  }

  /** For the compactor. */
  private moveEntry(from: Address): void {
    const node = this.entries.node(from);
    const hash = node === NOWHERE ? this.entries.hash(from) : this.nodeWord(node, NODE_HASH);
    const to = this.entries.relocate(from);
    this.table.move(hash, from, to);
    if (node !== NOWHERE) this.setNodeWord(node, NODE_ENTRY, to);
    this.found = NOWHERE;
  }

  /** For the compactor. */
  private moveNode(from: Address): void {
    const to = this.slabs.allocate(NODE_CLASS, NODE_BYTES);
    const words = this.slabs.words[slabOf(from)];
    const at = wordOf(from);
    this.slabs.words[slabOf(to)].set(words.subarray(at, at + (NODE_BYTES >> 2)), wordOf(to));
    this.wheel.moved(to);
    this.entries.setNode(this.nodeWord(to, NODE_ENTRY), to);
    this.slabs.free(from, NODE_CLASS);
  }
}

/** The room a string that grows to `length` bytes is given: Redis's, but in proportion to the length for long ones. */
function roomToGrow(length: number): number {
  if (length < GROWTH_BYTES_MAX) return length * 2;
  return length + Math.max(GROWTH_BYTES_MAX, Math.ceil(length * GROWTH_PART));
}
