/**
 * HashTable: from hashes to addresses, by extendible hashing (Fagin, Nievergelt, Pippenger & Strong 1979).
 *
 * Shard thread. The directory's 2^depth entries are indexed by the top bits of the hash; each points to a segment of
 * 1,024 slots. A full segment is split in two by one more bit, and two that have become sparse are merged again; only when
 * that bit is new to the directory is the directory doubled. No insert or removal does more work than that.
 *
 * Changed against the paper: the depth is bounded, by the number of segments and absolutely, so that hashes which collide
 * can't blow up the directory; a segment that is full at the last depth doubles its slots instead. Homes ascend with
 * hashes (see Segment), so the table can be walked in the order of hashes, whatever it grows or shrinks meanwhile.
 * Keys are not known here: who looks something up compares the candidates with the same hash.
 */
import { OutOfMemory } from './out-of-memory.js';
import { Segment } from './segment.js';
import { SEGMENT_HEADER_BYTES, SEGMENT_SLOTS, SLOT_BYTES } from './size-classes.js';
import { type Address, NOWHERE, type SlabAllocator, slabOf, wordOf } from './slab-allocator.js';

/** A segment with more entries than this part of its slots is split. */
const LOAD_MAX = 0.8;
/** Two segments whose entries fill no more than this part of one are merged: far from being split again. */
const MERGED_LOAD_MAX = 0.5;
/** A segment that has doubled its slots halves them below this part. */
const GROWN_LOAD_MIN = 0.2;
/** 2^20 segments hold some 600 million entries before one has to grow. */
const DEPTH_MAX = 20;
/** How much deeper than the mean a segment may be. With a sound hash they differ by one or two. */
const DEPTH_SPREAD = 6;
/** What an array takes for an element. */
const POINTER_BYTES = 8;
/** Size of the space of hashes. */
export const HASHES = 2 ** 32;

/** Says whether the entry at an address is the one looked for. */
export interface Matcher {
  matches(address: Address): boolean;
}

export class HashTable {
  private readonly slabs: SlabAllocator;
  private directory: Segment[] = [];
  private depth = 0;
  private entries = 0;
  private slots = 0;
  private slotsMax = SEGMENT_SLOTS;
  private readonly segments: Segment[] = [];
  /** How many segments there are of each depth. */
  private readonly segmentsByDepth = new Int32Array(DEPTH_MAX + 1);

  /** The segments lie in blocks of `slabs`. */
  constructor(slabs: SlabAllocator) {
    this.slabs = slabs;
    this.directory.push(this.add(new Segment(slabs, 0, SEGMENT_SLOTS)));
  }

  get size(): number {
    return this.entries;
  }

  /** Bytes of directory and segments, of which the slabs count the segments'. */
  get usedBytes(): number {
    return this.segmentBytes + this.directoryBytes;
  }

  get directoryBytes(): number {
    return (this.directory.length + this.segments.length) * POINTER_BYTES;
  }

  /** How far the directory reaches: it has 2^depth elements. */
  get directoryDepth(): number {
    return this.depth;
  }

  /** The address of the entry with this hash that `matcher` recognises, or NOWHERE. */
  find(hash: number, matcher: Matcher): Address {
    const segment = this.segmentOf(hash);
    const { base, mask, slots } = segment;
    for (let at = (hash << segment.depth) >>> segment.shift; ; at = (at + 1) & mask) {
      const address = slots[base + at * 2 + 1];
      if (address === NOWHERE) return NOWHERE;
      if (slots[base + at * 2] === hash && matcher.matches(address)) return address;
    }
  }

  /** The address in the slot where a search for `hash` begins, which is mostly its own; NOWHERE if that is empty. */
  peek(hash: number): Address {
    const segment = this.segmentOf(hash);
    return segment.slots[segment.base + ((hash << segment.depth) >>> segment.shift) * 2 + 1];
  }

  /** Slots looked at to find that an entry with this hash is there, or is not: what find() costs. */
  probes(hash: number, matcher: Matcher): number {
    const { base, depth, mask, shift, slots } = this.segmentOf(hash);
    for (let at = (hash << depth) >>> shift, probes = 1; ; at = (at + 1) & mask, probes++) {
      const address = slots[base + at * 2 + 1];
      if (address === NOWHERE || (slots[base + at * 2] === hash && matcher.matches(address))) return probes;
    }
  }

  /**
   * Sees to it that the next insert() of this hash cannot fail.
   * @throws OutOfMemory, with the same entries as before
   */
  makeRoom(hash: number): void {
    let segment = this.segmentOf(hash);
    while (segment.count > (segment.mask + 1) * LOAD_MAX) {
      this.relieve(segment, hash);
      segment = this.segmentOf(hash);
    }
  }

  /** Adds an entry that is not there. */
  insert(hash: number, address: Address): void {
    this.makeRoom(hash);
    this.segmentOf(hash).place(hash, address);
    this.entries++;
  }

  /** The entry with this hash has moved from one address to another. */
  move(hash: number, from: Address, to: Address): void {
    this.segmentOf(hash).move(hash, from, to);
  }

  /** Takes an entry out. */
  remove(hash: number, address: Address): void {
    const segment = this.segmentOf(hash);
    segment.remove(hash, address);
    this.entries--;
    if (segment.count >= (segment.mask + 1) * GROWN_LOAD_MIN) return;
    try {
      this.shrink(segment, hash);
    } catch (error) {
      // It needs memory to give some back; each step is whole. The next removal tries again.
      if (!(error instanceof OutOfMemory)) throw error;
    }
  }

  /**
   * Visits every entry whose hash, unsigned, lies in [from, end), in the order of segments. The table must not be changed
   * meanwhile.
   */
  walk(from: number, end: number, visit: (address: Address, hash: number) => void): void {
    let first = from;
    while (first < end) {
      const segmentEnd = this.segmentEnd(first);
      this.segmentOf(first | 0).walk(first, Math.min(end, segmentEnd) - 1, visit);
      first = segmentEnd;
    }
  }

  /** Where the hashes of the segment end that the unsigned hash `at` belongs to. */
  segmentEnd(at: number): number {
    const span = HASHES / 2 ** this.segmentOf(at | 0).depth;
    return Math.floor(at / span) * span + span;
  }

  /** One try to pick an entry at random, each with the same chance; NOWHERE where it met an empty slot. */
  pick(random: () => number): Address {
    const { base, mask, slots } = this.segments[Math.floor(random() * this.segments.length)];
    const slot = Math.floor(random() * this.slotsMax);
    return slot > mask ? NOWHERE : slots[base + slot * 2 + 1];
  }

  /**
   * For the compactor: moves the segment in a block of SEGMENT_CLASS to another one.
   * @throws OutOfMemory, with nothing changed
   */
  relocate(block: Address): void {
    this.segments[~this.slabs.words[slabOf(block)][wordOf(block)]].relocate(this.slabs);
  }

  private get segmentBytes(): number {
    return this.slots * SLOT_BYTES + this.segments.length * SEGMENT_HEADER_BYTES;
  }

  private segmentOf(hash: number): Segment {
    // A shift by 32 is a shift by 0, so that depth 0 needs two.
    return this.directory[(hash >>> 1) >>> (31 - this.depth)];
  }

  /** Makes room in a full segment, the one `hash` falls into. */
  private relieve(segment: Segment, hash: number): void {
    const meanDepth = 32 - Math.clz32(this.segments.length);
    if (segment.depth >= Math.min(DEPTH_MAX, meanDepth + DEPTH_SPREAD)) {
      this.resize(segment, hash, segment.size * 2);
      return;
    }
    // As large as what is split: all its entries may fall to one side.
    const low = new Segment(this.slabs, segment.depth + 1, segment.size);
    const high = this.twin(low);
    if (segment.depth === this.depth) this.doubleDirectory();
    const bit = 31 - segment.depth;
    segment.visitAll((entryHash, address) => {
      ((entryHash >>> bit) & 1 ? high : low).place(entryHash, address);
    });
    this.drop(segment);
    this.point(hash, segment.depth, this.add(low), this.add(high));
  }

  /** Gives the room of a sparse segment back, the one `hash` falls into: half of its slots, or all by a merger. */
  private shrink(sparse: Segment, hash: number): void {
    let segment = sparse;
    if (segment.size > SEGMENT_SLOTS) segment = this.resize(segment, hash, segment.size / 2);
    while (segment.depth > 0) {
      const { depth } = segment;
      const buddy = this.segmentOf(hash ^ (1 << (32 - depth)));
      if (buddy.depth !== depth || segment.count + buddy.count > SEGMENT_SLOTS * MERGED_LOAD_MAX) return;
      const merged = new Segment(this.slabs, depth - 1, SEGMENT_SLOTS);
      merged.placeAll(segment);
      merged.placeAll(buddy);
      this.drop(segment);
      this.drop(buddy);
      this.point(hash, depth - 1, this.add(merged), merged);
      // One level is kept in reserve, so that a table at its border does not double and halve the directory in turn.
      while (
        this.depth > 1 &&
        this.segmentsByDepth[this.depth] + this.segmentsByDepth[this.depth - 1] === 0
      ) {
        this.halveDirectory();
      }
      segment = merged;
    }
  }

  private resize(segment: Segment, hash: number, size: number): Segment {
    const resized = new Segment(this.slabs, segment.depth, size);
    resized.placeAll(segment);
    this.drop(segment);
    this.point(hash, segment.depth, this.add(resized), resized);
    return resized;
  }

  private add(segment: Segment): Segment {
    segment.index = this.segments.length;
    this.segments.push(segment);
    this.segmentsByDepth[segment.depth]++;
    this.slots += segment.size;
    this.slotsMax = Math.max(this.slotsMax, segment.size);
    return segment;
  }

  private drop(segment: Segment): void {
    const last = this.segments.pop()!;
    if (last !== segment) {
      this.segments[segment.index] = last;
      last.index = segment.index;
    }
    this.segmentsByDepth[segment.depth]--;
    this.slots -= segment.size;
    segment.free(this.slabs);
  }

  /** Another segment like a new one, which goes if there is no memory for both. */
  private twin(segment: Segment): Segment {
    try {
      return new Segment(this.slabs, segment.depth, segment.size);
    } catch (error) {
      if (error instanceof OutOfMemory) segment.free(this.slabs);
      throw error;
    }
  }

  private doubleDirectory(): void {
    const { directory } = this;
    const doubled = new Array<Segment>(directory.length * 2);
    for (let i = 0; i < directory.length; i++) {
      doubled[i * 2] = directory[i];
      doubled[i * 2 + 1] = directory[i];
    }
    this.directory = doubled;
    this.depth++;
  }

  private halveDirectory(): void {
    const { directory } = this;
    const halved = new Array<Segment>(directory.length / 2);
    for (let i = 0; i < halved.length; i++) halved[i] = directory[i * 2];
    this.directory = halved;
    this.depth--;
  }

  /** Points the directory entries that share the first `depth` bits of `hash` to two segments, half to each. */
  private point(hash: number, depth: number, low: Segment, high: Segment): void {
    const span = 1 << (this.depth - depth);
    const first = ((hash >>> 1) >>> (31 - this.depth)) & ~(span - 1);
    for (let i = 0; i < span; i++) this.directory[first + i] = i < span / 2 ? low : high;
  }
}
