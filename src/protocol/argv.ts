/**
 * Argv: one command's arguments as byte ranges, so that no string or array is made to read them.
 *
 * The request parser fills one on the main thread and the batch reader fills one on each shard; both reuse
 * it for the next command. Small arguments are ranges of one buffer; a large one has a buffer of its own.
 * Invariant: an Argv is valid until whoever filled it is asked for the next command.
 */
import { copyBytes } from './copy-bytes.js';

const INITIAL_CAPACITY = 16;
const KEPT_CAPACITY_MAX = 1024;
/** Longer than any name, pattern or setting. */
const TEXT_BYTES_MAX = 64 * 1024;
const EMPTY = Buffer.alloc(0);
/** From this size on an argument that is copied gets a buffer of its own, which can be given to another thread whole. */
const LARGE_BYTES = 64 * 1024;

/** Bytes [start, end) of a buffer. */
export interface Piece {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}
const NO_NAME: Piece = { bytes: EMPTY, start: 0, end: 0 };

/** A growable list of byte ranges; index 0 is the command's name. */
export class Argv {
  /** How many arguments there are, the command's name included. */
  count = 0;
  /** Holds every argument that is not large. */
  private held: Buffer = EMPTY;
  /** The same for reading words anywhere in it; made when it is asked for. */
  private heldView: DataView | null = null;
  /** What to add to a stored offset to get an index into `bytes`. */
  base = 0;
  /** The memory of `bytes` as words, where every argument starts on one (on the shards); null elsewhere. */
  words: Int32Array | null = null;

  private starts = new Int32Array(INITIAL_CAPACITY);
  private ends = new Int32Array(INITIAL_CAPACITY);
  /** Buffers of large arguments by argument index; null while there are none, which is nearly always. */
  private large: Map<number, Buffer> | null = null;

  get bytes(): Buffer {
    return this.held;
  }

  /** The arguments to come are ranges of `bytes`; `view` is a view of the same, if there is one. */
  setBytes(bytes: Buffer, view: DataView | null = null): void {
    if (bytes === this.held) return;
    this.held = bytes;
    this.heldView = view;
  }

  /** Makes ready for the next command, and gives back the room of an unusually long one. */
  reset(): void {
    this.count = 0;
    this.base = 0;
    this.large = null;
    if (this.starts.length > KEPT_CAPACITY_MAX) {
      this.starts = new Int32Array(INITIAL_CAPACITY);
      this.ends = new Int32Array(INITIAL_CAPACITY);
    }
  }

  /** Appends the range [start, end) of `bytes`, before `base` is added. */
  push(start: number, end: number): void {
    const index = this.count;
    if (index === this.starts.length) this.grow();
    this.starts[index] = start;
    this.ends[index] = end;
    this.count = index + 1;
  }

  /** Appends an argument that lies in a buffer of its own. */
  pushLarge(value: Buffer): void {
    this.large ??= new Map();
    this.large.set(this.count, value);
    this.push(0, value.length);
  }

  /** The buffer that start(i) and end(i) are indices of. */
  source(index: number): Buffer {
    return this.large === null ? this.held : (this.large.get(index) ?? this.held);
  }

  /** The same for reading words. */
  view(index: number): DataView {
    if (this.large?.has(index)) return viewOf(this.large.get(index)!);
    this.heldView ??= viewOf(this.held);
    return this.heldView;
  }

  start(index: number): number {
    return this.large?.has(index) ? 0 : this.starts[index] + this.base;
  }

  end(index: number): number {
    return this.large?.has(index) ? this.length(index) : this.ends[index] + this.base;
  }

  /** The argument's size in bytes. */
  length(index: number): number {
    return this.ends[index] - this.starts[index];
  }

  /** Bytes of `bytes` from the first argument's first to the last one's last: no less than what is not large takes. */
  get span(): number {
    const first = this.starts[0];
    let last = this.count - 1;
    while (this.large?.has(last)) last--;
    return last < 0 ? 0 : this.ends[last] - first;
  }

  /** The buffer of a large argument, or undefined for one that lies in `bytes`. */
  largeValue(index: number): Buffer | undefined {
    return this.large === null ? undefined : this.large.get(index);
  }

  /**
   * Words in which the argument starts at wordStart(index). On a shard they are the batch's own; for an argument that is
   * not in the batch, or not aligned, a copy is made. Bytes behind the argument in its last word are arbitrary.
   */
  wordsOf(index: number): Int32Array {
    if (this.words !== null && this.large === null) return this.words;
    return this.largeValue(index) === undefined && this.words !== null ? this.words : this.alignedCopy(index);
  }

  wordStart(index: number): number {
    if (this.words === null || this.largeValue(index) !== undefined) return 0;
    return this.starts[index] >> 2;
  }

  /**
   * The argument as a string of one character per byte; for messages and names, not for hot paths. What is longer than
   * any of them is cut: a string cannot be as long as an argument.
   */
  latin1(index: number, maxBytes = TEXT_BYTES_MAX): string {
    const start = this.start(index);
    return this.source(index).toString('latin1', start, Math.min(this.end(index), start + maxBytes));
  }

  /** The argument as Redis's error texts show it: up to the first NUL, as C does, and to `maxBytes`. */
  shown(index: number, maxBytes = TEXT_BYTES_MAX): string {
    const text = this.latin1(index, maxBytes);
    const nul = text.indexOf('\0');
    return nul < 0 ? text : text.slice(0, nul);
  }

  /** Whether two arguments are the same bytes. */
  equal(one: number, other: number): boolean {
    const source = this.source(one);
    return (
      source.compare(
        this.source(other),
        this.start(other),
        this.end(other),
        this.start(one),
        this.end(one),
      ) === 0
    );
  }

  /** Whether the argument is the given word in any case; `lowercase` must be lower-case ASCII. */
  is(index: number, lowercase: string): boolean {
    return equalsIgnoringCase(this.source(index), this.start(index), this.end(index), lowercase);
  }

  /** The arguments from `first` on, as a command line: that one is its name. Valid as long as this argv is. */
  from(first: number): Argv {
    const line = new Argv();
    for (let i = first; i < this.count; i++) {
      line.pushLarge(this.source(i).subarray(this.start(i), this.end(i)));
    }
    return line;
  }

  /** Where the argument's bytes are. */
  piece(index: number): Piece {
    return { bytes: this.source(index), start: this.start(index), end: this.end(index) };
  }

  /** An argv of its own, which stays valid. */
  copy(): Argv {
    const pieces = Array.from({ length: this.count }, (_, i) => this.piece(i));
    return Argv.fromPieces(pieces, (i) => this.largeValue(i));
  }

  /** An argv of its own with copies of `pieces` as arguments, from the first one behind the name on. */
  static of(pieces: readonly Piece[]): Argv {
    return Argv.fromPieces([NO_NAME, ...pieces]);
  }

  /** Small pieces go into one buffer; a large one has its own, which may be `owned` already. */
  private static fromPieces(
    pieces: readonly Piece[],
    owned: (index: number) => Buffer | undefined = () => undefined,
  ): Argv {
    let bytes = 0;
    for (const { start, end } of pieces) if (end - start < LARGE_BYTES) bytes += end - start;
    const argv = new Argv();
    const held = Buffer.allocUnsafe(bytes);
    argv.setBytes(held);
    let at = 0;
    pieces.forEach(({ bytes: source, end, start }, i) => {
      if (end - start >= LARGE_BYTES) {
        argv.pushLarge(owned(i) ?? Buffer.from(new Uint8Array(source.subarray(start, end)).buffer));
        return;
      }
      copyBytes(source, start, end, held, at);
      argv.push(at, at + end - start);
      at += end - start;
    });
    return argv;
  }

  private alignedCopy(index: number): Int32Array {
    const words = new Int32Array((this.length(index) + 3) >> 2);
    this.source(index).copy(Buffer.from(words.buffer), 0, this.start(index), this.end(index));
    return words;
  }

  private grow(): void {
    const starts = new Int32Array(this.starts.length * 2);
    const ends = new Int32Array(starts.length);
    starts.set(this.starts);
    ends.set(this.ends);
    this.starts = starts;
    this.ends = ends;
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Whether bytes [start, end) spell `lowercase` (lower-case ASCII) in any case. */
export function equalsIgnoringCase(bytes: Buffer, start: number, end: number, lowercase: string): boolean {
  if (end - start !== lowercase.length) return false;
  for (let i = 0; i < lowercase.length; i++) {
    let byte = bytes[start + i];
    if (byte >= 65 && byte <= 90) byte += 32;
    if (byte !== lowercase.charCodeAt(i)) return false;
  }
  return true;
}
