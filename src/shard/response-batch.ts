/**
 * ResponseBatch: what a shard sends back.
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
import { Batch, type BatchPort } from './batch.js';

/** A first hop's finding begins with the time for which it holds: its last millisecond, an f64, Infinity for ever. */
export const FINDING_TIME_BYTES = 8;

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

const NO_BATCH = Batch.ofSize(0);

/** Puts replies into batches; `writer` is the ReplyWriter that commands write to. */
export class ResponseBatchWriter {
  private readonly writer: ReplyWriter;
  private readonly port: BatchPort;
  private batch = NO_BATCH;
  private count = 0;
  private tableSize = 0;
  /** Where the reply being written begins. */
  private replyStart = 0;

  constructor(writer: ReplyWriter, port: BatchPort) {
    this.writer = writer;
    this.port = port;
  }

  /** Opens a batch for at most `replies` replies. */
  begin(replies: number): void {
    const start = HEADER_BYTES + replies * 8;
    this.batch = this.port.take(start);
    this.writer.bytes = this.batch.bytes;
    this.writer.position = start;
    this.count = 0;
    this.tableSize = replies;
    this.replyStart = start;
  }

  /** Bytes of replies so far. */
  get used(): number {
    return this.writer.position;
  }

  /** Takes back what has been written since the last reply. */
  rewind(): void {
    this.writer.position = this.replyStart;
  }

  /** What has been written since the last call is the reply to request `id`. */
  endReply(id: number): void {
    if (this.batch.bytes !== this.writer.bytes) this.follow();
    const { words } = this.batch;
    const at = HEADER_WORDS + this.count * 2;
    words[at] = id;
    words[at + 1] = this.writer.position - this.replyStart;
    this.replyStart = this.writer.position;
    this.count++;
  }

  /** Posts the batch. */
  post(epoch: number, endsEpoch: boolean, nextDueAtMs: number, acknowledgedBytes: number): void {
    const { batch } = this;
    const { doubles, words } = batch;
    words[0] = MAGIC;
    words[COUNT] = this.count;
    doubles[EPOCH_AT_BYTES >> 3] = epoch;
    doubles[DUE_AT_BYTES >> 3] = nextDueAtMs;
    doubles[ACKNOWLEDGED_AT_BYTES >> 3] = acknowledgedBytes;
    words[USED] = this.writer.position;
    words[FLAGS] = endsEpoch ? ENDS_EPOCH : 0;
    words[TABLE_SIZE] = this.tableSize;
    this.writer.bytes = NO_BATCH.bytes;
    this.writer.position = 0;
    this.batch = NO_BATCH;
    this.port.post(batch);
  }

  /** The writer has outgrown the batch's memory: it goes on in what the writer has. */
  private follow(): void {
    this.port.discard(this.batch);
    this.batch = Batch.ofBuffer(this.writer.bytes.buffer as ArrayBuffer);
    this.writer.bytes = this.batch.bytes;
  }
}

/** Walks the replies of a batch. */
export class ResponseBatchReader {
  epoch = 0;
  endsEpoch = false;
  nextDueAtMs = Number.POSITIVE_INFINITY;
  acknowledgedBytes = 0;
  count = 0;
  // Of the current reply:
  id = 0;
  start = 0;
  length = 0;

  private words = NO_BATCH.words;
  private read = 0;
  private used = 0;

  /**
   * Opens a batch.
   * @throws Error if it is no response batch
   */
  open({ bytes, doubles, words }: Batch): void {
    const replyStart = HEADER_BYTES + words[TABLE_SIZE] * 8;
    const isResponse = bytes.length >= HEADER_BYTES && words[0] === MAGIC;
    if (!isResponse || words[USED] > bytes.length || replyStart > words[USED]) {
      throw new Error('a batch from a shard is no response batch');
    }
    this.words = words;
    this.epoch = doubles[EPOCH_AT_BYTES >> 3];
    this.nextDueAtMs = doubles[DUE_AT_BYTES >> 3];
    this.acknowledgedBytes = doubles[ACKNOWLEDGED_AT_BYTES >> 3];
    this.endsEpoch = (words[FLAGS] & ENDS_EPOCH) !== 0;
    this.count = words[COUNT];
    this.used = words[USED];
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

  /** Lets go of the batch; its figures stay. */
  close(): void {
    this.words = NO_BATCH.words;
  }
}
