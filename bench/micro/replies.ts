/**
 * Replies: the reply queue beside an array of Buffers that is joined for each write. A connection at pipeline 16 owes
 * replies whose bytes come in two response batches, one from each of two shards, and they leave in request order.
 */
import type { Socket } from 'node:net';
import { OutputBuffer } from '../../connection/output-buffer.js';
import { ReplyQueue } from '../../connection/reply-queue.js';
import { PendingReply, type ReplyOwner, ReplySource } from '../../router/pending-reply.js';
import type { Contest } from './contest.js';
import { sink } from './numbers.js';

const PIPELINE = 16;
const REPLY = `$64\r\n${'x'.repeat(64)}\r\n`;

export const replies: Contest = {
  summary: 'reply queue, beside an array of Buffers that is joined for each write',
  count: 1_000_000,
  item: 'reply',
  contenders(count) {
    const shards = [0, 1].map(() => Buffer.from(REPLY.repeat(PIPELINE), 'latin1'));
    const turns = (turn: () => void) => () => {
      for (let left = count; left > 0; left -= PIPELINE) turn();
    };
    return {
      sherd: () => {
        const queue = new ReplyQueue();
        const output = new OutputBuffer();
        const owner: ReplyOwner = { replyReady: () => {} };
        const sources = shards.map((bytes) => new ReplySource(bytes, () => {}));
        const owed: PendingReply[] = [];
        return {
          'owe, fill, write': turns(() => {
            for (let i = 0; i < PIPELINE; i++) {
              owed[i] = PendingReply.take(owner);
              queue.push(owed[i]);
            }
            for (let shard = 0; shard < 2; shard++) {
              for (let i = shard; i < PIPELINE; i += 2) {
                owed[i].fill(sources[shard], (i >> 1) * REPLY.length, REPLY.length);
              }
            }
            queue.writeReady(socket, output);
          }),
        };
      },
      array: () => {
        let queue: { bytes: Buffer | undefined }[] = [];
        return {
          'owe, fill, write': turns(() => {
            for (let i = 0; i < PIPELINE; i++) queue.push({ bytes: undefined });
            for (let shard = 0; shard < 2; shard++) {
              for (let i = shard; i < PIPELINE; i += 2) {
                const start = (i >> 1) * REPLY.length;
                queue[i].bytes = shards[shard].subarray(start, start + REPLY.length);
              }
            }
            const unready = queue.findIndex(({ bytes }) => bytes === undefined);
            const ready = queue.splice(0, unready < 0 ? queue.length : unready);
            socket.write(Buffer.concat(ready.flatMap(({ bytes }) => bytes ?? [])));
            if (queue.length === 0) queue = [];
          }),
        };
      },
    };
  },
};

/** Takes every write at once, as a socket does whose client keeps up. */
const socket = {
  writableLength: 0,
  write: (bytes: Buffer) => {
    sink.value += bytes.length;
    return true;
  },
  cork: () => {},
  uncork: () => {},
} as unknown as Socket;
