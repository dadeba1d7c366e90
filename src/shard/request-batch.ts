/**
 * RequestBatch: what the router sends a shard.
 *
 * The writer runs on the main thread, the reader on a shard thread. Little-endian 32-bit words:
 *
 *   batch  | magic | count | now (f64) | epoch (f64) | first sequence (f64) | bytes used | flags |  frames ... |
 *   frame  | id | command | database | sequence - first | argument count |  arguments ...                      |
 *   argument  | length | bytes, padded to a word |        or   | -1 - k |  for the k-th large argument
 *
 * Arguments start on a word, so that the shard can hash, compare and copy them by words.
 *
 * A large argument travels beside the batch in a buffer of its own. The command's name is not sent: the
 * command word says which one it is and what of it is to be run. Invariant: frames are in sequence order, and all
 * batches of an epoch carry the same `now`.
 */
import { type KeyRanges, LOOK_AHEAD_MAX } from '../keyspace/look-ahead.js';
import type { Argv } from '../protocol/argv.js';
import { copyToWords } from '../protocol/copy-bytes.js';
import type { RespVersion } from '../protocol/reply-writer.js';
import { Batch } from './batch.js';

const MAGIC = 0x51524853;
// Header, in words.
const COUNT = 1;
const NOW_AT_BYTES = 8;
const EPOCH_AT_BYTES = 16;
const SEQUENCE_AT_BYTES = 24;
const USED = 8;
const FLAGS = 9;
const HEADER_BYTES = 40;
// Frame, in words.
const FRAME_HEADER_WORDS = 5;
// The command word: its index in the table, flags, and which of its runs.
const COMMAND_MASK = 0xffff;
const RESP3_FLAG = 1 << 16;
const FIRST_HOP_FLAG = 1 << 17;
const GUARDED_FLAG = 1 << 18;
const RUN_SHIFT = 20;
/** Set in a batch that ends its epoch for its shard. */
const ENDS_EPOCH = 1;

const NO_BATCH = Batch.ofSize(0);
const NO_WORDS = NO_BATCH.words;

/**
 * Room that a frame takes in a batch at the most, with all of `argv`'s arguments behind the name, or those that `indices`
 * names.
 */
export function frameBytes(argv: Argv, indices?: ArrayLike<number>): number {
  const count = indices?.length ?? argv.count - 1;
  if (indices === undefined) return FRAME_HEADER_WORDS * 4 + count * 7 + argv.span;
  let bytes = FRAME_HEADER_WORDS * 4;
  for (let i = 0; i < count; i++) {
    bytes += 4 + (argv.largeValue(indices[i]) === undefined ? padded(argv.length(indices[i])) : 0);
  }
  return bytes;
}

function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}

/** What a request has a shard run. */
export interface Run {
  /** Index of the command in the table. */
  readonly command: number;
  /** Which of the command's runs: 0 is the whole command, then come its steps. */
  readonly run: number;
  /** A first hop's finding is wanted with the time for which it holds. */
  readonly firstHop: boolean;
  /** Left out, with an empty reply, if the transaction that it is part of is not to be run. */
  readonly guarded: boolean;
}

/** The command word of a run; without flags and for the whole command it is the command's index. */
export function commandWord({ command, firstHop, guarded, run }: Run): number {
  return command | (firstHop ? FIRST_HOP_FLAG : 0) | (guarded ? GUARDED_FLAG : 0) | (run << RUN_SHIFT);
}

/** Fills one batch after the other; begin() opens one, take() closes it. */
export class RequestBatchWriter {
  private batch = NO_BATCH;
  private words = NO_WORDS;
  private at = 0;
  private frames = 0;
  private firstSequence = 0;
  private large: ArrayBuffer[] = [];
  private largeBytes = 0;

  /** Bytes in the open batch, large arguments included. */
  get byteLength(): number {
    return this.at + this.largeBytes;
  }

  /** Whether there is an open batch with `bytes` to spare. */
  hasRoom(bytes: number): boolean {
    return this.at + bytes <= this.batch.bytes.length;
  }

  begin(batch: Batch, nowMs: number, epoch: number, firstSequence: number): void {
    this.batch = batch;
    this.words = batch.words;
    this.words[0] = MAGIC;
    batch.doubles[NOW_AT_BYTES >> 3] = nowMs;
    batch.doubles[EPOCH_AT_BYTES >> 3] = epoch;
    batch.doubles[SEQUENCE_AT_BYTES >> 3] = firstSequence;
    this.firstSequence = firstSequence;
    this.frames = 0;
    this.at = HEADER_BYTES;
  }

  /** Opens a frame; its arguments follow by argument(). There must be room for all of it. `word` is a commandWord(). */
  frame(id: number, word: number, database: number, resp: RespVersion, sequence: number, args: number): void {
    const { words } = this;
    const at = this.at >> 2;
    words[at] = id;
    words[at + 1] = resp === 3 ? word | RESP3_FLAG : word;
    words[at + 2] = database;
    words[at + 3] = sequence - this.firstSequence;
    words[at + 4] = args;
    this.at += FRAME_HEADER_WORDS * 4;
    this.frames++;
  }

  /** Copies argument `index` of `argv`, or gives it away whole if it is large and nobody else is `sharing` it. */
  argument(argv: Argv, index: number, sharing: boolean): void {
    const value = argv.largeValue(index);
    if (value !== undefined) {
      const large = sharing ? Buffer.from(new Uint8Array(value).buffer) : value;
      this.words[this.at >> 2] = -1 - this.large.length;
      this.large.push(large.buffer as ArrayBuffer);
      this.largeBytes += large.length;
      this.at += 4;
      return;
    }
    const length = argv.length(index);
    const at = this.at >> 2;
    this.words[at] = length;
    copyToWords(argv.view(index), argv.start(index), length, this.words, at + 1);
    this.at += 4 + padded(length);
  }

  /** Closes the batch for posting. */
  take(endsEpoch: boolean): Batch {
    const { batch } = this;
    this.words[COUNT] = this.frames;
    this.words[USED] = this.at;
    this.words[FLAGS] = endsEpoch ? ENDS_EPOCH : 0;
    if (this.large.length > 0) {
      batch.large = this.large;
      this.large = [];
      this.largeBytes = 0;
    }
    this.batch = NO_BATCH;
    this.words = NO_WORDS;
    this.at = 0;
    this.frames = 0;
    return batch;
  }
}

export const REQUEST_HEADER_BYTES = HEADER_BYTES;

/** Walks the frames of a batch, one argv reused for all of them. */
export class RequestBatchReader {
  readonly argv: Argv;
  nowMs = 0;
  epoch = 0;
  endsEpoch = false;
  /** Frames not read yet. */
  left = 0;
  /** Size of the batch, large arguments included. */
  byteLength = 0;
  // Of the current frame:
  id = 0;
  command = 0;
  run = 0;
  firstHop = false;
  guarded = false;
  database = 0;
  resp: RespVersion = 2;
  sequence = 0;

  /** The batch. */
  words = NO_WORDS;
  private large: readonly ArrayBuffer[] = [];
  private at = 0;
  private used = 0;
  private firstSequence = 0;

  constructor(argv: Argv) {
    this.argv = argv;
  }

  /**
   * Opens a batch.
   * @throws Error if it is no request batch
   */
  open(batch: Batch): void {
    const { bytes, doubles, large, words } = batch;
    if (bytes.length < HEADER_BYTES || words[0] !== MAGIC || words[USED] > bytes.length) {
      throw new Error('a batch for the shard is no request batch');
    }
    this.words = words;
    this.nowMs = doubles[NOW_AT_BYTES >> 3];
    this.epoch = doubles[EPOCH_AT_BYTES >> 3];
    this.firstSequence = doubles[SEQUENCE_AT_BYTES >> 3];
    this.endsEpoch = (words[FLAGS] & ENDS_EPOCH) !== 0;
    this.left = words[COUNT];
    this.used = words[USED];
    this.byteLength = this.used;
    this.large = large;
    for (const one of large) this.byteLength += one.byteLength;
    this.argv.setBytes(bytes);
    this.argv.words = words;
    this.at = HEADER_BYTES;
  }

  /**
   * Goes to the next frame; false if there is none.
   * @throws Error if the frame leaves the batch
   */
  next(): boolean {
    if (this.left === 0) return false;
    this.left--;
    const { argv, words } = this;
    const at = this.at >> 2;
    this.id = words[at];
    const word = words[at + 1];
    this.command = word & COMMAND_MASK;
    this.run = word >>> RUN_SHIFT;
    this.firstHop = (word & FIRST_HOP_FLAG) !== 0;
    this.guarded = (word & GUARDED_FLAG) !== 0;
    this.resp = (word & RESP3_FLAG) !== 0 ? 3 : 2;
    this.database = words[at + 2];
    this.sequence = this.firstSequence + words[at + 3];
    const args = words[at + 4];
    argv.reset();
    argv.push(0, 0);
    let to = this.at + FRAME_HEADER_WORDS * 4;
    for (let i = 0; i < args; i++) {
      const length = words[to >> 2];
      to += 4;
      if (length < 0) {
        argv.pushLarge(Buffer.from(this.large[-1 - length]));
      } else {
        argv.push(to, to + length);
        to += padded(length);
      }
    }
    if (to > this.used) throw new Error(`request ${this.id}: the frame ends outside its batch`);
    this.at = to;
    return true;
  }

  /** The database that the next frame is for. */
  get nextDatabase(): number {
    return this.words[(this.at >> 2) + 2];
  }

  /**
   * Finds the first arguments of the next frames, as far as they are for the same database as the next one and small; most
   * of them are keys.
   */
  peekKeys(keys: KeyRanges): void {
    const { words } = this;
    const frames = Math.min(this.left, LOOK_AHEAD_MAX);
    const database = words[(this.at >> 2) + 2];
    const end = this.used >> 2;
    let at = this.at >> 2;
    let count = 0;
    for (let i = 0; i < frames && words[at + 2] === database; i++) {
      const args = words[at + 4];
      at += FRAME_HEADER_WORDS;
      for (let arg = 0; arg < args && at < end; arg++) {
        const length = words[at++];
        if (length < 0) continue;
        if (arg === 0) {
          keys.starts[count] = at;
          keys.lengths[count++] = length;
        }
        at += (length + 3) >> 2;
      }
    }
    keys.count = count;
  }

  /** Lets go of the batch. */
  close(): void {
    this.words = NO_WORDS;
    this.large = [];
    this.argv.reset();
    this.argv.setBytes(NO_BATCH.bytes);
    this.argv.words = NO_WORDS;
  }
}
