/** ReplyQueue: replies leave in request order and byte for byte, whatever order they become ready in. */
import type { Socket } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { OutputBuffer } from '../../src/connection/output-buffer.js';
import { ReplyQueue } from '../../src/connection/reply-queue.js';
import { PendingReply, ReplySource } from '../../src/router/pending-reply.js';

/**
 * A socket whose kernel takes a write at once, whole, where `takes` says so and nothing waits before it; what it does
 * not take is kept by reference until drain().
 */
class FakeSocket {
  writableLength = 0;
  private readonly takes: () => boolean;
  private readonly taken: Buffer[] = [];
  private waiting: { bytes: Buffer; done: () => void }[] = [];
  private corked = 0;

  constructor(takes: () => boolean) {
    this.takes = takes;
  }

  write(bytes: Buffer, done: () => void = () => {}): boolean {
    if (this.corked === 0 && this.waiting.length === 0 && this.takes()) {
      this.taken.push(Buffer.from(bytes));
      queueMicrotask(done);
      return true;
    }
    this.waiting.push({ bytes, done });
    this.writableLength += bytes.length;
    return false;
  }

  cork(): void {
    this.corked++;
  }

  uncork(): void {
    this.corked--;
  }

  /** The kernel takes what waits, as it is now. */
  drain(): void {
    this.writableLength = 0;
    for (const { bytes, done } of this.waiting.splice(0)) {
      this.taken.push(Buffer.from(bytes));
      done();
    }
  }

  received(): Buffer {
    return Buffer.concat(this.taken);
  }
}

const nobody = { replyReady: () => {} };

/** A source whose buffer is spoilt as soon as nobody refers to it: a page goes back to a shard that runs meanwhile. */
function spoilingSource(bytes: Buffer): ReplySource {
  return new ReplySource(bytes, (source) => {
    bytes.fill('!');
    source.bytes = Buffer.alloc(0);
  });
}

const sizes = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 100 }) },
  { weight: 1, arbitrary: fc.constantFrom(32 * 1024 - 1, 32 * 1024, 70_000) },
);

/** One connection's replies: of each source those that lie one behind the other in it. */
const connection = fc.array(fc.array(sizes, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 });

t.test('whatever the order in which replies become ready and sockets take them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(connection, { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(), { minLength: 1, maxLength: 50 }),
      async (connections, choices) => {
        let chosen = 0;
        const choose = (limit: number): number => choices[chosen++ % choices.length] % limit;
        const output = new OutputBuffer();
        const all = connections.map((sources, c) => {
          const queue = new ReplyQueue();
          let label = 0;
          const replies = sources.flatMap((lengths) => {
            const parts = lengths.map((length) => Buffer.alloc(length, `${c}.${label++};`));
            // Replies to other connections lie between some of them.
            const gaps = parts.map(() => Buffer.alloc(choose(2) * 5, '#'));
            const source = spoilingSource(Buffer.concat(parts.flatMap((part, i) => [part, gaps[i]])));
            let start = 0;
            return parts.map((part, i) => {
              source.retain();
              const reply = { pending: PendingReply.take(nobody), source, start, part };
              queue.push(reply.pending);
              start += part.length + gaps[i].length;
              return reply;
            });
          });
          return { queue, replies, left: [...replies], socket: new FakeSocket(() => choose(3) > 0) };
        });
        const unfinished = () => all.filter(({ left }) => left.length > 0);
        while (unfinished().length > 0) {
          const { left, queue, socket } = unfinished()[choose(unfinished().length)];
          // Mostly the next one, so that several neighbours are ready at once.
          const [next] = left.splice(choose(4) === 0 ? choose(left.length) : 0, 1);
          next.pending.fill(next.source, next.start, next.part.length);
          next.source.release();
          if (choose(3) === 0) {
            queue.writeReady(socket as unknown as Socket, output);
            if (choose(2) === 0) socket.drain();
            await Promise.resolve();
          }
        }
        return all.every(({ queue, replies, socket }) => {
          queue.writeReady(socket as unknown as Socket, output);
          socket.drain();
          return queue.empty && socket.received().equals(Buffer.concat(replies.map(({ part }) => part)));
        });
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
