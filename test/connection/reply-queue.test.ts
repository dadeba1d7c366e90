/** ReplyQueue: replies leave in request order and byte for byte, whatever order they become ready in. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { OutputSlabs } from '../../src/connection/output-slabs.js';
import { ReplyQueue } from '../../src/connection/reply-queue.js';
import { PendingReply, ReplySource } from '../../src/router/pending-reply.js';

/** A socket that keeps what is written until it is told that the kernel has taken it. */
class FakeSocket extends EventEmitter {
  writableLength = 0;
  private written: Buffer[] = [];
  private callbacks: (() => void)[] = [];

  write(bytes: Buffer, done?: () => void): boolean {
    this.written.push(bytes);
    this.writableLength += bytes.length;
    if (done !== undefined) this.callbacks.push(done);
    return true;
  }

  cork(): void {}

  uncork(): void {}

  /** The bytes, as they are when the kernel takes them. */
  drain(): Buffer {
    const bytes = Buffer.concat(this.written.splice(0));
    this.writableLength = 0;
    for (const done of this.callbacks.splice(0)) done();
    return bytes;
  }
}

const nobody = { replyReady: () => {} };

/** A source whose buffer is spoilt once nobody refers to it, as one is that is used again. */
function spoilingSource(bytes: Buffer): ReplySource {
  return new ReplySource(bytes, (source) => {
    // At once would be too early: whoever lets go may still copy within the same turn.
    queueMicrotask(() => bytes.fill('!'));
    source.bytes = Buffer.alloc(0);
  });
}

const sizes = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 100 }) },
  { weight: 1, arbitrary: fc.constantFrom(32 * 1024 - 1, 32 * 1024, 70_000) },
);

t.test('whatever the order in which replies become ready', async () => {
  await fc.assert(
    fc.asyncProperty(
      // Sources, each with replies that lie one behind the other; then the order of filling, and turns in between.
      fc.array(fc.array(sizes, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 50 }),
      fc.boolean(),
      async (sources, order, inRequestOrder) => {
        const queue = new ReplyQueue();
        const socket = new FakeSocket();
        const slabs = new OutputSlabs();
        let label = 0;
        const replies = sources.flatMap((lengths) => {
          const parts = lengths.map((length) => Buffer.alloc(length, `${label++};`));
          const source = spoilingSource(Buffer.concat(parts));
          let start = 0;
          return parts.map((part) => {
            const pending = PendingReply.take(nobody);
            const reply = { pending, source, start, part };
            start += part.length;
            return reply;
          });
        });
        for (const { source } of replies) source.retain();
        for (const { pending } of replies) queue.push(pending);
        const left = [...replies];
        const received: Buffer[] = [];
        for (let i = 0; left.length > 0; i++) {
          const choice = order[i % Math.max(1, order.length)] ?? 0;
          const [next] = left.splice(inRequestOrder ? 0 : choice % left.length, 1);
          next.pending.fill(next.source, next.start, next.part.length);
          next.source.release();
          if (choice % 3 === 0) {
            queue.writeReady(socket as unknown as Socket, slabs);
            if (choice % 2 === 0) received.push(socket.drain());
            await Promise.resolve();
          }
        }
        queue.writeReady(socket as unknown as Socket, slabs);
        received.push(socket.drain());
        return queue.empty && Buffer.concat(received).equals(Buffer.concat(replies.map(({ part }) => part)));
      },
    ),
    { numRuns: 300 },
  );
});

t.test('of replies that nobody wants those at the head are let go', async (t) => {
  const queue = new ReplyQueue();
  const [first, second, third] = [0, 1, 2].map(() => PendingReply.take(nobody));
  for (const pending of [first, second, third]) queue.push(pending);
  let unused = 0;
  const source = new ReplySource(Buffer.from('abc'), () => {
    unused++;
  });
  first.fill(source, 0, 1);
  third.fill(source, 2, 1);
  queue.dropReady();
  t.notOk(queue.empty);
  t.equal(unused, 0, 'the third still refers to it');
  second.fill(source, 1, 1);
  queue.dropReady();
  t.ok(queue.empty);
  t.equal(unused, 1);
});
