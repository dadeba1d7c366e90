/**
 * HashTable: from hashes to addresses, by extendible hashing (Fagin, Nievergelt, Pippenger & Strong 1979).
 *
 * Shard thread. The directory's 2^depth entries are indexed by the top bits of the hash; each points to a segment of
 * 1,024 slots, probed linearly from the hash's low bits. A full segment is split in two by one more bit, and only when
 * that bit is new to the directory is the directory doubled: no insert does more work than one split.
 *
 *   slot     | hash | address |          address 0: the slot is empty
 *
 * Changed against the paper: the depth is bounded; a segment that is full at the last depth doubles its slots instead.
 * Keys are not known here: who looks something up compares the candidates with the same hash.
 */
import { type Address, NOWHERE } from './slab-allocator.js';

const SEGMENT_SLOTS = 1024;
/** A segment with more entries than this part of its slots is split. */
const LOAD_MAX = 0.8;
/** 2^20 segments hold some 600 million entries before one has to grow. */
const DEPTH_MAX = 20;

class Segment {
  /** Bits of the hash that all its entries share. */
  readonly depth: number;
  slots: Int32Array;
  mask: number;
  count = 0;

  constructor(depth: number, slots: number) {
    this.depth = depth;
    this.slots = new Int32Array(slots * 2);
    this.mask = slots - 1;
  }
}

/** Says whether the entry at an address is the one looked for. */
export interface Matcher {
  matches(address: Address): boolean;
}

export class HashTable {
  private directory: Segment[] = [new Segment(0, SEGMENT_SLOTS)];
  private depth = 0;
  private entries = 0;
  private segments = 1;

  get size(): number {
    return this.entries;
  }

  /** Bytes of directory and segments. */
  get usedBytes(): number {
    return this.segments * SEGMENT_SLOTS * 8 + this.directory.length * 8;
  }

  /** The address of the entry with this hash that `matcher` recognises, or NOWHERE. */
  find(hash: number, matcher: Matcher): Address {
    const { mask, slots } = this.segmentOf(hash);
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const address = slots[at * 2 + 1];
      if (address === NOWHERE) return NOWHERE;
      if (slots[at * 2] === hash && matcher.matches(address)) return address;
    }
  }

  /** The address in the slot where a search for `hash` begins, which is mostly its own; NOWHERE if that is empty. */
  peek(hash: number): Address {
    const { mask, slots } = this.segmentOf(hash);
    return slots[(hash & mask) * 2 + 1];
  }

  /** Adds an entry that is not there. */
  insert(hash: number, address: Address): void {
    let segment = this.segmentOf(hash);
    while (segment.count > segment.slots.length * 0.5 * LOAD_MAX) {
      this.relieve(segment, hash);
      segment = this.segmentOf(hash);
    }
    place(segment, hash, address);
    this.entries++;
  }

  /** The entry with this hash has moved from one address to another. */
  move(hash: number, from: Address, to: Address): void {
    const segment = this.segmentOf(hash);
    segment.slots[slotOfAddress(segment, hash, from) * 2 + 1] = to;
  }

  /** Takes an entry out; the entries behind it in its run move up, so that no slot needs a tombstone. */
  remove(hash: number, address: Address): void {
    const segment = this.segmentOf(hash);
    const { mask, slots } = segment;
    let hole = slotOfAddress(segment, hash, address);
    for (let at = (hole + 1) & mask; slots[at * 2 + 1] !== NOWHERE; at = (at + 1) & mask) {
      const home = slots[at * 2] & mask;
      // It may fill the hole unless its home lies between the hole and itself.
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots[hole * 2] = slots[at * 2];
      slots[hole * 2 + 1] = slots[at * 2 + 1];
      hole = at;
    }
    slots[hole * 2 + 1] = NOWHERE;
    segment.count--;
    this.entries--;
  }

  private segmentOf(hash: number): Segment {
    // A shift by 32 is a shift by 0, so that depth 0 needs two.
    return this.directory[(hash >>> 1) >>> (31 - this.depth)];
  }

  /** Makes room in a full segment, the one `hash` falls into. */
  private relieve(segment: Segment, hash: number): void {
    if (segment.depth === DEPTH_MAX) {
      const grown = new Segment(segment.depth, (segment.mask + 1) * 2);
      refill(segment, () => grown);
      this.replace(hash, segment.depth, grown, grown);
      return;
    }
    if (segment.depth === this.depth) this.doubleDirectory();
    const low = new Segment(segment.depth + 1, SEGMENT_SLOTS);
    const high = new Segment(segment.depth + 1, SEGMENT_SLOTS);
    const bit = 31 - segment.depth;
    refill(segment, (entryHash) => ((entryHash >>> bit) & 1 ? high : low));
    this.replace(hash, segment.depth, low, high);
    this.segments++;
  }

  private doubleDirectory(): void {
    const doubled: Segment[] = [];
    for (const segment of this.directory) doubled.push(segment, segment);
    this.directory = doubled;
    this.depth++;
  }

  /** Points the directory entries that share the first `depth` bits of `hash` to two segments, half to each. */
  private replace(hash: number, depth: number, low: Segment, high: Segment): void {
    const span = 1 << (this.depth - depth);
    const first = ((hash >>> 1) >>> (31 - this.depth)) & ~(span - 1);
    for (let i = 0; i < span; i++) this.directory[first + i] = i < span / 2 ? low : high;
  }
}

function refill(from: Segment, target: (hash: number) => Segment): void {
  const { slots } = from;
  for (let at = 0; at < slots.length; at += 2) {
    if (slots[at + 1] !== NOWHERE) place(target(slots[at]), slots[at], slots[at + 1]);
  }
}

function place(segment: Segment, hash: number, address: Address): void {
  const { mask, slots } = segment;
  let at = hash & mask;
  while (slots[at * 2 + 1] !== NOWHERE) at = (at + 1) & mask;
  slots[at * 2] = hash;
  slots[at * 2 + 1] = address;
  segment.count++;
}

function slotOfAddress({ mask, slots }: Segment, hash: number, address: Address): number {
  let at = hash & mask;
  while (slots[at * 2 + 1] !== address) {
    if (slots[at * 2 + 1] === NOWHERE) throw new Error('the table has lost an entry');
    at = (at + 1) & mask;
  }
  return at;
}
