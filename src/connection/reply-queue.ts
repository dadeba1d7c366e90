/**
 * ReplyQueue: the replies a connection owes, in request order, and their way into the socket.
 *
 * Main thread. Replies become ready in any order, since several shards work on them; they leave from the head only.
 * Bytes are copied once, neighbours at once, and what is ready leaves in one write whenever the turn sends. A large reply
 * is not copied but written from where it lies.
 */
import type { Socket } from 'node:net';
import { copyBytes } from '../protocol/copy-bytes.js';
import type { PendingReply } from '../router/pending-reply.js';
import type { OutputBuffer } from './output-buffer.js';

/** From this size on a reply is written from the response batch itself. */
const DIRECT_BYTES_MIN = 32 * 1024;

export class ReplyQueue {
  private head: PendingReply | null = null;
  private tail: PendingReply | null = null;

  get empty(): boolean {
    return this.head === null;
  }

  push(pending: PendingReply): void {
    if (this.tail === null) this.head = pending;
    else this.tail.next = pending;
    this.tail = pending;
  }

  /** Writes the replies at the head that are ready; returns their bytes. */
  writeReady(socket: Socket, output: OutputBuffer): number {
    let written = 0;
    let corked = false;
    while (this.head?.ready) {
      if (written > 0 && !corked) {
        // Large ones among them: what is left goes out as one writev.
        corked = true;
        socket.cork();
      }
      const bytes = this.copyableBytes();
      written += bytes > 0 ? this.writeCopied(socket, output, bytes) : this.writeDirect(socket);
    }
    if (corked) socket.uncork();
    return written;
  }

  /** Lets go of the replies at the head that are ready: their client is gone. */
  dropReady(): void {
    while (this.head?.ready) this.pop();
  }

  /** Bytes of the ready replies at the head up to the first large one. */
  private copyableBytes(): number {
    let bytes = 0;
    for (
      let pending = this.head;
      pending?.ready && pending.length < DIRECT_BYTES_MIN;
      pending = pending.next
    ) {
      bytes += pending.length;
    }
    return bytes;
  }

  private writeCopied(socket: Socket, output: OutputBuffer, bytes: number): number {
    const target = output.reserve(socket, bytes);
    let at = 0;
    while (at < bytes) {
      const source = this.head!.source!;
      const replies = source.bytes;
      const from = this.head!.start;
      let to = from;
      // With the last of its replies a response's page goes back to its shard, which may write to it at once.
      source.retain();
      do {
        to += this.head!.length;
        this.pop();
      } while (at + to - from < bytes && this.head!.source === source && this.head!.start === to);
      at += copyBytes(replies, from, to, target, at);
      source.release();
    }
    output.write(socket, target);
    return bytes;
  }

  private writeDirect(socket: Socket): number {
    const { source, start, length } = this.head!;
    if (length > 0) {
      source!.retain();
      socket.write(source!.bytes.subarray(start, start + length), () => source!.release());
    }
    this.pop();
    return length;
  }

  private pop(): void {
    const pending = this.head!;
    this.head = pending.next;
    if (this.head === null) this.tail = null;
    pending.release();
  }
}
