/**
 * SlabAllocator: memory for entries outside the JavaScript heap, in size classes (Bonwick 1994, without the caches).
 *
 * Shard thread; one per database of a shard, dropped with it. An address counts cells of 16 bytes: slab number on top,
 * cell within the slab below. Slabs are ArrayBuffers of 1 MB, cut up for one size class each; freed blocks are chained
 * through their first word and used again. A block larger than the largest class has a slab of its own, given back when it
 * is freed. Invariant: address 0 is nobody's, since there is no slab 0.
 *
 *   address  | slab (15 bits) | cell (16 bits) |
 */

export const CELL_BYTES = 16;
const CELL_BITS = 16;
const SLAB_BYTES = CELL_BYTES << CELL_BITS;
const SLABS_MAX = (1 << 15) - 1;
/** Largest block that shares a slab, in cells. */
const CLASS_CELLS_MAX = 4096;
/** Each size class is at most this part larger than the one before, beyond the first few. */
const GROWTH = 1 / 8;

const NO_BYTES = Buffer.alloc(0);
const NO_WORDS = new Int32Array(0);

/** Neither memory nor a slab number is left. Nothing has been changed by what was tried. */
export class OutOfMemory extends Error {
  /** What to reply. */
  readonly reply = 'OOM no memory is left for this value';
}

export type Address = number;
/** No block. */
export const NOWHERE: Address = 0;

/** Sizes of the classes in cells, ascending. */
const CLASS_CELLS: readonly number[] = sizeClasses();
/** The smallest class with room for a number of cells. */
const CLASS_OF_CELLS = classOfCells();
/** The class of blocks with a slab of their own. */
export const OWN_SLAB_CLASS = 255;

export class SlabAllocator {
  /** Views of the slabs, by slab number. */
  readonly bytes: Buffer[] = [NO_BYTES];
  readonly words: Int32Array[] = [NO_WORDS];
  /** Bytes of blocks in use, their slack included. */
  usedBytes = 0;
  /** Bytes of all slabs. */
  reservedBytes = 0;

  private readonly freeBlocks = new Int32Array(CLASS_CELLS.length);
  /** Where the class's newest slab is not cut up yet, and where it ends. */
  private readonly freshFrom = new Int32Array(CLASS_CELLS.length);
  private readonly freshEnd = new Int32Array(CLASS_CELLS.length);
  private readonly freeSlabNumbers: number[] = [];

  /**
   * Takes a block of the given class (classFor) of at least `bytes`.
   * @throws OutOfMemory, with nothing changed
   */
  allocate(sizeClass: number, bytes: number): Address {
    if (sizeClass === OWN_SLAB_CLASS) return this.allocateOwnSlab(bytes);
    const cells = CLASS_CELLS[sizeClass];
    let address = this.freeBlocks[sizeClass];
    if (address !== NOWHERE) {
      this.freeBlocks[sizeClass] = this.words[address >> CELL_BITS][wordOf(address)];
    } else {
      address = this.freshFrom[sizeClass];
      if (address === NOWHERE || address + cells > this.freshEnd[sizeClass]) {
        const slab = this.addSlab(SLAB_BYTES);
        address = slab << CELL_BITS;
        this.freshEnd[sizeClass] = (slab + 1) << CELL_BITS;
      }
      this.freshFrom[sizeClass] = address + cells;
    }
    this.usedBytes += cells * CELL_BYTES;
    return address;
  }

  /** Gives a block of the given class back. */
  free(address: Address, sizeClass: number): void {
    if (sizeClass === OWN_SLAB_CLASS) {
      this.dropSlab(address >> CELL_BITS);
      return;
    }
    this.words[address >> CELL_BITS][wordOf(address)] = this.freeBlocks[sizeClass];
    this.freeBlocks[sizeClass] = address;
    this.usedBytes -= CLASS_CELLS[sizeClass] * CELL_BYTES;
  }

  private allocateOwnSlab(bytes: number): Address {
    const slab = this.addSlab(Math.ceil(bytes / CELL_BYTES) * CELL_BYTES);
    this.usedBytes += this.bytes[slab].length;
    return slab << CELL_BITS;
  }

  private addSlab(bytes: number): number {
    const slab = this.freeSlabNumbers.pop() ?? this.bytes.length;
    const buffer = slab < SLABS_MAX ? bufferOf(bytes) : null;
    if (buffer === null) {
      if (slab < this.bytes.length) this.freeSlabNumbers.push(slab);
      throw new OutOfMemory();
    }
    this.bytes[slab] = Buffer.from(buffer);
    this.words[slab] = new Int32Array(buffer);
    this.reservedBytes += bytes;
    return slab;
  }

  private dropSlab(slab: number): void {
    this.usedBytes -= this.bytes[slab].length;
    this.reservedBytes -= this.bytes[slab].length;
    this.bytes[slab] = NO_BYTES;
    this.words[slab] = NO_WORDS;
    this.freeSlabNumbers.push(slab);
  }
}

function bufferOf(bytes: number): ArrayBuffer | null {
  try {
    return new ArrayBuffer(bytes);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Number of the slab an address is in. */
export function slabOf(address: Address): number {
  return address >> CELL_BITS;
}

/** Index of the block's first word in its slab's words. */
export function wordOf(address: Address): number {
  return (address & ((1 << CELL_BITS) - 1)) << 2;
}

/** The size class for a block of `bytes`. */
export function classFor(bytes: number): number {
  const cells = (bytes + CELL_BYTES - 1) >> 4;
  return cells <= CLASS_CELLS_MAX ? CLASS_OF_CELLS[cells] : OWN_SLAB_CLASS;
}

function sizeClasses(): number[] {
  const sizes: number[] = [];
  for (
    let cells = 1;
    cells < CLASS_CELLS_MAX;
    cells = Math.max(cells + 1, Math.floor(cells * (1 + GROWTH)))
  ) {
    sizes.push(cells);
  }
  return [...sizes, CLASS_CELLS_MAX];
}

function classOfCells(): Uint8Array {
  const classes = new Uint8Array(CLASS_CELLS_MAX + 1);
  let sizeClass = 0;
  for (let cells = 0; cells <= CLASS_CELLS_MAX; cells++) {
    if (cells > CLASS_CELLS[sizeClass]) sizeClass++;
    classes[cells] = sizeClass;
  }
  return classes;
}
