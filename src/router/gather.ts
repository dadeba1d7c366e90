/** Gather: waits for the parts of one command that ran on several shards and joins them. Main thread. */
import type { ConnectionCall } from '../commands/calls.js';
import type { Join, OwnJoin, ReplyPart } from '../commands/command.js';
import { firstError } from '../commands/steps.js';
import type { ReplyWriter, RespVersion } from '../protocol/reply-writer.js';
import { joinByKey, joinSucceeded, joinSum } from './joins.js';
import type { LocalReplies } from './local-replies.js';
import type { PartsOwner, PendingReply, ReplySource } from './pending-reply.js';

/** What the reply is made with and where it goes. */
export interface GatherTarget {
  readonly pending: PendingReply;
  readonly resp: RespVersion;
  /** For `by_key`: the part that has each key, in the order of the keys. */
  readonly order: ArrayLike<number>;
  /** For a declaration's own join; a lasting one. */
  readonly call: ConnectionCall | null;
}

export class Gather implements PartsOwner {
  private readonly join: Join;
  private readonly target: GatherTarget;
  private readonly replies: LocalReplies;
  private readonly parts: ReplyPart[];
  private readonly sources: ReplySource[] = [];
  private missing: number;

  constructor(parts: number, join: Join, target: GatherTarget, replies: LocalReplies) {
    this.parts = new Array<ReplyPart>(parts);
    this.missing = parts;
    this.join = join;
    this.target = target;
    this.replies = replies;
  }

  partReady(part: number, source: ReplySource, start: number, length: number): void {
    source.retain();
    this.sources.push(source);
    this.parts[part] = { bytes: source.bytes, start, end: start + length };
    if (--this.missing === 0) this.finish();
  }

  private finish(): void {
    this.replies.reply(this.target.pending, this.target.resp, (reply) => this.write(reply));
    for (const source of this.sources) source.release();
  }

  private write(reply: ReplyWriter): void {
    const { parts, target } = this;
    const error = firstError(parts);
    if (error !== undefined) reply.raw(error.bytes, error.start, error.end);
    else if (this.join === 'all_succeeded') joinSucceeded(parts, reply);
    else if (this.join === 'agg_sum') joinSum(parts, reply);
    else if (this.join === 'by_key') joinByKey(parts, target.order, reply);
    else this.runJoin(this.join, reply);
  }

  private runJoin(join: OwnJoin, reply: ReplyWriter): void {
    const call = this.target.call!;
    call.reply = reply;
    join(this.parts, call);
  }
}
