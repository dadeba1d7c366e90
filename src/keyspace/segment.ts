/**
 * Segment: a part of the hash table, an open-addressing table of its own (linear probing; Knuth 6.4, algorithm L and R).
 *
 * Shard thread. It lies in a block of a slab, so that its memory comes and goes with the other blocks'. A slot's two words
 * stand side by side, so that a probe touches one cache line. An entry's home is given by the bits of its hash behind those
 * that all entries of the segment share, so homes ascend with hashes: the entries of a range of hashes lie between the
 * homes of its ends and in the run of slots behind them.
 *
 *   block    | ~index in the table's list | 3 words free | slot | slot | ...
 *   slot     | hash | address |          address 0: the slot is empty
 */
import {
  OWN_SLAB_CLASS,
  SEGMENT_CLASS,
  SEGMENT_HEADER_BYTES,
  SEGMENT_SLOTS,
  SLOT_BYTES,
} from './size-classes.js';
import { type Address, NOWHERE, type SlabAllocator, slabOf, wordOf } from './slab-allocator.js';

export class Segment {
  /** Bits of the hash, from the top, that all its entries share. */
  readonly depth: number;
  count = 0;
  readonly mask: number;
  /** What a hash, its shared bits cut off, is shifted by to give its home. */
  readonly shift: number;
  /** The words of the slab it lies in, and where its first slot is there. */
  slots: Int32Array;
  base: number;
  /** Where its block is. */
  block: Address;

  /**
   * `size` is the number of slots, a power of two and SEGMENT_SLOTS at least.
   * @throws OutOfMemory, with nothing changed
   */
  constructor(slabs: SlabAllocator, depth: number, size: number) {
    this.depth = depth;
    this.mask = size - 1;
    this.shift = Math.clz32(this.mask);
    this.block = slabs.allocate(this.sizeClass, SEGMENT_HEADER_BYTES + size * SLOT_BYTES);
    this.slots = slabs.words[slabOf(this.block)];
    this.base = wordOf(this.block) + (SEGMENT_HEADER_BYTES >> 2);
    this.index = 0;
    this.slots.fill(0, this.base, this.base + size * 2);
  }

  get size(): number {
    return this.mask + 1;
  }

  /** Position in the table's list of segments; it stands in the block, whose first word it makes negative. */
  get index(): number {
    return ~this.slots[this.base - (SEGMENT_HEADER_BYTES >> 2)];
  }

  set index(index: number) {
    this.slots[this.base - (SEGMENT_HEADER_BYTES >> 2)] = ~index;
  }

  private get sizeClass(): number {
    return this.size === SEGMENT_SLOTS ? SEGMENT_CLASS : OWN_SLAB_CLASS;
  }

  /** Gives the block back. */
  free(slabs: SlabAllocator): void {
    slabs.free(this.block, this.sizeClass);
  }

  /**
   * Moves to another block of the class.
   * @throws OutOfMemory, with nothing changed
   */
  relocate(slabs: SlabAllocator): void {
    const to = slabs.allocate(SEGMENT_CLASS, SEGMENT_HEADER_BYTES + SEGMENT_SLOTS * SLOT_BYTES);
    const words = slabs.words[slabOf(to)];
    const from = wordOf(this.block);
    const length = (SEGMENT_HEADER_BYTES + SEGMENT_SLOTS * SLOT_BYTES) >> 2;
    words.set(this.slots.subarray(from, from + length), wordOf(to));
    slabs.free(this.block, SEGMENT_CLASS);
    this.block = to;
    this.slots = words;
    this.base = wordOf(to) + (SEGMENT_HEADER_BYTES >> 2);
  }

  /** Adds an entry; there must be room. */
  place(hash: number, address: Address): void {
    const { base, mask, slots } = this;
    let at = (hash << this.depth) >>> this.shift;
    while (slots[base + at * 2 + 1] !== NOWHERE) at = (at + 1) & mask;
    slots[base + at * 2] = hash;
    slots[base + at * 2 + 1] = address;
    this.count++;
  }

  /** Visits every entry. */
  visitAll(visit: (hash: number, address: Address) => void): void {
    const { base, slots } = this;
    const end = base + this.size * 2;
    for (let at = base; at < end; at += 2) if (slots[at + 1] !== NOWHERE) visit(slots[at], slots[at + 1]);
  }

  /** Adds all entries of another segment. */
  placeAll(other: Segment): void {
    other.visitAll((hash, address) => this.place(hash, address));
  }

  /** An entry that is there has moved. */
  move(hash: number, from: Address, to: Address): void {
    this.slots[this.base + this.slotOf(hash, from) * 2 + 1] = to;
  }

  /** The slot of an entry that is there. */
  private slotOf(hash: number, address: Address): number {
    const { base, mask, slots } = this;
    let at = (hash << this.depth) >>> this.shift;
    while (slots[base + at * 2 + 1] !== address) {
      if (slots[base + at * 2 + 1] === NOWHERE) throw new Error('the table has lost an entry');
      at = (at + 1) & mask;
    }
    return at;
  }

  /** Takes an entry out; the entries behind it in its run move up, so that no slot needs a tombstone. */
  remove(hash: number, address: Address): void {
    const { base, depth, mask, shift, slots } = this;
    let hole = this.slotOf(hash, address);
    for (let at = (hole + 1) & mask; slots[base + at * 2 + 1] !== NOWHERE; at = (at + 1) & mask) {
      const home = (slots[base + at * 2] << depth) >>> shift;
      // It may fill the hole unless its home lies between the hole and itself.
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots[base + hole * 2] = slots[base + at * 2];
      slots[base + hole * 2 + 1] = slots[base + at * 2 + 1];
      hole = at;
    }
    slots[base + hole * 2 + 1] = NOWHERE;
    this.count--;
  }

  /** Visits every entry whose hash, unsigned, lies in [first, last]; both must belong to this segment. */
  walk(first: number, last: number, visit: (address: Address, hash: number) => void): void {
    const { base, depth, mask, shift, slots } = this;
    const from = (first << depth) >>> shift;
    const to = (last << depth) >>> shift;
    // Counted without wrapping; a run may go round the end of the slots.
    for (let at = from; at <= from + mask; at++) {
      const slot = base + (at & mask) * 2;
      const address = slots[slot + 1];
      if (address === NOWHERE) {
        if (at >= to) return;
        continue;
      }
      const hash = slots[slot] >>> 0;
      if (hash >= first && hash <= last) visit(address, hash);
    }
  }
}
