/**
 * Batches: what goes over a port, requests and responses, beside plain objects as postMessage would take them, which
 * serialises as node:v8 does. The port itself is not in it.
 */
import { deserialize, serialize } from 'node:v8';
import { Argv } from '../../protocol/argv.js';
import { ReplyWriter } from '../../protocol/reply-writer.js';
import { Batch, type BatchPort, PAGE_BYTES } from '../../shard/batch.js';
import { frameBytes, RequestBatchReader, RequestBatchWriter } from '../../shard/request-batch.js';
import { ResponseBatchReader, ResponseBatchWriter } from '../../shard/response-batch.js';
import type { Contest } from './contest.js';
import { sink } from './numbers.js';

/** What a turn at pipeline 16 puts into a batch. */
const IN_BATCH = 150;
const REPLY = Buffer.from(`$64\r\n${'x'.repeat(64)}\r\n`);

/** Calls `work` for every full batch that fits into `count`, with the number of frames in it. */
function batches(count: number, work: (frames: number) => void): () => void {
  return () => {
    for (let left = count; left > 0; left -= IN_BATCH) work(Math.min(left, IN_BATCH));
  };
}

export const requests: Contest = {
  summary: 'request batches, written and read, beside objects that are serialised',
  count: 300_000,
  item: 'frame',
  contenders(count) {
    const argv = setArgv();
    return {
      sherd: () => {
        const batch = page();
        const writer = new RequestBatchWriter();
        const reader = new RequestBatchReader(new Argv());
        const write = (frames: number) => {
          writer.begin(batch, 1, 1, 1);
          for (let i = 0; i < frames; i++) {
            if (!writer.hasRoom(frameBytes(argv))) throw new Error('a batch holds more than that');
            writer.frame(i, 7, 0, 2, 1 + i, argv.count - 1);
            for (let arg = 1; arg < argv.count; arg++) writer.argument(argv, arg, false);
          }
          return writer.take(true);
        };
        const written = write(IN_BATCH);
        return {
          write: batches(count, (frames) => void write(frames)),
          read: batches(count, () => {
            reader.open(written);
            while (reader.next()) sink.value += reader.argv.start(2) + reader.id;
            reader.close();
          }),
        };
      },
      objects: () => {
        const write = (frames: number) =>
          serialize({
            nowMs: 1,
            frames: Array.from({ length: frames }, (_, id) => ({
              id,
              command: 7,
              args: [1, 2].map((arg) => argv.bytes.subarray(argv.start(arg), argv.end(arg))),
            })),
          });
        const written = write(IN_BATCH);
        return {
          write: batches(count, (frames) => void write(frames)),
          read: batches(count, () => {
            const { frames } = deserialize(written) as { frames: { id: number; args: Buffer[] }[] };
            for (const { id, args } of frames) sink.value += args[1].length + id;
          }),
        };
      },
    };
  },
};

export const responses: Contest = {
  summary: 'response batches, written and read, beside objects that are serialised',
  count: 300_000,
  item: 'reply',
  contenders(count) {
    return {
      sherd: () => {
        const batch = page();
        const replies = new ReplyWriter(Buffer.alloc(0));
        const writer = new ResponseBatchWriter(replies, portOf(batch));
        const reader = new ResponseBatchReader();
        const write = (frames: number) => {
          writer.begin(frames);
          for (let i = 0; i < frames; i++) {
            replies.raw(REPLY, 0, REPLY.length);
            writer.endReply(i);
          }
          writer.post(1, true, Number.POSITIVE_INFINITY, 0);
        };
        write(IN_BATCH);
        return {
          write: batches(count, write),
          read: batches(count, () => {
            reader.open(batch);
            while (reader.next()) sink.value += reader.start + reader.id;
            reader.close();
          }),
        };
      },
      objects: () => {
        // Not the same Buffer each time: it would be serialised once and referred to.
        const write = (frames: number) =>
          serialize({
            epoch: 1,
            replies: Array.from({ length: frames }, (_, id) => ({ id, reply: REPLY.subarray() })),
          });
        const written = write(IN_BATCH);
        return {
          write: batches(count, (frames) => void write(frames)),
          read: batches(count, () => {
            const { replies } = deserialize(written) as { replies: { id: number; reply: Buffer }[] };
            for (const { id, reply } of replies) sink.value += reply.length + id;
          }),
        };
      },
    };
  },
};

/** Memory as a channel gives it. */
function page(): Batch {
  return Batch.ofPage(new SharedArrayBuffer(PAGE_BYTES), 0);
}

/** A port that has one page and keeps what is posted. */
function portOf(batch: Batch): BatchPort {
  return { take: () => batch, post: () => {}, discard: () => {}, release: () => {} };
}

/** The arguments of a SET as the request parser gives them. */
function setArgv(): Argv {
  const argv = new Argv();
  const words = ['SET', 'key:000000000001', 'x'.repeat(64)];
  argv.setBytes(Buffer.from(words.join(''), 'latin1'));
  let at = 0;
  for (const word of words) {
    argv.push(at, at + word.length);
    at += word.length;
  }
  return argv;
}
