/**
 * Compactor: makes room that deletions have left in every slab into memory that can be given back.
 *
 * Shard thread; one per database of a shard. After random deletions all slabs are sparse and none is empty. So the sparsest
 * slab of a class is closed and its blocks are moved to others, a few in a turn, until it is empty; and when whole slabs lie
 * idle, the region with the most of them is emptied in the same way, since only whole regions go back to the system.
 * It works between commands only: handles do not outlive it. Nothing is moved while less than a slab could be won.
 */
import { CELL_BYTES, CLASS_CELLS } from './size-classes.js';
import { type Address, CLASSES, NOWHERE, type SlabAllocator } from './slab-allocator.js';

/** Part of a class's slabs that may be free before its sparsest is emptied. */
const FREE_MAX = 0.12;
/** Idle slabs, beside a part of those in use, before a region is emptied. */
const IDLE_SLABS_MAX = 4;
const IDLE_FRACTION_MAX = 0.08;
/** It looks for work again when this much has been freed, or taken, since it found none. */
const LOOK_BYTES = 256 * 1024;
const LOOK_RESERVED_BYTES = 4 * 1024 * 1024;
/** What one unit of the budget pays for: a block moved, so many bytes of it, or so many blocks looked at. */
const BYTES_A_STEP = 1024;
const LOOKS_A_STEP = 8;

export class Compactor {
  private readonly slabs: SlabAllocator;
  /** Moves the block at an address of a class to another place and frees it. */
  private readonly move: (from: Address, sizeClass: number) => void;
  /** Slabs still to be emptied; the first one is closed. */
  private victims: number[] = [];
  private working = false;
  /** The cell of the first victim that comes next. */
  private cell = 0;
  // Used and reserved bytes when it found nothing to do; the most and the least since.
  private quietUsedBytes = 0;
  private quietReservedBytes = 0;

  constructor(slabs: SlabAllocator, move: (from: Address, sizeClass: number) => void) {
    this.slabs = slabs;
    this.move = move;
  }

  /** Whether step() has something to do, or to look for. */
  get pending(): boolean {
    const { reservedBytes, usedBytes } = this.slabs;
    return (
      this.working ||
      usedBytes < this.quietUsedBytes - LOOK_BYTES ||
      reservedBytes > this.quietReservedBytes + LOOK_RESERVED_BYTES
    );
  }

  /** Notes how much is in use now; to be called now and then. */
  note(): void {
    const { reservedBytes, usedBytes } = this.slabs;
    if (usedBytes > this.quietUsedBytes) this.quietUsedBytes = usedBytes;
    if (reservedBytes < this.quietReservedBytes) this.quietReservedBytes = reservedBytes;
  }

  /** Looks for work with the next step, however little has been freed. */
  look(): void {
    this.quietUsedBytes = Number.POSITIVE_INFINITY;
  }

  /**
   * Does `budget` units of work, some 300 ns each; returns what is left.
   * @throws OutOfMemory where there is none to move a block to; what was moved until then stays moved
   */
  step(budget: number): number {
    let left = budget;
    while (left > 0) {
      if (!this.working && !this.begin()) return left;
      left = this.empty(this.victims[0], left);
    }
    return 0;
  }

  /** Moves the blocks of a closed slab; goes on to the next when all are moved. */
  private empty(slab: number, budget: number): number {
    const sizeClass = this.slabs.classOf(slab);
    const cost = 1 + (CLASS_CELLS[sizeClass] * CELL_BYTES) / BYTES_A_STEP;
    let left = budget;
    while (left > 0) {
      const { address, cell } = this.slabs.nextUsed(slab, this.cell, LOOKS_A_STEP);
      if (address !== NOWHERE) {
        this.move(address, sizeClass);
        // Behind the move, so that one for which there is no memory is tried again.
        this.cell = cell;
        left -= cost;
        continue;
      }
      this.cell = cell;
      left--;
      if (cell < this.slabs.endOf(slab)) continue;
      this.slabs.open(slab);
      this.victims.shift();
      this.closeFirst();
      break;
    }
    return left;
  }

  /** Chooses what to empty next; false if it is not worth while. */
  private begin(): boolean {
    const { slabs } = this;
    let wasteful = -1;
    let most = 0;
    for (let sizeClass = 0; sizeClass < CLASSES; sizeClass++) {
      const { free, slabs: count } = slabs.fillOf(sizeClass);
      if (free >= 1 && free > count * FREE_MAX && free > most) [wasteful, most] = [sizeClass, free];
    }
    if (wasteful >= 0) this.victims = [slabs.emptiest(wasteful)];
    else if (slabs.idleSlabs > IDLE_SLABS_MAX + slabs.slabsInUse * IDLE_FRACTION_MAX) {
      this.victims = slabs.closeRegion();
    }
    this.closeFirst();
    if (this.working) return true;
    this.quietUsedBytes = slabs.usedBytes;
    this.quietReservedBytes = slabs.reservedBytes;
    return false;
  }

  private closeFirst(): void {
    // What has become empty on its own since the region was closed has gone back already.
    while (this.victims.length > 0 && this.slabs.classOf(this.victims[0]) < 0) this.victims.shift();
    this.working = this.victims.length > 0;
    this.cell = 0;
    if (this.working) this.slabs.close(this.victims[0]);
  }
}
