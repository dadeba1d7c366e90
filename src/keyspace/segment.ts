/**
 * Segment: a part of the hash table, an open-addressing table of its own (linear probing; Knuth 6.4, algorithm L and R).
 *
 * Shard thread. A slot's two words stand side by side, so that a probe touches one cache line. An entry's home is given by
 * the bits of its hash behind those that all entries of the segment share, so homes ascend with hashes: the entries of
 * a range of hashes lie between the homes of its ends and in the run of slots behind them.
 *
 *   slot     | hash | address |          address 0: the slot is empty
 */
import { type Address, NOWHERE } from './slab-allocator.js';

export const SLOT_BYTES = 8;

export class Segment {
  /** Bits of the hash, from the top, that all its entries share. */
  readonly depth: number;
  /** Position in the table's list of segments. */
  index = -1;
  count = 0;
  readonly slots: Int32Array;
  readonly mask: number;
  /** What a hash, its shared bits cut off, is shifted by to give its home. */
  readonly shift: number;

  /** `size` is the number of slots, a power of two and at least two. */
  constructor(depth: number, size: number) {
    this.depth = depth;
    this.slots = new Int32Array(size * 2);
    this.mask = size - 1;
    this.shift = Math.clz32(this.mask);
  }

  get size(): number {
    return this.mask + 1;
  }

  /** Adds an entry; there must be room. */
  place(hash: number, address: Address): void {
    const { mask, slots } = this;
    let at = (hash << this.depth) >>> this.shift;
    while (slots[at * 2 + 1] !== NOWHERE) at = (at + 1) & mask;
    slots[at * 2] = hash;
    slots[at * 2 + 1] = address;
    this.count++;
  }

  /** Adds all entries of another segment. */
  placeAll({ slots }: Segment): void {
    for (let at = 0; at < slots.length; at += 2) {
      if (slots[at + 1] !== NOWHERE) this.place(slots[at], slots[at + 1]);
    }
  }

  /** The slot of an entry that is there. */
  slotOf(hash: number, address: Address): number {
    const { mask, slots } = this;
    let at = (hash << this.depth) >>> this.shift;
    while (slots[at * 2 + 1] !== address) {
      if (slots[at * 2 + 1] === NOWHERE) throw new Error('the table has lost an entry');
      at = (at + 1) & mask;
    }
    return at;
  }

  /** Takes an entry out; the entries behind it in its run move up, so that no slot needs a tombstone. */
  remove(hash: number, address: Address): void {
    const { depth, mask, shift, slots } = this;
    let hole = this.slotOf(hash, address);
    for (let at = (hole + 1) & mask; slots[at * 2 + 1] !== NOWHERE; at = (at + 1) & mask) {
      const home = (slots[at * 2] << depth) >>> shift;
      // It may fill the hole unless its home lies between the hole and itself.
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots[hole * 2] = slots[at * 2];
      slots[hole * 2 + 1] = slots[at * 2 + 1];
      hole = at;
    }
    slots[hole * 2 + 1] = NOWHERE;
    this.count--;
  }

  /** Visits every entry whose hash, unsigned, lies in [first, last]; both must belong to this segment. */
  walk(first: number, last: number, visit: (address: Address, hash: number) => void): void {
    const { depth, mask, shift, slots } = this;
    const from = (first << depth) >>> shift;
    const to = (last << depth) >>> shift;
    // Counted without wrapping; a run may go round the end of the slots.
    for (let at = from; at <= from + mask; at++) {
      const slot = (at & mask) * 2;
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
