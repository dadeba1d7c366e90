/**
 * Entries: the bytes of keys and values in their slabs, and the values too large for one.
 *
 * Shard thread; one per database of a shard. Key and value start on a word, as the arguments of a batch do: they are hashed,
 * compared and copied by words. A value of LARGE_BYTES or more has a buffer of its own, found by the entry's address. A
 * value may be shorter than the place it has, in the block or in that buffer, so that it can grow where it is.
 *
 *   entry  | size class, type, flags, access | key length | access, value length | wheel node |  key, padded  |  value  | slack |
 *            1 word, negative                  1 word       1 word                 1 word, 0 for no deadline
 *
 *   bit      31      30 .. 15             14 .. 12  11 .. 8  7 .. 0        31 .. 24            23 .. 0
 *          | in use | access, high bits | flags   | type   | size class |  | access, low byte | value length |
 *
 * `access` is the 24 bits of access-clock.ts, which gives them their meaning. The length of a value in a buffer of its own
 * may need more bits and is kept with the buffer.
 */
import type { Argv } from '../protocol/argv.js';
import { copyBytes } from '../protocol/copy-bytes.js';
import { type HashSeed, halfSipHash, lastWordMask } from './half-siphash.js';
import { OutOfMemory } from './out-of-memory.js';
import { CELL_BYTES, CLASS_CELLS, classFor, OWN_SLAB_CLASS } from './size-classes.js';
import { type Address, NOWHERE, type SlabAllocator, slabOf, wordOf } from './slab-allocator.js';

/** What an entry holds. */
export const TYPE_STRING = 1;
export type EntryType = typeof TYPE_STRING;

// Words of an entry.
const KIND = 0;
const KEY_LENGTH = 1;
const VALUE_LENGTH = 2;
const NODE = 3;
const HEADER_WORDS = 4;
// The first word: size class in the low byte, then the type, then flags.
const CLASS_MASK = 0xff;
const TYPE_SHIFT = 8;
const TYPE_MASK = 0xf;
const LARGE_FLAG = 1 << 12;
/** The string has been changed in place, which makes its encoding raw whatever it spells. */
const RAW_FLAG = 1 << 13;
/** The string is kept as text even if it spells an integer, as Redis keeps the results of its floats. */
const TEXT_FLAG = 1 << 14;
/** What a value that is set anew has not. */
const ENCODING_FLAGS = RAW_FLAG | TEXT_FLAG;
/** From this bit on the word has the high bits of the access field. */
const ACCESS_SHIFT = 15;
const ACCESS_MASK = 0xffff << ACCESS_SHIFT;
/** Makes the word negative, by which slabs know a block in use. */
const IN_USE = 1 << 31;

// The third word: the length of a value in the block, and above it the low byte of the access field.
const LENGTH_MASK = 0xffffff;
const LOW_ACCESS_SHIFT = 24;
const LOW_ACCESS_BITS = 8;
const LOW_ACCESS_MASK = 0xff;

/** From this size on a value has a buffer of its own. */
const LARGE_BYTES = 16 * 1024;
/** Longer copies are left to native code. */
const COPY_LOOP_WORDS_MAX = 64;
/** The same for zeroes, which are written byte by byte. */
const ZERO_LOOP_BYTES_MAX = 32;

/** A value in a buffer of its own, the first `length` bytes of it. */
interface LargeValue {
  readonly bytes: Buffer;
  length: number;
}

export class Entries {
  readonly slabs: SlabAllocator;
  private readonly seedLow: number;
  private readonly seedHigh: number;
  private readonly largeValues = new Map<Address, LargeValue>();
  /** Bytes of values in buffers of their own. */
  largeBytes = 0;
  /** Bytes of such values that were let go of since the start. */
  releasedBytes = 0;

  constructor(slabs: SlabAllocator, [seedLow, seedHigh]: HashSeed) {
    this.slabs = slabs;
    this.seedLow = seedLow;
    this.seedHigh = seedHigh;
  }

  /** Takes a block for a string with the given key, and writes all but its value, for which there is room. */
  create(
    keyWords: Int32Array,
    keyStart: number,
    keyLength: number,
    valueBytes: number,
    access: number,
  ): Address {
    const address = this.allocate(keyLength, valueBytes);
    const words = this.wordsOf(address);
    const at = wordOf(address);
    words[at + KEY_LENGTH] = keyLength;
    words[at + VALUE_LENGTH] = valueBytes;
    this.setAccess(address, access);
    words[at + NODE] = NOWHERE;
    copyWords(keyWords, keyStart, words, at + HEADER_WORDS, (keyLength + 3) >> 2);
    return address;
  }

  /** Gives the bytes of an entry back. */
  free(address: Address): void {
    this.detach(address);
    this.slabs.free(address, this.wordsOf(address)[wordOf(address) + KIND] & CLASS_MASK);
  }

  /** Whether the entry's key is the `length` bytes that start with word `start` of `sought`. */
  hasKey(address: Address, sought: Int32Array, start: number, length: number): boolean {
    const words = this.slabs.words[slabOf(address)];
    const at = wordOf(address);
    if (words[at + KEY_LENGTH] !== length) return false;
    const keyAt = at + HEADER_WORDS;
    const whole = length >> 2;
    for (let i = 0; i < whole; i++) if (words[keyAt + i] !== sought[start + i]) return false;
    return (
      (length & 3) === 0 || ((words[keyAt + whole] ^ sought[start + whole]) & lastWordMask(length)) === 0
    );
  }

  /** The hash of the entry's key. */
  hash(address: Address): number {
    const at = wordOf(address);
    const words = this.wordsOf(address);
    return halfSipHash(words, at + HEADER_WORDS, words[at + KEY_LENGTH], this.seedLow, this.seedHigh);
  }

  /** Whether a value of `valueBytes` belongs into the block the entry has. */
  fits(address: Address, valueBytes: number): boolean {
    const words = this.wordsOf(address);
    const at = wordOf(address);
    const sizeClass = words[at + KIND] & CLASS_MASK;
    return (
      sizeClass !== OWN_SLAB_CLASS && classFor(entryBytes(words[at + KEY_LENGTH], valueBytes)) === sizeClass
    );
  }

  /** Makes room for a value of `valueBytes`, which fits, in place of the one there is. */
  clear(address: Address, valueBytes: number): void {
    this.detach(address);
    const words = this.wordsOf(address);
    const at = wordOf(address);
    words[at + KIND] &= ~ENCODING_FLAGS;
    this.setInlineLength(words, at, valueBytes);
  }

  /** A new entry with the key, the node and the access field of another, and room for a value of `valueBytes`. */
  createLike(from: Address, valueBytes: number): Address {
    const words = this.wordsOf(from);
    const at = wordOf(from);
    const keyLength = words[at + KEY_LENGTH];
    const to = this.create(words, at + HEADER_WORDS, keyLength, valueBytes, this.access(from));
    this.setNode(to, words[at + NODE]);
    return to;
  }

  /** Copies an entry, value and all, to another block of its size, and frees the one it had. */
  relocate(from: Address): Address {
    const fromWords = this.wordsOf(from);
    const fromAt = wordOf(from);
    const sizeClass = fromWords[fromAt + KIND] & CLASS_MASK;
    const bytes = CLASS_CELLS[sizeClass] * CELL_BYTES;
    const to = this.slabs.allocate(sizeClass, bytes);
    copyWords(fromWords, fromAt, this.wordsOf(to), wordOf(to), bytes >> 2);
    const large = this.largeValues.get(from);
    if (large !== undefined) {
      this.largeValues.delete(from);
      this.largeValues.set(to, large);
    }
    this.slabs.free(from, sizeClass);
    return to;
  }

  /** Copies an entry of another database, value and all but the node; a value in a buffer of its own is shared. */
  copyFrom(other: Entries, from: Address): Address {
    const fromWords = other.wordsOf(from);
    const fromAt = wordOf(from);
    const bytes = other.blockBytes(from);
    const to = this.slabs.allocate(fromWords[fromAt + KIND] & CLASS_MASK, bytes);
    copyWords(fromWords, fromAt, this.wordsOf(to), wordOf(to), bytes >> 2);
    this.setNode(to, NOWHERE);
    const large = other.largeValues.get(from);
    if (large !== undefined) {
      this.largeValues.set(to, { ...large });
      this.largeBytes += large.bytes.length;
    }
    return to;
  }

  /** Writes the value that is argument `valueAt`, for which there is room. */
  writeValue(address: Address, argv: Argv, valueAt: number): void {
    const count = (argv.length(valueAt) + 3) >> 2;
    const from = argv.wordsOf(valueAt);
    copyWords(from, argv.wordStart(valueAt), this.wordsOf(address), this.valueAt(address) >> 2, count);
  }

  /** Writes argument `valueAt` in place of the value there is, if both are small and it fits; says whether it did. */
  overwrite(address: Address, argv: Argv, valueAt: number): boolean {
    const words = this.wordsOf(address);
    const at = wordOf(address);
    const kind = words[at + KIND];
    const keyLength = words[at + KEY_LENGTH];
    const length = argv.length(valueAt);
    const sizeClass = kind & CLASS_MASK;
    if ((kind & LARGE_FLAG) !== 0 || length >= LARGE_BYTES || sizeClass === OWN_SLAB_CLASS) return false;
    if (classFor(entryBytes(keyLength, length)) !== sizeClass) return false;
    words[at + KIND] = kind & ~ENCODING_FLAGS;
    this.setInlineLength(words, at, length);
    const to = at + HEADER_WORDS + ((keyLength + 3) >> 2);
    copyWords(argv.wordsOf(valueAt), argv.wordStart(valueAt), words, to, (length + 3) >> 2);
    return true;
  }

  /** Writes bytes into the entry's place for its value, where there must be room for them. */
  writeBytes(address: Address, source: Buffer, start: number, length: number): void {
    copyBytes(source, start, start + length, this.valueSource(address), this.valueStart(address));
  }

  /** The longest value there is room for where the value is now. */
  capacity(address: Address): number {
    if (this.isLarge(address)) return this.largeValues.get(address)!.bytes.length;
    return this.blockBytes(address) - entryBytes(this.keyLength(address), 0);
  }

  /** Makes the value longer or shorter, within its capacity. What it is longer by is zeroes. */
  resize(address: Address, length: number): void {
    const from = this.valueLength(address);
    if (this.isLarge(address)) this.largeValues.get(address)!.length = length;
    else this.setInlineLength(this.wordsOf(address), wordOf(address), length);
    this.zero(address, from, length);
  }

  /**
   * An entry like another, with the first bytes of its value, which is to be `length` long, in a block with room for
   * `capacity` bytes.
   * @throws OutOfMemory, with nothing changed
   */
  createResized(from: Address, length: number, capacity: number): Address {
    const to = this.createLike(from, capacity);
    const kept = Math.min(this.valueLength(from), length);
    this.setInlineLength(this.wordsOf(to), wordOf(to), length);
    this.writeBytes(to, this.valueSource(from), this.valueStart(from), kept);
    this.zero(to, kept, length);
    return to;
  }

  /** Makes bytes [start, end) of the value zeroes. */
  zero(address: Address, start: number, end: number): void {
    const bytes = this.valueSource(address);
    const at = this.valueStart(address);
    if (end - start > ZERO_LOOP_BYTES_MAX) bytes.fill(0, at + start, at + end);
    else for (let i = start; i < end; i++) bytes[at + i] = 0;
  }

  /** Gives the entry a value in a buffer of its own, the first `length` bytes of it. */
  attach(address: Address, value: Buffer, length = value.length): void {
    this.wordsOf(address)[wordOf(address) + KIND] |= LARGE_FLAG;
    this.largeValues.set(address, { bytes: value, length });
    this.largeBytes += value.length;
  }

  private detach(address: Address): void {
    if (!this.isLarge(address)) return;
    const { length } = this.largeValues.get(address)!.bytes;
    this.wordsOf(address)[wordOf(address) + KIND] &= ~LARGE_FLAG;
    this.largeBytes -= length;
    this.releasedBytes += length;
    this.largeValues.delete(address);
  }

  type(address: Address): EntryType {
    return ((this.wordsOf(address)[wordOf(address) + KIND] >> TYPE_SHIFT) & TYPE_MASK) as EntryType;
  }

  /** Whether the string was marked as changed in place. */
  isRaw(address: Address): boolean {
    return (this.wordsOf(address)[wordOf(address) + KIND] & RAW_FLAG) !== 0;
  }

  markRaw(address: Address): void {
    this.wordsOf(address)[wordOf(address) + KIND] |= RAW_FLAG;
  }

  /** Whether the string was marked as kept as text. */
  isText(address: Address): boolean {
    return (this.wordsOf(address)[wordOf(address) + KIND] & TEXT_FLAG) !== 0;
  }

  markText(address: Address): void {
    this.wordsOf(address)[wordOf(address) + KIND] |= TEXT_FLAG;
  }

  /** What is kept of the entry's uses. */
  access(address: Address): number {
    const words = this.wordsOf(address);
    const at = wordOf(address);
    const high = (words[at + KIND] & ACCESS_MASK) >> ACCESS_SHIFT;
    return (high << LOW_ACCESS_BITS) | (words[at + VALUE_LENGTH] >>> LOW_ACCESS_SHIFT);
  }

  /** Writes it, where it is not the same already: memory that is only read stays in every cache. */
  setAccess(address: Address, access: number): void {
    const words = this.wordsOf(address);
    const at = wordOf(address);
    const kind = words[at + KIND];
    const lengthWord = words[at + VALUE_LENGTH];
    const newKind = (kind & ~ACCESS_MASK) | ((access >>> LOW_ACCESS_BITS) << ACCESS_SHIFT);
    const newLengthWord = (lengthWord & LENGTH_MASK) | ((access & LOW_ACCESS_MASK) << LOW_ACCESS_SHIFT);
    if (newKind !== kind) words[at + KIND] = newKind;
    if (newLengthWord !== lengthWord) words[at + VALUE_LENGTH] = newLengthWord;
  }

  /** The entry's node on the wheel, NOWHERE if it has none. */
  node(address: Address): Address {
    return this.slabs.words[slabOf(address)][wordOf(address) + NODE];
  }

  setNode(address: Address, node: Address): void {
    this.wordsOf(address)[wordOf(address) + NODE] = node;
  }

  keySource(address: Address): Buffer {
    return this.slabs.bytes[slabOf(address)];
  }

  keyStart(address: Address): number {
    return (wordOf(address) + HEADER_WORDS) << 2;
  }

  keyLength(address: Address): number {
    return this.wordsOf(address)[wordOf(address) + KEY_LENGTH];
  }

  valueSource(address: Address): Buffer {
    return this.isLarge(address) ? this.largeValues.get(address)!.bytes : this.slabs.bytes[slabOf(address)];
  }

  /** The words the value is in, null if it has a buffer of its own. */
  valueWords(address: Address): Int32Array | null {
    return this.isLarge(address) ? null : this.wordsOf(address);
  }

  valueStart(address: Address): number {
    return this.isLarge(address) ? 0 : this.valueAt(address);
  }

  valueLength(address: Address): number {
    const words = this.wordsOf(address);
    const at = wordOf(address);
    if ((words[at + KIND] & LARGE_FLAG) !== 0) return this.largeValues.get(address)!.length;
    return words[at + VALUE_LENGTH] & LENGTH_MASK;
  }

  /** Bytes the entry takes: its block with the slack, and a value outside it. */
  bytes(address: Address): number {
    return (
      this.blockBytes(address) + (this.isLarge(address) ? this.largeValues.get(address)!.bytes.length : 0)
    );
  }

  private blockBytes(address: Address): number {
    const sizeClass = this.wordsOf(address)[wordOf(address) + KIND] & CLASS_MASK;
    if (sizeClass === OWN_SLAB_CLASS) return this.slabs.bytes[slabOf(address)].length;
    return CLASS_CELLS[sizeClass] * CELL_BYTES;
  }

  /** Takes a block and writes its first word. */
  private allocate(keyLength: number, valueBytes: number): Address {
    const bytes = entryBytes(keyLength, valueBytes);
    const sizeClass = classFor(bytes);
    const address = this.slabs.allocate(sizeClass, bytes);
    this.wordsOf(address)[wordOf(address) + KIND] = IN_USE | sizeClass | (TYPE_STRING << TYPE_SHIFT);
    return address;
  }

  /** Writes the length of a value in the block, and leaves the access field alone. */
  private setInlineLength(words: Int32Array, at: number, length: number): void {
    words[at + VALUE_LENGTH] = (words[at + VALUE_LENGTH] & ~LENGTH_MASK) | length;
  }

  private isLarge(address: Address): boolean {
    return (this.wordsOf(address)[wordOf(address) + KIND] & LARGE_FLAG) !== 0;
  }

  private wordsOf(address: Address): Int32Array {
    return this.slabs.words[slabOf(address)];
  }

  /** Index of the value's first byte in its slab. */
  private valueAt(address: Address): number {
    const at = wordOf(address);
    const keyLength = this.slabs.words[slabOf(address)][at + KEY_LENGTH];
    return (at + HEADER_WORDS + ((keyLength + 3) >> 2)) << 2;
  }
}

/**
 * The argument in a buffer of its own if it is large: the one it came in, or a copy; undefined if it is small.
 * @throws OutOfMemory
 */
export function largeValue(argv: Argv, at: number): Buffer | undefined {
  if (argv.length(at) < LARGE_BYTES) return undefined;
  return argv.largeValue(at) ?? largeCopy(argv.source(at), argv.start(at), argv.length(at));
}

/**
 * A copy of the bytes in a buffer of its own if they are so many that they need one; undefined if not.
 * @throws OutOfMemory
 */
export function largeCopy(source: Buffer, start: number, length: number): Buffer | undefined {
  if (length < LARGE_BYTES) return undefined;
  const copy = bufferOf(length, Buffer.allocUnsafeSlow);
  source.copy(copy, 0, start, start + length);
  return copy;
}

/**
 * A buffer of zeroes for a value of `capacity` bytes if it is large; undefined if not.
 * @throws OutOfMemory
 */
export function largeZeroes(capacity: number): Buffer | undefined {
  return capacity < LARGE_BYTES ? undefined : bufferOf(capacity, Buffer.alloc);
}

/** Bytes of an entry: header, key padded to a word, value padded to a word. */
function entryBytes(keyLength: number, valueBytes: number): number {
  return (HEADER_WORDS + ((keyLength + 3) >> 2) + ((valueBytes + 3) >> 2)) << 2;
}

/** @throws OutOfMemory */
function bufferOf(bytes: number, allocate: (bytes: number) => Buffer): Buffer {
  try {
    return allocate(bytes);
  } catch (error) {
    throw error instanceof RangeError ? new OutOfMemory() : error;
  }
}

function copyWords(from: Int32Array, start: number, to: Int32Array, at: number, count: number): void {
  if (count > COPY_LOOP_WORDS_MAX) {
    to.set(from.subarray(start, start + count), at);
    return;
  }
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    to[at + i] = from[start + i];
    to[at + i + 1] = from[start + i + 1];
    to[at + i + 2] = from[start + i + 2];
    to[at + i + 3] = from[start + i + 3];
  }
  for (; i < count; i++) to[at + i] = from[start + i];
}
