/**
 * HyperLogLog: one while it is changed. Pure; a thread has one object for all of them.
 *
 * A dense one is changed where it lies. A sparse one is copied first, since it grows and shrinks, and becomes dense when it
 * gets too long or a register too large for it; isCopy says that what there is now has to be stored. Elements are added as
 * Redis adds them, run by run, so that the bytes are the same.
 */
import {
  codeBytes,
  DENSE,
  DENSE_BYTES,
  encodingOf,
  HEADER_BYTES,
  isSound,
  isValueRun,
  makeStale,
  mergeInto,
  REGISTERS,
  raiseDenseRegister,
  runLength,
  runValue,
  SPARSE_VALUE_MAX,
  setEncoding,
  VALUE_RUN_MAX,
  valueCode,
  writeEmpty,
  writeZeroes,
} from './hyperloglog-registers.js';
import { MurmurHash } from './murmur-hash.js';

/** What adding has done. */
export const UNCHANGED = 0;
export const CHANGED = 1;
/** The bytes are no sound HyperLogLog. */
export const CORRUPT = 2;
export type Outcome = typeof UNCHANGED | typeof CHANGED | typeof CORRUPT;

/** Bits of a hash that are a register's number. */
const INDEX_BITS = 14;
/** The most that changing one register adds. */
const GROWTH_BYTES_MAX = 3;
const KEPT_BYTES_MAX = 64 * 1024;
/** How many codes from the changed one's neighbour on are looked at for runs to be joined. */
const JOIN_CODES = 5;

export class HyperLogLog {
  /** Where it is: bytes [start, start + length). */
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  length = 0;
  /** Whether that is no longer where it was opened. */
  isCopy = false;
  /** How long it may be before it becomes dense. */
  sparseBytesMax = 0;

  private scratch = Buffer.alloc(0);
  private readonly dense = Buffer.alloc(DENSE_BYTES);
  private readonly registers = new Uint8Array(REGISTERS);
  private readonly hash = new MurmurHash();
  private readonly codes = new Uint8Array(GROWTH_BYTES_MAX + 2);

  /** Begins with one that has no elements. */
  create(sparseBytesMax: number): void {
    this.sparseBytesMax = sparseBytesMax;
    this.makeScratch(HEADER_BYTES);
    this.use(this.scratch, 0, writeEmpty(this.scratch), true);
  }

  /**
   * Begins with bytes [start, start + length), which have been found to have a HyperLogLog's header.
   * @throws RangeError where there is no memory for a copy
   */
  open(bytes: Buffer, start: number, length: number, sparseBytesMax: number): void {
    this.sparseBytesMax = sparseBytesMax;
    if (encodingOf(bytes, start) === DENSE) {
      this.use(bytes, start, length, false);
      return;
    }
    this.makeScratch(length);
    bytes.copy(this.scratch, 0, start, start + length);
    this.use(this.scratch, 0, length, true);
  }

  get isDense(): boolean {
    return encodingOf(this.bytes, this.start) === DENSE;
  }

  /** Adds the element that is bytes [start, end) of `element`. @throws RangeError where there is no memory to grow */
  add(element: Uint8Array, start: number, end: number): Outcome {
    const { hash } = this;
    hash.hash(element, start, end);
    const index = hash.low & (REGISTERS - 1);
    // The number of the lowest bit that is set of the rest, from 1 on; one behind the last ends the search.
    const low = (hash.low >>> INDEX_BITS) | (hash.high << (32 - INDEX_BITS));
    const high = (hash.high >>> INDEX_BITS) | (1 << (32 - INDEX_BITS));
    const value = low === 0 ? 33 + lowestBit(high) : 1 + lowestBit(low);
    return this.raise(index, value);
  }

  /** Makes the register at least `value`. @throws RangeError where there is no memory to grow */
  raise(index: number, value: number): Outcome {
    if (!this.isDense) return this.raiseSparse(index, value);
    return raiseDenseRegister(this.bytes, this.start + HEADER_BYTES, index, value) ? CHANGED : UNCHANGED;
  }

  /** Makes it dense; false if it is not sound, and then nothing has changed. */
  makeDense(): boolean {
    if (this.isDense) return true;
    if (!isSound(this.bytes, this.start, this.length)) return false;
    this.registers.fill(0);
    mergeInto(this.registers, this.bytes, this.start, this.length);
    const { dense } = this;
    dense.fill(0);
    this.bytes.copy(dense, 0, this.start, this.start + HEADER_BYTES);
    setEncoding(dense, 0, DENSE);
    for (let i = 0; i < REGISTERS; i++) {
      if (this.registers[i] > 0) raiseDenseRegister(dense, HEADER_BYTES, i, this.registers[i]);
    }
    this.use(dense, 0, DENSE_BYTES, true);
    return true;
  }

  private raiseSparse(index: number, value: number): Outcome {
    if (value > SPARSE_VALUE_MAX) return this.raiseAsDense(index, value);
    this.makeRoom();
    const { bytes } = this;
    const end = this.start + this.length;
    let at = this.start + HEADER_BYTES;
    const from = at;
    let before = from;
    let first = 0;
    let run = 0;
    while (at < end) {
      run = runLength(bytes, at, end);
      if (index < first + run) break;
      before = at;
      at += codeBytes(bytes[at]);
      first += run;
    }
    if (at >= end) return CORRUPT;

    const code = bytes[at];
    if (isValueRun(code) && runValue(code) >= value) return UNCHANGED;
    if (run === 1 && codeBytes(code) === 1) {
      bytes[at] = valueCode(value, 1);
    } else {
      const count = this.split(code, index - first, value, first + run - 1 - index);
      const growth = count - codeBytes(code);
      if (growth > 0 && this.length + growth > this.sparseBytesMax) return this.raiseAsDense(index, value);
      const next = at + codeBytes(code);
      if (growth !== 0 && next < end) bytes.copyWithin(next + growth, next, end);
      bytes.set(this.codes.subarray(0, count), at);
      this.length += growth;
    }
    this.joinRuns(before);
    makeStale(this.bytes, this.start);
    return CHANGED;
  }

  /** Fills `codes` with what takes the place of a run: the registers before one, that one, those behind; returns how many bytes. */
  private split(code: number, before: number, value: number, behind: number): number {
    const { codes } = this;
    let count = 0;
    if (isValueRun(code)) {
      const old = runValue(code);
      if (before > 0) codes[count++] = valueCode(old, before);
      codes[count++] = valueCode(value, 1);
      if (behind > 0) codes[count++] = valueCode(old, behind);
      return count;
    }
    if (before > 0) count += writeZeroes(codes, count, before);
    codes[count++] = valueCode(value, 1);
    if (behind > 0) count += writeZeroes(codes, count, behind);
    return count;
  }

  /** Joins neighbouring runs of the same value, among the few codes from `at` on. */
  private joinRuns(from: number): void {
    const { bytes } = this;
    let at = from;
    for (let looks = JOIN_CODES; looks > 0 && at < this.start + this.length; looks--) {
      const end = this.start + this.length;
      const code = bytes[at];
      const next = at + 1 < end ? bytes[at + 1] : 0;
      if (isValueRun(code) && isValueRun(next) && runValue(code) === runValue(next)) {
        const run = runLength(bytes, at, end) + runLength(bytes, at + 1, end);
        if (run <= VALUE_RUN_MAX) {
          bytes[at + 1] = valueCode(runValue(code), run);
          bytes.copyWithin(at, at + 1, end);
          this.length--;
          continue;
        }
      }
      at += codeBytes(code);
    }
  }

  private raiseAsDense(index: number, value: number): Outcome {
    return this.makeDense() ? this.raise(index, value) : CORRUPT;
  }

  private use(bytes: Buffer, start: number, length: number, isCopy: boolean): void {
    this.bytes = bytes;
    this.start = start;
    this.length = length;
    this.isCopy = isCopy;
  }

  /** Makes the scratch memory large enough for so many bytes and a change, and gives back the room of a strange one. */
  private makeScratch(bytes: number): void {
    const needed = bytes + GROWTH_BYTES_MAX;
    if (this.scratch.length >= needed && this.scratch.length <= KEPT_BYTES_MAX) return;
    this.scratch = Buffer.allocUnsafeSlow(Math.max(needed, DENSE_BYTES));
  }

  private makeRoom(): void {
    if (this.length + GROWTH_BYTES_MAX <= this.scratch.length) return;
    const larger = Buffer.allocUnsafeSlow(this.length * 2);
    this.scratch.copy(larger, 0, 0, this.length);
    this.scratch = larger;
    this.bytes = larger;
  }
}

function lowestBit(value: number): number {
  return 31 - Math.clz32(value & -value);
}
