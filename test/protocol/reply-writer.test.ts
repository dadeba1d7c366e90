/** Replies as they are written, read back by a reader of the tests' own. */
import fc from 'fast-check';
import t from 'tap';
import { INT64_MAX, INT64_MIN, toInt64 } from '../../src/protocol/int64.js';
import {
  endOfReplyLine,
  ReplyWriter,
  type RespVersion,
  readReplyNumber,
} from '../../src/protocol/reply-writer.js';
import { decode, ErrorReply, endOfReply, type Reply } from '../support/replies.js';

function written(resp: RespVersion, write: (reply: ReplyWriter) => void, room = 0): Buffer {
  const reply = new ReplyWriter(Buffer.alloc(room));
  reply.resp = resp;
  write(reply);
  return reply.bytes.subarray(0, reply.position);
}

function text(resp: RespVersion, write: (reply: ReplyWriter) => void): string {
  return written(resp, write).toString('latin1');
}

t.test('every kind of reply in both dialects', async (t) => {
  const cases: [write: (reply: ReplyWriter) => void, resp2: string, resp3: string][] = [
    [(reply) => reply.ok(), '+OK\r\n', '+OK\r\n'],
    [(reply) => reply.simple('PONG'), '+PONG\r\n', '+PONG\r\n'],
    [(reply) => reply.simple('a\r\nb\nc'), '+a  b c\r\n', '+a  b c\r\n'],
    [(reply) => reply.error('ERR no\r\n+OK'), '-ERR no  +OK\r\n', '-ERR no  +OK\r\n'],
    [(reply) => reply.error('ERR \xff'), '-ERR \xff\r\n', '-ERR \xff\r\n'],
    [(reply) => reply.boolean(true), ':1\r\n', '#t\r\n'],
    [(reply) => reply.boolean(false), ':0\r\n', '#f\r\n'],
    [(reply) => reply.bulkText(''), '$0\r\n\r\n', '$0\r\n\r\n'],
    [(reply) => reply.bulkText('ä\r\n'), '$4\r\n\xc3\xa4\r\n\r\n', '$4\r\n\xc3\xa4\r\n\r\n'],
    [(reply) => reply.verbatim('txt', 'hä'), '$3\r\nh\xc3\xa4\r\n', '=7\r\ntxt:h\xc3\xa4\r\n'],
    [(reply) => reply.null(), '$-1\r\n', '_\r\n'],
    [(reply) => reply.nullArray(), '*-1\r\n', '_\r\n'],
    [(reply) => reply.array(0), '*0\r\n', '*0\r\n'],
    [(reply) => reply.map(2), '*4\r\n', '%2\r\n'],
    [(reply) => reply.set(3), '*3\r\n', '~3\r\n'],
    [(reply) => reply.raw(Buffer.from('x+OK\r\nx'), 1, 6), '+OK\r\n', '+OK\r\n'],
  ];
  for (const [write, resp2, resp3] of cases) {
    t.equal(text(2, write), resp2);
    t.equal(text(3, write), resp3);
  }
});

t.test('integers', async (t) => {
  const edges = [0, 1, 9, 10, 99, 100, 2 ** 30 - 1, 2 ** 30, 2 ** 31, 2 ** 32, 2 ** 53 - 1];
  for (const edge of edges) {
    for (const value of [edge, edge - 1, -edge || 0]) {
      t.equal(
        text(2, (reply) => reply.integer(value)),
        `:${value}\r\n`,
      );
    }
  }
  fc.assert(
    fc.property(fc.bigInt({ min: INT64_MIN, max: INT64_MAX }), (value) => {
      return text(2, (reply) => reply.integer(toInt64(value))) === `:${value}\r\n`;
    }),
  );
});

const content: fc.Memo<Reply> = fc.memo((depth) =>
  depth <= 1
    ? fc.oneof(
        fc.constant(null),
        fc.boolean(),
        fc.bigInt({ min: INT64_MIN, max: INT64_MAX }).map(toInt64),
        fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
        fc.string({ unit: 'grapheme-ascii' }).map((message) => new ErrorReply(`ERR ${message}`)),
      )
    : fc.oneof(content(1), fc.array(content(depth - 1), { maxLength: 5 })),
);

function write(reply: ReplyWriter, value: Reply): void {
  if (value === null) reply.null();
  else if (typeof value === 'boolean') reply.boolean(value);
  else if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'latin1');
    reply.bulk(bytes, 0, bytes.length);
  } else if (value instanceof ErrorReply) reply.error(value.text);
  else if (Array.isArray(value)) {
    reply.array(value.length);
    for (const element of value) write(reply, element);
  } else reply.integer(value);
}

t.test('whatever is written is read back, from a buffer of any size', async () => {
  fc.assert(
    fc.property(content(3), fc.nat({ max: 64 }), (value, room) => {
      const bytes = written(3, (reply) => write(reply, value), room);
      const back = decode(bytes);
      return (
        endOfReply(bytes, 0) === bytes.length &&
        JSON.stringify(back, withBigInt) === JSON.stringify(value, withBigInt)
      );
    }),
    { numRuns: 500 },
  );
});

function withBigInt(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

t.test('what was written keeps its place when the buffer grows', async (t) => {
  const reply = new ReplyWriter(Buffer.alloc(4));
  for (let i = 0; i < 1000; i++) reply.simple(String(i));
  const expected = Array.from({ length: 1000 }, (_, i) => `+${i}\r\n`).join('');
  t.equal(reply.bytes.toString('latin1', 0, reply.position), expected);
});

t.test('reading of lines in replies', async (t) => {
  const bytes = Buffer.from('*2\r\n$-1\r\n$10\r\n0123456789\r\n');
  t.equal(endOfReplyLine(bytes, 0), 4);
  t.equal(endOfReplyLine(bytes, 4), 9);
  t.equal(readReplyNumber(bytes, 1), 2);
  t.equal(readReplyNumber(bytes, 5), -1);
  t.equal(readReplyNumber(bytes, 10), 10);
});
