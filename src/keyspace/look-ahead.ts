/**
 * LookAhead: brings what the next commands of a batch will need into the processor's caches. Shard thread.
 *
 * A lookup in a large keyspace waits for memory twice: for the slot, then for the entry. The waits of one command come
 * one after the other, but those of several commands can overlap, if nothing else stands between the loads. So the
 * keys of a few commands are hashed first, then their slots are read in one tight loop, then their entries; the hashes
 * are kept for the lookups. It is a hint only: what it reads may have changed when the command comes to it.
 */
import { type HashSeed, halfSipHash } from './half-siphash.js';
import type { HashTable } from './hash-table.js';
import { NOWHERE, type SlabAllocator, slabOf, wordOf } from './slab-allocator.js';

/** How many commands are looked ahead at once. */
export const LOOK_AHEAD_MAX = 16;
const CACHE_LINE_WORDS = 16;

/** The keys of the next commands, as ranges of a batch's words, in ascending order. */
export class KeyRanges {
  count = 0;
  readonly starts = new Int32Array(LOOK_AHEAD_MAX);
  /** In bytes. */
  readonly lengths = new Int32Array(LOOK_AHEAD_MAX);
}

export class LookAhead {
  private readonly table: HashTable;
  private readonly slabs: SlabAllocator;
  private readonly seedLow: number;
  private readonly seedHigh: number;
  private readonly starts = new Int32Array(LOOK_AHEAD_MAX);
  private readonly hashes = new Int32Array(LOOK_AHEAD_MAX);
  private readonly addresses = new Int32Array(LOOK_AHEAD_MAX);
  private count = 0;
  private next = 0;
  /** Where the loads go, so that no compiler finds them useless. */
  private touched = 0;

  constructor(table: HashTable, slabs: SlabAllocator, [seedLow, seedHigh]: HashSeed) {
    this.table = table;
    this.slabs = slabs;
    this.seedLow = seedLow;
    this.seedHigh = seedHigh;
  }

  /** Looks ahead at keys in a batch's `words`. */
  prepare(words: Int32Array, { count, lengths, starts }: KeyRanges): void {
    const { addresses, hashes, seedHigh, seedLow, table } = this;
    for (let i = 0; i < count; i++) {
      this.starts[i] = starts[i];
      hashes[i] = halfSipHash(words, starts[i], lengths[i], seedLow, seedHigh);
    }
    for (let i = 0; i < count; i++) addresses[i] = table.peek(hashes[i]);
    let touched = 0;
    for (let i = 0; i < count; i++) {
      const address = addresses[i];
      if (address === NOWHERE) continue;
      const slab = this.slabs.words[slabOf(address)];
      const at = wordOf(address);
      touched ^= slab[at];
      if (at + CACHE_LINE_WORDS < slab.length) touched ^= slab[at + CACHE_LINE_WORDS];
    }
    this.touched ^= touched;
    this.count = count;
    this.next = 0;
  }

  /** The hash of the key at `start` of the same words, or undefined if it was not looked ahead at. */
  hashAt(start: number): number | undefined {
    // Commands come in order, so what lies before this one is not needed any more.
    while (this.next < this.count && this.starts[this.next] < start) this.next++;
    if (this.next === this.count || this.starts[this.next] !== start) return undefined;
    return this.hashes[this.next];
  }

  /** The batch is over. */
  forget(): void {
    this.count = 0;
    this.next = 0;
  }
}
