/**
 * LocalReplies: where replies are written that are made on the main thread, by commands that run there, by refusals
 * and by joining the parts of several shards. Main thread.
 */
import { ReplyTooLarge, ReplyWriter, type RespVersion } from '../protocol/reply-writer.js';
import { type PendingReply, ReplySource } from './pending-reply.js';

const INITIAL_BYTES = 16 * 1024;
/** From this size on a new buffer is begun at the next reply, so that a slow client pins no growing one. */
const RETIRE_BYTES = 64 * 1024;
/** A buffer that one reply has made larger than this is let go when that reply is written. */
const KEPT_BYTES_MAX = 256 * 1024;

export class LocalReplies {
  readonly writer = new ReplyWriter(Buffer.allocUnsafeSlow(INITIAL_BYTES));
  private source = this.newSource();
  private start = 0;

  /** Has `write` write a reply and hands it over; one that writes nothing makes an empty one. */
  reply(pending: PendingReply, resp: RespVersion, write: (writer: ReplyWriter) => void): void {
    this.begin(resp);
    try {
      write(this.writer);
    } catch (error) {
      if (!(error instanceof ReplyTooLarge)) throw error;
      this.writer.position = this.start;
      this.writer.error(error.reply);
    }
    // The writer may have grown; what it wrote before keeps its place in the larger buffer.
    this.source.bytes = this.writer.bytes;
    pending.fill(this.source, this.start, this.writer.position - this.start);
  }

  private begin(resp: RespVersion): void {
    if (this.writer.position >= RETIRE_BYTES) {
      this.writer.bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
      this.writer.position = 0;
      this.source = this.newSource();
    }
    this.writer.resp = resp;
    this.start = this.writer.position;
  }

  private newSource(): ReplySource {
    return new ReplySource(this.writer.bytes, (source) => {
      if (source !== this.source) return;
      this.writer.position = 0;
      if (this.writer.bytes.length > KEPT_BYTES_MAX)
        this.writer.bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    });
  }
}
