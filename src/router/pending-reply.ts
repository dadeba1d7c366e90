/**
 * PendingReply: a reply that a connection owes its client, from when its command is dispatched until its bytes are
 * copied out. Main thread.
 *
 * It is what correlates: requests in flight point to it, and the connection's reply queue keeps it in request order.
 * The objects are pooled and linked, so that the steady state allocates none. Invariant: a reply is filled exactly
 * once between take() and release().
 */

/** Bytes that replies are ranges of; they stay put until every reply in them is released. */
export class ReplySource {
  bytes: Buffer;
  private references = 0;
  private readonly onUnused: (source: ReplySource) => void;

  /** `onUnused` is called each time the last reference goes away. */
  constructor(bytes: Buffer, onUnused: (source: ReplySource) => void) {
    this.bytes = bytes;
    this.onUnused = onUnused;
  }

  retain(): void {
    this.references++;
  }

  release(): void {
    if (--this.references === 0) this.onUnused(this);
  }
}

/** Whoever wants to know that one of its replies is ready. */
export interface ReplyOwner {
  replyReady(): void;
}

/** Takes the parts of a command that runs on several shards. */
export interface PartsOwner {
  partReady(part: number, source: ReplySource, start: number, length: number): void;
}

/** Replies released and waiting to be used again; more than this are left to the garbage collector. */
const POOLED_MAX = 16384;
const pool: PendingReply[] = [];
const NOBODY: ReplyOwner = { replyReady: () => {} };

export class PendingReply {
  next: PendingReply | null = null;
  /** Set when the reply is ready. */
  source: ReplySource | null = null;
  start = 0;
  length = 0;
  /** The client wants no reply: it takes its place in the order, without a byte. */
  private silent = false;
  private owner: ReplyOwner = NOBODY;

  static take(owner: ReplyOwner): PendingReply {
    const reply = pool.pop() ?? new PendingReply();
    reply.owner = owner;
    return reply;
  }

  get ready(): boolean {
    return this.source !== null;
  }

  /** The reply is bytes [start, start + length) of `source`. */
  fill(source: ReplySource, start: number, length: number): void {
    source.retain();
    this.source = source;
    this.start = start;
    this.length = this.silent ? 0 : length;
    this.owner.replyReady();
  }

  get muted(): boolean {
    return this.silent;
  }

  mute(): void {
    this.silent = true;
    this.length = 0;
  }

  /** The client wants it after all; before it is filled. */
  unmute(): void {
    this.silent = false;
  }

  /** The bytes have been copied, or nobody wants them any more. */
  release(): void {
    this.source?.release();
    this.source = null;
    this.next = null;
    this.silent = false;
    // A pooled reply must not keep a connection alive.
    this.owner = NOBODY;
    if (pool.length < POOLED_MAX) pool.push(this);
  }
}
