/**
 * ResponseBatch: what a shard sends back, as one ArrayBuffer that is transferred.
 *
 * The writer runs on a shard thread, the reader on the main thread. Little-endian 32-bit words:
 *
 *   batch  | magic | count | epoch (f64) | next due (f64) | bytes used | flags | acknowledged (f64) | table size | 0 |
 *          | id, length | id, length | ...  (the table)  |  replies, one behind the other ...                       |
 *
 * Replies stand without gaps, so that several of one connection are copied at once. `acknowledged` counts the request
 * bytes that are dealt with since the batch before; `next due` is when the shard wants to be ticked, Infinity for never.
 */
import type { ReplyWriter } from '../protocol/reply-writer.js';

const MAGIC = 0x53524853;
// Header, in words.
const COUNT = 1;
const EPOCH_AT_BYTES = 8;
const DUE_AT_BYTES = 16;
const USED = 6;
const FLAGS = 7;
const ACKNOWLEDGED_AT_BYTES = 32;
const TABLE_SIZE = 10;
const HEADER_BYTES = 48;
const HEADER_WORDS = HEADER_BYTES >> 2;
/** Set in the batch that answers the last of an epoch's requests. */
const ENDS_EPOCH = 1;

const NO_BYTES = Buffer.alloc(0);
const NO_WORDS = new Int32Array(0);

/** Puts replies into batches; `writer` is the ReplyWriter that commands write to. */
export class ResponseBatchWriter {
  private readonly writer: ReplyWriter;
  private words: Int32Array = new Int32Array(0);
  private count = 0;
  private tableSize = 0;
  /** Where the reply being written begins. */
  private replyStart = 0;

  constructor(writer: ReplyWriter) {
    this.writer = writer;
  }

  /** Opens a batch for at most `replies` replies. */
  begin(buffer: ArrayBuffer, replies: number): void {
    this.writer.bytes = Buffer.from(buffer);
    this.writer.position = 0;
    this.count = 0;
    this.tableSize = replies;
    const start = HEADER_BYTES + replies * 8;
    this.writer.ensure(start);
    this.writer.position = start;
    this.replyStart = start;
  }

  /** Bytes of replies so far. */
  get used(): number {
    return this.writer.position;
  }

  get replies(): number {
    return this.count;
  }

  /** Takes back what has been written since the last reply. */
  rewind(): void {
    this.writer.position = this.replyStart;
  }

  /** What has been written since the last call is the reply to request `id`. */
  endReply(id: number): void {
    if (this.words.buffer !== this.writer.bytes.buffer) {
      this.words = new Int32Array(this.writer.bytes.buffer, 0, HEADER_WORDS + this.tableSize * 2);
    }
    const at = HEADER_WORDS + this.count * 2;
    this.words[at] = id;
    this.words[at + 1] = this.writer.position - this.replyStart;
    this.replyStart = this.writer.position;
    this.count++;
  }

  /** Closes the batch for posting. */
  take(epoch: number, endsEpoch: boolean, nextDueAtMs: number, acknowledgedBytes: number): ArrayBuffer {
    const buffer = this.writer.bytes.buffer as ArrayBuffer;
    const words = new Int32Array(buffer, 0, HEADER_WORDS);
    const doubles = new Float64Array(buffer, 0, HEADER_BYTES >> 3);
    words[0] = MAGIC;
    words[COUNT] = this.count;
    doubles[EPOCH_AT_BYTES >> 3] = epoch;
    doubles[DUE_AT_BYTES >> 3] = nextDueAtMs;
    doubles[ACKNOWLEDGED_AT_BYTES >> 3] = acknowledgedBytes;
    words[USED] = this.writer.position;
    words[FLAGS] = endsEpoch ? ENDS_EPOCH : 0;
    words[TABLE_SIZE] = this.tableSize;
    this.writer.bytes = Buffer.alloc(0);
    this.writer.position = 0;
    return buffer;
  }
}

/** Room a batch needs beside the bytes of its replies. */
export function responseOverheadBytes(replies: number): number {
  return HEADER_BYTES + replies * 8;
}

/** Walks the replies of a batch. */
export class ResponseBatchReader {
  epoch = 0;
  endsEpoch = false;
  nextDueAtMs = Number.POSITIVE_INFINITY;
  acknowledgedBytes = 0;
  count = 0;
  bytes: Buffer = NO_BYTES;
  // Of the current reply:
  id = 0;
  start = 0;
  length = 0;

  private words: Int32Array = NO_WORDS;
  private read = 0;
  private used = 0;

  /**
   * Opens a message from the port.
   * @throws Error if it is no response batch
   */
  open(message: unknown): void {
    if (!(message instanceof ArrayBuffer) || message.byteLength < HEADER_BYTES) {
      throw new Error('a message from a shard is no batch');
    }
    const words = new Int32Array(message, 0, message.byteLength >> 2);
    const replyStart = HEADER_BYTES + words[TABLE_SIZE] * 8;
    if (words[0] !== MAGIC || words[USED] > message.byteLength || replyStart > words[USED]) {
      throw new Error('a message from a shard is no response batch');
    }
    const doubles = new Float64Array(message, 0, HEADER_BYTES >> 3);
    this.words = words;
    this.epoch = doubles[EPOCH_AT_BYTES >> 3];
    this.nextDueAtMs = doubles[DUE_AT_BYTES >> 3];
    this.acknowledgedBytes = doubles[ACKNOWLEDGED_AT_BYTES >> 3];
    this.endsEpoch = (words[FLAGS] & ENDS_EPOCH) !== 0;
    this.count = words[COUNT];
    this.used = words[USED];
    this.bytes = Buffer.from(message);
    this.read = 0;
    this.start = replyStart;
    this.length = 0;
  }

  /** Goes to the next reply; false if there is none. */
  next(): boolean {
    if (this.read === this.count) return false;
    const at = HEADER_WORDS + this.read * 2;
    this.start += this.length;
    this.id = this.words[at];
    this.length = this.words[at + 1];
    this.read++;
    if (this.start + this.length > this.used) throw new Error(`reply ${this.id} ends outside its batch`);
    return true;
  }

  /** Lets go of the batch's buffer; its figures stay. */
  close(): void {
    this.bytes = NO_BYTES;
    this.words = NO_WORDS;
  }
}
