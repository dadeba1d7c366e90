/**
 * SlabAllocator: memory for entries outside the JavaScript heap, in size classes (Bonwick 1994, without the caches).
 *
 * Shard thread; one per database of a shard, dropped with it. An address counts cells of 16 bytes: slab number on top,
 * cell within the slab below. Slabs of 1 MB are cut up for one size class each. A slab's freed blocks are chained
 * through their first word, and the slabs of a class that have room are chained too, so taking and giving back are O(1). A
 * block larger than the largest class has a slab of its own.
 * Invariants: address 0 is nobody's, since there is no slab 0; the first word of a block in use is negative (its owner
 * writes it at once), that of a free one is an address or 0. So a slab can be walked.
 *
 *   address  | slab (15 bits) | cell (16 bits) |
 *   slab     | class + 1 | blocks used | first free | first cell never used | next with room | previous with room | - | - |
 */
import { Regions } from './regions.js';
import { CELL_BYTES, CLASS_CELLS, OWN_SLAB_CLASS } from './size-classes.js';

const CELL_BITS = 16;
const SLAB_CELLS = 1 << CELL_BITS;

export type Address = number;
/** No block. */
export const NOWHERE: Address = 0;

/** Blocks of a slab by class. */
const CLASS_CAPACITY: readonly number[] = CLASS_CELLS.map((cells) => Math.floor(SLAB_CELLS / cells));
export const CLASSES = CLASS_CELLS.length;

// Words of a slab's state.
const STATE_SHIFT = 3;
const CLASS = 0;
const USED = 1;
const FREE = 2;
const FRESH = 3;
const NEXT = 4;
const PREVIOUS = 5;
/** What classOf() says of a slab that is not cut up. */
const NO_CLASS = -1;

export class SlabAllocator {
  /** Views of the slabs, by slab number. */
  readonly bytes: Buffer[];
  readonly words: Int32Array[];
  /** Bytes of blocks in use, their slack included. */
  usedBytes = 0;

  private readonly regions = new Regions();
  /** State of every slab, eight words each. */
  private state = new Int32Array(64 << STATE_SHIFT);
  /** By class: the first slab with room, how many slabs there are, and how many blocks are used. */
  private readonly roomy = new Int32Array(CLASSES);
  private readonly slabs = new Int32Array(CLASSES);
  private readonly blocks = new Int32Array(CLASSES);
  /** The slab that is being emptied: nothing is taken from it. */
  private closed = 0;

  constructor() {
    this.bytes = this.regions.bytes;
    this.words = this.regions.words;
  }

  /** Bytes of all slabs, but for those that have never been used. */
  get reservedBytes(): number {
    return this.regions.reservedBytes;
  }

  /** Bytes let go of since the start, for the garbage collector to free. */
  get releasedBytes(): number {
    return this.regions.releasedBytes;
  }

  /**
   * Takes a block of the given class (classFor) of at least `bytes`. The caller makes its first word negative.
   * @throws OutOfMemory, with nothing changed
   */
  allocate(sizeClass: number, bytes: number): Address {
    if (sizeClass === OWN_SLAB_CLASS) return this.allocateOwnSlab(bytes);
    let slab = this.roomy[sizeClass];
    if (slab === 0) slab = this.addSlab(sizeClass);
    const { state } = this;
    const at = slab << STATE_SHIFT;
    const cells = CLASS_CELLS[sizeClass];
    let address = state[at + FREE];
    if (address !== NOWHERE) {
      state[at + FREE] = this.words[slab][wordOf(address)];
    } else {
      const cell = state[at + FRESH];
      state[at + FRESH] = cell + cells;
      address = (slab << CELL_BITS) | cell;
    }
    if (++state[at + USED] === CLASS_CAPACITY[sizeClass]) this.unlink(slab);
    this.blocks[sizeClass]++;
    this.usedBytes += cells * CELL_BYTES;
    return address;
  }

  /** Gives a block of the given class back. */
  free(address: Address, sizeClass: number): void {
    const slab = slabOf(address);
    if (sizeClass === OWN_SLAB_CLASS) {
      this.usedBytes -= this.bytes[slab].length;
      this.regions.giveOwn(slab);
      return;
    }
    const { state } = this;
    const at = slab << STATE_SHIFT;
    this.words[slab][wordOf(address)] = state[at + FREE];
    state[at + FREE] = address;
    this.blocks[sizeClass]--;
    this.usedBytes -= CLASS_CELLS[sizeClass] * CELL_BYTES;
    const used = --state[at + USED];
    if (slab === this.closed) return;
    if (used === CLASS_CAPACITY[sizeClass] - 1) this.link(slab, sizeClass);
    // The last one with room is kept, so that one block that comes and goes does not take and give a slab each time.
    if (used === 0 && (this.roomy[sizeClass] !== slab || state[at + NEXT] !== 0)) this.dropSlab(slab);
  }

  /** The size class of a slab, -1 for one that is not in use. */
  classOf(slab: number): number {
    return slab << STATE_SHIFT < this.state.length ? this.state[(slab << STATE_SHIFT) + CLASS] - 1 : NO_CLASS;
  }

  /** Blocks that could be taken from the slabs of a class, and all of its blocks, in slabs. */
  fillOf(sizeClass: number): { free: number; slabs: number } {
    const slabs = this.slabs[sizeClass];
    return { free: slabs - this.blocks[sizeClass] / CLASS_CAPACITY[sizeClass], slabs };
  }

  /** Slabs that take memory and hold nothing. */
  get idleSlabs(): number {
    return this.regions.idleSlabs;
  }

  get slabsInUse(): number {
    return this.slabs.reduce((sum, count) => sum + count, 0);
  }

  /** The slab of a class with the fewest blocks in use, 0 if the class has none. */
  emptiest(sizeClass: number): number {
    let found = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let slab = 1; slab < this.words.length; slab++) {
      if (this.classOf(slab) !== sizeClass) continue;
      const used = this.state[(slab << STATE_SHIFT) + USED];
      if (used < least) [found, least] = [slab, used];
    }
    return found;
  }

  /**
   * Closes the region with the most idle slabs: no slab is taken from it any more. Gives those of it that are in use, which
   * are filled until it is their turn to be emptied.
   */
  closeRegion(): number[] {
    return this.regions.close();
  }

  /** Begins to empty a slab: nothing is taken from it until open(). */
  close(slab: number): void {
    if (this.state[(slab << STATE_SHIFT) + USED] < CLASS_CAPACITY[this.classOf(slab)]) this.unlink(slab);
    this.closed = slab;
  }

  /** Ends the emptying of a slab, which goes back if it is empty and is used again if it is not. */
  open(slab: number): void {
    this.closed = 0;
    const at = slab << STATE_SHIFT;
    const sizeClass = this.classOf(slab);
    if (this.state[at + USED] < CLASS_CAPACITY[sizeClass]) this.link(slab, sizeClass);
    if (this.state[at + USED] === 0) this.dropSlab(slab);
  }

  /** The first block in use from `cell` on, NOWHERE if there is none; `looks` blocks are looked at, at most. */
  nextUsed(slab: number, cell: number, looks: number): { address: Address; cell: number } {
    const cells = CLASS_CELLS[this.classOf(slab)];
    const end = Math.min(this.state[(slab << STATE_SHIFT) + FRESH], cell + looks * cells);
    const words = this.words[slab];
    for (let at = cell; at < end; at += cells) {
      if (words[at << 2] < 0) return { address: (slab << CELL_BITS) | at, cell: at + cells };
    }
    return { address: NOWHERE, cell: Math.max(end, cell) };
  }

  /** Visits up to about `count` blocks in use of a class, evenly spread. */
  sample(sizeClass: number, count: number, visit: (address: Address) => void): void {
    const cells = CLASS_CELLS[sizeClass];
    const stride = Math.max(1, Math.floor(this.blocks[sizeClass] / count)) * cells;
    for (let slab = 1; slab < this.words.length; slab++) {
      if (this.classOf(slab) !== sizeClass) continue;
      const words = this.words[slab];
      for (let cell = 0; cell < this.endOf(slab); cell += stride) {
        if (words[cell << 2] < 0) visit((slab << CELL_BITS) | cell);
      }
    }
  }

  /** Where the part of a slab ends that blocks have been taken from, in cells. */
  endOf(slab: number): number {
    return this.state[(slab << STATE_SHIFT) + FRESH];
  }

  private allocateOwnSlab(bytes: number): Address {
    const slab = this.regions.takeOwn(Math.ceil(bytes / CELL_BYTES) * CELL_BYTES);
    this.usedBytes += this.bytes[slab].length;
    return slab << CELL_BITS;
  }

  private addSlab(sizeClass: number): number {
    const slab = this.regions.take();
    this.ensureState(slab);
    const at = slab << STATE_SHIFT;
    this.state.fill(0, at, at + (1 << STATE_SHIFT));
    this.state[at + CLASS] = sizeClass + 1;
    this.slabs[sizeClass]++;
    this.link(slab, sizeClass);
    return slab;
  }

  /** Gives an empty slab back that is in its class's chain. */
  private dropSlab(slab: number): void {
    this.unlink(slab);
    const at = slab << STATE_SHIFT;
    this.slabs[this.classOf(slab)]--;
    this.state[at + CLASS] = 0;
    this.regions.give(slab);
  }

  /** Puts a slab at the head of its class's chain of those with room. */
  private link(slab: number, sizeClass: number): void {
    const { roomy, state } = this;
    const at = slab << STATE_SHIFT;
    const next = roomy[sizeClass];
    state[at + NEXT] = next;
    state[at + PREVIOUS] = 0;
    if (next !== 0) state[(next << STATE_SHIFT) + PREVIOUS] = slab;
    roomy[sizeClass] = slab;
  }

  private unlink(slab: number): void {
    const { roomy, state } = this;
    const at = slab << STATE_SHIFT;
    const next = state[at + NEXT];
    const previous = state[at + PREVIOUS];
    if (next !== 0) state[(next << STATE_SHIFT) + PREVIOUS] = previous;
    if (previous !== 0) state[(previous << STATE_SHIFT) + NEXT] = next;
    else roomy[this.classOf(slab)] = next;
  }

  private ensureState(slab: number): void {
    // At most 1 MB: there are no more than 2^15 slabs.
    while ((slab + 1) << STATE_SHIFT > this.state.length) {
      const state = new Int32Array(this.state.length * 2);
      state.set(this.state);
      this.state = state;
    }
  }
}

/** Number of the slab an address is in. */
export function slabOf(address: Address): number {
  return address >> CELL_BITS;
}

/** Index of the block's first word in its slab's words. */
export function wordOf(address: Address): number {
  return (address & (SLAB_CELLS - 1)) << 2;
}
