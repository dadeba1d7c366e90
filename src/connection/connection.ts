/**
 * Connection: one client's socket, from bytes in to bytes out, and its session.
 *
 * Main thread. Commands are dispatched as they are parsed; their replies wait in the queue until the turn sends (turn.ts).
 * The socket is half-open on purpose: a client that has sent FIN still gets every reply. A connection stops reading in
 * two cases only: its commands have to wait (a shard is full, or the last command has no place in the order yet), or it is ending. Invariant: nothing is parsed any more once
 * it is ending, and nothing is written once it is closed.
 */
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type { ClientAddresses, ClientBuffers, Transaction } from '../commands/calls.js';
import type { Command } from '../commands/command.js';
import type { RespVersion } from '../protocol/reply-writer.js';
import { COMMAND, INCOMPLETE, type RequestLimits, RequestParser } from '../protocol/request-parser.js';
import type { Held } from '../router/gate.js';
import { PendingReply, type ReplyOwner } from '../router/pending-reply.js';
import type { Dispatcher } from './dispatcher.js';
import type { OutputBuffer } from './output-buffer.js';
import { ReplyQueue } from './reply-queue.js';
import { SocketReader } from './socket-reader.js';
import type { Statistics } from './statistics.js';
import type { Client, Watched } from './transaction-run.js';
import type { Waiting } from './waiting.js';

/** What connections share. */
export interface ConnectionHost {
  readonly dispatcher: Dispatcher;
  readonly output: OutputBuffer;
  readonly statistics: Statistics;
  readonly limits: RequestLimits;
  readonly log: Logger;
  /** A connection was closed for what it sent. */
  suspect(client: number, address: string | undefined, why: string): void;
  /** Has the connection's flush() called when the turn sends. */
  requestFlush(connection: Connection): void;
  /** A chunk of commands has been dispatched; may call flush() of every connection. */
  commandsCame(): void;
  /** The connection is closed for good. */
  forget(connection: Connection): void;
}

// What a client does not want to hear, as CLIENT REPLY has it.
const NO_REPLIES = 1;
const NOT_THIS_REPLY = 2;
const NOT_NEXT_REPLY = 4;

/** What is read of a client that waits, before its socket is left alone too. */
const BACKLOG_BYTES_MAX = 1024 * 1024;

/** How long a connection that has ended waits for the client to close its side, discarding what it still sends. */
const LINGER_MS = 1000;

export class Connection implements Client, ReplyOwner, Held {
  readonly id: number;
  databaseIndex = 0;
  resp: RespVersion = 2;
  name = '';
  libraryName = '';
  libraryVersion = '';
  transaction: Transaction | null = null;
  watched: Watched | null = null;
  waiting: Waiting | null = null;
  lastCommand: Command | null = null;
  isNeverEvicted = false;
  /** Of NO_REPLIES, NOT_THIS_REPLY, NOT_NEXT_REPLY. */
  private silence = 0;
  /** The reply to the command at hand, while it may be left out. */
  private current: PendingReply | null = null;
  private readonly openedAtMs = performance.now();
  /** Bytes have come or gone since activeSince() was last asked. */
  private active = true;
  private activeAtMs = 0;

  private readonly socket: Socket;
  private readonly reader: SocketReader;
  private readonly host: ConnectionHost;
  private readonly parser: RequestParser;
  private readonly queue = new ReplyQueue();
  private flushRequested = false;
  /** Set while commands wait in the parser. */
  private isHeld = false;
  /** What has come meanwhile, where reading goes on. */
  private readonly backlog: Buffer[] = [];
  private backlogBytes = 0;
  /** The client has sent FIN. */
  private inputEnded = false;
  /** No more commands are run; the connection ends when its replies are written. */
  private ending = false;
  private closed = false;

  constructor(id: number, socket: Socket, host: ConnectionHost) {
    this.id = id;
    this.socket = socket;
    this.host = host;
    this.parser = new RequestParser(host.limits);
    this.reader = new SocketReader(socket, (bytes, length, view) => this.receive(bytes, length, view));
    socket.on('end', () => this.endOfInput());
    socket.on('error', (error) => this.host.log.debug({ client: this.id, err: error }, 'connection failed'));
    socket.on('close', () => this.close());
  }

  get held(): boolean {
    return this.isHeld;
  }

  /** Whether its socket is read without a stream in between. */
  get readsDirectly(): boolean {
    return this.reader.isDirect;
  }

  /** Bytes received that are not a whole command yet. */
  get queryBufferBytes(): number {
    return this.parser.bytesHeld;
  }

  /** When bytes last came or went, on the clock of whoever asks, and as exactly as it is asked. */
  activeSince(nowMs: number): number {
    if (this.active) this.activeAtMs = nowMs;
    this.active = false;
    return this.activeAtMs;
  }

  get isLocal(): boolean {
    return isLoopback(this.socket.remoteAddress);
  }

  get addresses(): ClientAddresses {
    const { localAddress, localPort, remoteAddress, remotePort } = this.socket;
    const { _handle: handle } = this.socket as Socket & { _handle?: { fd?: unknown } | null };
    return {
      remote: addressText(remoteAddress, remotePort),
      local: addressText(localAddress, localPort),
      descriptor: typeof handle?.fd === 'number' ? handle.fd : -1,
    };
  }

  get ageSeconds(): number {
    return Math.floor((performance.now() - this.openedAtMs) / 1000);
  }

  get idleSeconds(): number {
    const nowMs = performance.now();
    return Math.floor((nowMs - this.activeSince(nowMs)) / 1000);
  }

  get isClosing(): boolean {
    return this.ending;
  }

  get buffers(): ClientBuffers {
    const { argv, bytesInWork } = this.parser;
    const outputBytes = this.socket.writableLength;
    let argumentBytes = 0;
    for (let i = 0; i < argv.count; i++) argumentBytes += argv.length(i);
    return {
      queryBytes: bytesInWork,
      argumentBytes,
      outputBytes,
      events: `${this.isHeld || this.ending ? '' : 'r'}${outputBytes > 0 ? 'w' : ''}`,
    };
  }

  setReplies(mode: 'on' | 'off' | 'skip'): void {
    if (mode === 'on') {
      this.silence = 0;
      this.current?.unmute();
    } else if (mode === 'off') this.silence |= NO_REPLIES;
    else if ((this.silence & NO_REPLIES) === 0) this.silence |= NOT_NEXT_REPLY;
  }

  kill(): void {
    this.socket.destroy();
    this.close();
  }

  closeAfterReplies(): void {
    this.ending = true;
  }

  closeNow(why: string): void {
    this.host.suspect(this.id, this.socket.remoteAddress, why);
    this.ending = true;
    this.socket.destroy();
  }

  /** Stops reading; the connection ends when what is in flight is answered. */
  finish(): void {
    // It has been asked to go before and does not take its last replies.
    if (this.socket.writableEnded) this.socket.destroy();
    this.ending = true;
    this.reader.pause();
    this.waiting?.end(null);
    this.replyReady();
  }

  get isBlocked(): boolean {
    return this.waiting !== null;
  }

  unblock(error: string | null): boolean {
    return this.waiting?.end(error) ?? false;
  }

  expectReply(muted: boolean): PendingReply {
    const pending = this.pushReply();
    if (muted) pending.mute();
    return pending;
  }

  unwatch(): void {
    if (this.watched !== null) this.host.dispatcher.unwatch(this);
  }

  replyReady(): void {
    if (this.flushRequested) return;
    this.flushRequested = true;
    this.host.requestFlush(this);
  }

  /** What its commands had to wait for is over. */
  resume(): void {
    this.isHeld = false;
    if (this.closed) return;
    this.run();
    while (!this.isHeld && this.backlog.length > 0) {
      const bytes = this.backlog.shift()!;
      this.backlogBytes -= bytes.length;
      this.parse(bytes, bytes.length, null);
    }
    if (this.isHeld) return;
    this.reader.resume();
    if (this.inputEnded) this.replyReady();
  }

  /** Writes what is ready; called when the turn sends, if replyReady() was before. */
  flush(): void {
    this.flushRequested = false;
    if (this.closed) {
      this.queue.dropReady();
      return;
    }
    const written = this.queue.writeReady(this.socket, this.host.output);
    if (written > 0) {
      this.host.statistics.outputBytes += written;
      this.active = true;
    }
    if ((this.ending || (this.inputEnded && !this.isHeld)) && this.queue.empty) this.end();
  }

  private receive(bytes: Buffer, length: number, view: DataView | null): void {
    if (this.ending) return;
    this.host.statistics.inputBytes += length;
    this.active = true;
    if (this.isHeld) {
      // It waits, and is read only so that its end is noticed.
      this.backlog.push(Buffer.from(bytes.subarray(0, length)));
      this.backlogBytes += length;
      if (this.backlogBytes > BACKLOG_BYTES_MAX) this.reader.pause();
      return;
    }
    this.parse(bytes, length, view);
    this.host.commandsCame();
  }

  private parse(bytes: Buffer, length: number, view: DataView | null): void {
    this.parser.feed(bytes, length, view);
    this.run();
    if (this.isHeld) this.parser.keep();
  }

  /** Runs the commands that the parser has, until there is no whole one, they have to wait, or the connection ends. */
  private run(): void {
    const { host, parser } = this;
    while (!this.ending) {
      const found = parser.next();
      if (found === INCOMPLETE) return;
      const pending = this.pushReply();
      if (found !== COMMAND) {
        host.log.debug({ client: this.id, error: parser.error }, 'protocol error');
        host.dispatcher.refuse(parser.error, pending);
        this.ending = true;
        return;
      }
      if (this.silence !== 0) this.beSilent(pending);
      const holder = host.dispatcher.dispatch(parser.argv, this, pending);
      if (this.silence !== 0) this.endSilence(pending);
      if (holder !== null) {
        this.isHeld = true;
        if (holder.readsOn !== true) this.reader.pause();
        holder.hold(this);
        return;
      }
    }
  }

  /** Leaves out the reply to the command that was just dispatched, if its client does not want it. */
  private beSilent(pending: PendingReply): void {
    if ((this.silence & (NO_REPLIES | NOT_THIS_REPLY)) !== 0) pending.mute();
    this.current = pending;
  }

  /** The command has been dispatched, and may have changed what replies are wanted, its own included. */
  private endSilence(pending: PendingReply): void {
    if ((this.silence & NO_REPLIES) !== 0) pending.mute();
    const skipsNext = (this.silence & NOT_NEXT_REPLY) !== 0;
    this.silence = (this.silence & NO_REPLIES) | (skipsNext ? NOT_THIS_REPLY : 0);
    this.current = null;
  }

  private pushReply(): PendingReply {
    const pending = PendingReply.take(this);
    this.queue.push(pending);
    return pending;
  }

  private endOfInput(): void {
    this.inputEnded = true;
    this.waiting?.end(null);
    this.replyReady();
  }

  /** All replies are written: says so to the client, and waits a little for it to agree. */
  private end(): void {
    if (this.socket.writableEnded) return;
    this.ending = true;
    this.parser.close();
    // What the client still sends is read and dropped: closing with it unread would reset the connection, and the
    // client might lose the last replies. The time counts from when all of them are handed to the system.
    this.socket.end(() => setTimeout(() => this.socket.destroy(), LINGER_MS).unref());
    this.reader.resume();
  }

  private close(): void {
    this.closed = true;
    this.ending = true;
    this.parser.close();
    this.waiting?.end(null);
    this.backlog.length = 0;
    this.queue.dropReady();
    this.unwatch();
    this.host.forget(this);
  }
}

export function isLoopback(address: string | undefined): boolean {
  return /^(::1$|(::ffff:)?127\.)/.test(address ?? '');
}

/** `ip:port`, with brackets around an IPv6 address, as Redis writes it. */
function addressText(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return '?:0';
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
