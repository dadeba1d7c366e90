/** Size classes: which sizes of blocks the slabs are cut into. Shard thread. */

/** Sizes are counted in cells, and addresses too. */
export const CELL_BYTES = 16;
/** Largest block that shares a slab, in cells. */
const CLASS_CELLS_MAX = 4096;
/** Each size class is at most this part larger than the one before, beyond the first few. */
const GROWTH = 1 / 8;

const ENTRY_CELLS = sizeClasses();
/** The class of the timing wheel's nodes: they have slabs of their own, so that a slab holds blocks of one kind. */
export const NODE_CLASS = ENTRY_CELLS.length;
export const NODE_BYTES = 32;
/** The class of the hash table's segments: a header of one cell, and 1,024 slots. */
export const SEGMENT_CLASS = NODE_CLASS + 1;
export const SEGMENT_HEADER_BYTES = CELL_BYTES;
export const SEGMENT_SLOTS = 1024;
export const SLOT_BYTES = 8;
/** Cells of a block by class. */
export const CLASS_CELLS: readonly number[] = [
  ...ENTRY_CELLS,
  NODE_BYTES / CELL_BYTES,
  (SEGMENT_HEADER_BYTES + SEGMENT_SLOTS * SLOT_BYTES) / CELL_BYTES,
];
/** The class of blocks with a slab of their own. */
export const OWN_SLAB_CLASS = 255;

/** The smallest class with room for a number of cells. */
const CLASS_OF_CELLS = classOfCells();

/** The size class for an entry of `bytes`. */
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
    if (cells > ENTRY_CELLS[sizeClass]) sizeClass++;
    classes[cells] = sizeClass;
  }
  return classes;
}
