/**
 * Regions: the memory that slabs are made of, taken from the system in large pieces and given back in the same.
 *
 * Shard thread; one per database of a shard, dropped with it. A region is a buffer of 33 slabs of 1 MB; the first one
 * is a single slab, so that small databases take little. 33 MB, because glibc takes requests above 32 MB from the system
 * each time and gives them back when they are freed; smaller ones it keeps, once one of their size has been freed
 * (measured with slabs as buffers of their own: of 630 MB, none came back the second time). Resizable buffers give memory
 * back at once, but reads and writes through them cost SET and GET a fifth to a quarter.
 * Pages of a region that no slab has used yet take no memory.
 */
import { OutOfMemory } from './out-of-memory.js';

const SLAB_BYTES = 1024 * 1024;
const REGION_SLABS = 33;
/** Slab numbers are 15 bits of an address; 0 is nobody's. */
const SLABS_MAX = (1 << 15) - 1;
/** An empty region is kept while the others have fewer free slabs than this. */
const SPARE_SLABS_MIN = 4;

const NO_BYTES = Buffer.alloc(0);
const NO_WORDS = new Int32Array(0);

interface Region {
  /** The numbers of its slabs. */
  readonly slabs: readonly number[];
  /** Numbers of slabs that have been used and are not any more. */
  readonly free: number[];
  /** How many of `slabs`, from the first, have ever been used. */
  touched: number;
  /** No slab is taken from it any more: it is being emptied. */
  closing: boolean;
}

export class Regions {
  /** Views of the slabs, by slab number. */
  readonly bytes: Buffer[] = [NO_BYTES];
  readonly words: Int32Array[] = [NO_WORDS];
  /** Bytes of the slabs that have been used, so that they take memory. */
  reservedBytes = 0;
  /** Bytes that were let go of since the start; it is for the garbage collector to free them. */
  releasedBytes = 0;

  private readonly regions: Region[] = [];
  private readonly regionOfSlab: (Region | undefined)[] = [];
  private readonly freeNumbers: number[] = [];

  /**
   * Takes a slab; what it holds is arbitrary.
   * @throws OutOfMemory, with nothing changed
   */
  take(): number {
    const region =
      this.regions.find(({ closing, free }) => !closing && free.length > 0) ??
      this.regions.find(({ closing, slabs, touched }) => !closing && touched < slabs.length) ??
      this.addRegion();
    const slab = region.free.pop();
    if (slab !== undefined) return slab;
    this.reservedBytes += SLAB_BYTES;
    return region.slabs[region.touched++];
  }

  /** Gives a slab back, and with it the region, if that is empty and not needed soon. */
  give(slab: number): void {
    const region = this.regionOfSlab[slab]!;
    region.free.push(slab);
    if (region.free.length < region.touched) return;
    const spare = this.regions.reduce((sum, other) => sum + (other === region ? 0 : available(other)), 0);
    if (region.closing || spare >= SPARE_SLABS_MIN) this.dropRegion(region);
  }

  /**
   * Takes a slab of another size, in a buffer of its own.
   * @throws OutOfMemory, with nothing changed
   */
  takeOwn(bytes: number): number {
    const buffer = bufferOf(bytes);
    const slab = this.addSlab(buffer, 0, bytes);
    this.reservedBytes += bytes;
    return slab;
  }

  giveOwn(slab: number): void {
    const { length } = this.bytes[slab];
    this.reservedBytes -= length;
    this.releasedBytes += length;
    this.dropSlab(slab);
  }

  /** Slabs that take memory and hold nothing. */
  get idleSlabs(): number {
    return this.regions.reduce((sum, { free }) => sum + free.length, 0);
  }

  /** Closes the region with the most idle slabs and gives the slabs of it that are in use; it goes with the last of them. */
  close(): number[] {
    let emptiest: Region | undefined;
    for (const region of this.regions) {
      if (region.closing || region.free.length === 0) continue;
      if (emptiest === undefined || region.free.length > emptiest.free.length) emptiest = region;
    }
    if (emptiest === undefined) return [];
    const { free, slabs, touched } = emptiest;
    if (free.length === touched) {
      this.dropRegion(emptiest);
      return [];
    }
    emptiest.closing = true;
    const idle = new Set(free);
    return slabs.slice(0, touched).filter((slab) => !idle.has(slab));
  }

  private addRegion(): Region {
    const count = this.regions.length === 0 ? 1 : REGION_SLABS;
    const buffer = bufferOf(count * SLAB_BYTES);
    const numbers = SLABS_MAX - this.bytes.length + this.freeNumbers.length;
    if (numbers < count) throw new OutOfMemory();
    const slabs = Array.from({ length: count }, (_, i) => this.addSlab(buffer, i * SLAB_BYTES, SLAB_BYTES));
    const region: Region = { slabs, free: [], touched: 0, closing: false };
    for (const slab of slabs) this.regionOfSlab[slab] = region;
    this.regions.push(region);
    return region;
  }

  private dropRegion(region: Region): void {
    this.regions.splice(this.regions.indexOf(region), 1);
    for (const slab of region.slabs) {
      this.regionOfSlab[slab] = undefined;
      this.dropSlab(slab);
    }
    this.reservedBytes -= region.touched * SLAB_BYTES;
    this.releasedBytes += region.touched * SLAB_BYTES;
  }

  /** @throws OutOfMemory */
  private addSlab(buffer: SharedArrayBuffer, start: number, bytes: number): number {
    const slab = this.freeNumbers.pop() ?? this.bytes.length;
    if (slab >= SLABS_MAX) throw new OutOfMemory();
    this.bytes[slab] = Buffer.from(buffer, start, bytes);
    this.words[slab] = new Int32Array(buffer, start, bytes >> 2);
    return slab;
  }

  private dropSlab(slab: number): void {
    this.bytes[slab] = NO_BYTES;
    this.words[slab] = NO_WORDS;
    this.freeNumbers.push(slab);
  }
}

/** Slabs that can be taken from a region. */
function available({ closing, free, slabs, touched }: Region): number {
  return closing ? 0 : slabs.length - touched + free.length;
}

/**
 * Shared, though only one thread sees it: V8 does not count shared memory as its own, and so does not collect garbage, which
 * finds nothing and stalls the thread for milliseconds, whenever some of it has been taken.
 * @throws OutOfMemory
 */
function bufferOf(bytes: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(bytes);
  } catch (error) {
    throw error instanceof RangeError ? new OutOfMemory() : error;
  }
}
