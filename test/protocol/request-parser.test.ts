/** The request parser: conversations in every chunking, Redis's errors and limits, round trips, linear work. */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { LARGE_ARGUMENT_BYTES, RequestParser } from '../../src/protocol/request-parser.js';
import { request, requests } from '../support/requests.js';
import { type Conversation, conversations, protocolError } from './conversations.js';
import { chunksOf, countCommands, LIMITS, type Parsed, parseChunks, split } from './parsing.js';

const LINE_BYTES_MAX = 64 * 1024;

/** Too long to try every split of. */
const longConversations: Conversation[] = [
  {
    name: 'an inline request at the limit',
    input: `ECHO ${'a'.repeat(LINE_BYTES_MAX - 5)}\nPING\r\n`,
    commands: [['ECHO', 'a'.repeat(LINE_BYTES_MAX - 5)], ['PING']],
  },
  {
    name: 'an inline request above it, without an end',
    input: `PING\r\nECHO ${'a'.repeat(LINE_BYTES_MAX - 4)}`,
    commands: [['PING']],
    error: protocolError('too big inline request'),
  },
  {
    name: 'an inline request above it, with an end',
    input: `ECHO ${'a'.repeat(LINE_BYTES_MAX)}\r\n`,
    commands: [],
    error: protocolError('too big inline request'),
  },
  {
    name: 'a NUL in an inline request, and then too much',
    input: `PI\0NG\r\n${'PING\r\n'.repeat(LINE_BYTES_MAX / 6 + 1)}`,
    commands: [],
    error: protocolError('too big inline request'),
  },
  {
    name: 'an endless array header',
    input: `PING\r\n*${'1'.repeat(LINE_BYTES_MAX)}`,
    commands: [['PING']],
    error: protocolError('too big mbulk count string'),
  },
  {
    name: 'an endless bulk header',
    input: `*1\r\n$${'1'.repeat(LINE_BYTES_MAX)}`,
    commands: [],
    error: protocolError('too big bulk count string'),
  },
  {
    name: 'an endless line where a bulk must be',
    input: `*1\r\n${'x'.repeat(LINE_BYTES_MAX + 1)}`,
    commands: [],
    error: protocolError('too big bulk count string'),
  },
  { name: 'a header at the limit', input: `*${'1'.repeat(LINE_BYTES_MAX - 1)}`, commands: [] },
  {
    name: 'a NUL in a header, and then too much',
    input: `*1\0\r\n${'$4\r\nPING\r\n'.repeat(7000)}`,
    commands: [],
    error: protocolError('too big mbulk count string'),
  },
  ...[LARGE_ARGUMENT_BYTES - 1, LARGE_ARGUMENT_BYTES, LARGE_ARGUMENT_BYTES + 1].map((bytes) => ({
    name: `arguments of ${bytes} bytes among small ones`,
    input: [
      request('MSET', 'a', 'x'.repeat(bytes), 'y'.repeat(bytes), '\r\n', 'c', 'z'.repeat(bytes)),
      request('PING'),
    ].join(''),
    commands: [['MSET', 'a', 'x'.repeat(bytes), 'y'.repeat(bytes), '\r\n', 'c', 'z'.repeat(bytes)], ['PING']],
  })),
];

function expected({ commands, error }: Conversation): Parsed {
  return { commands, error: error ?? null };
}

/** The first way of cutting that gives something else than expected. */
function firstDifference(conversation: Conversation, ways: Iterable<readonly Buffer[]>) {
  const wanted = JSON.stringify(expected(conversation));
  for (const chunks of ways) {
    const found = parseChunks(chunks);
    if (JSON.stringify(found) !== wanted) {
      return { chunks: chunks.map((chunk) => chunk.toString('latin1')), found };
    }
  }
  return undefined;
}

function* splitsInTwo(bytes: Buffer, offsets: Iterable<number>): Iterable<Buffer[]> {
  for (const at of offsets) yield split(bytes, [at]);
}

t.test('conversations, whole and in every split', async (t) => {
  for (const conversation of conversations) {
    t.test(conversation.name, async (t) => {
      const bytes = Buffer.from(conversation.input, 'latin1');
      t.same(parseChunks([bytes]), expected(conversation), 'whole');
      const everywhere = Array.from({ length: bytes.length + 1 }, (_, i) => i);
      t.equal(firstDifference(conversation, splitsInTwo(bytes, everywhere)), undefined, 'in two chunks');
      t.equal(firstDifference(conversation, [chunksOf(bytes, 1)]), undefined, 'byte by byte');
      fc.assert(
        fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 }), (offsets) => {
          return firstDifference(conversation, [split(bytes, offsets)]) === undefined;
        }),
      );
      t.pass('in random chunks');
    });
  }
});

t.test('conversations too long for every split', async (t) => {
  for (const conversation of longConversations) {
    t.test(conversation.name, async (t) => {
      const bytes = Buffer.from(conversation.input, 'latin1');
      t.ok(firstDifference(conversation, [[bytes]]) === undefined, 'whole');
      const nearLimits = [0, 2, 11, LINE_BYTES_MAX, bytes.length - LINE_BYTES_MAX, bytes.length].flatMap(
        (at) => Array.from({ length: 24 }, (_, i) => at - 12 + i),
      );
      const everySo = Array.from({ length: 60 }, (_, i) => Math.floor((bytes.length * i) / 60));
      const offsets = [...nearLimits, ...everySo].filter((at) => at >= 0 && at <= bytes.length);
      t.ok(firstDifference(conversation, splitsInTwo(bytes, offsets)) === undefined, 'in two chunks');
      t.ok(firstDifference(conversation, [chunksOf(bytes, 1)]) === undefined, 'byte by byte');
      t.ok(firstDifference(conversation, [chunksOf(bytes, 4096)]) === undefined, 'in chunks of 4 KB');
      fc.assert(
        fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 }), (offsets) => {
          return firstDifference(conversation, [split(bytes, offsets)]) === undefined;
        }),
        { numRuns: 20 },
      );
      t.pass('in random chunks');
    });
  }
});

t.test('after an error nothing more is found', async (t) => {
  const parser = new RequestParser(LIMITS);
  parser.feed(Buffer.from('*x\r\n*1\r\n$4\r\nPING\r\n'));
  t.throws(() => countCommands(parser, [Buffer.from('*x\r\nPING\r\n')]), { message: /invalid multibulk/ });
  t.throws(() => countCommands(parser, [Buffer.from('PING\r\n')]), { message: /invalid multibulk/ });
  t.equal(parser.bytesHeld, 0, 'and nothing is held');
});

t.test('the limit of a bulk may change between commands', async (t) => {
  const limits = { bulkBytesMax: 10 };
  const parser = new RequestParser(limits);
  t.equal(countCommands(parser, [request('GET', '0123456789')]), 1);
  limits.bulkBytesMax = 4;
  t.throws(() => countCommands(parser, [request('GET', '01234')]), { message: /invalid bulk length/ });
});

const word = fc.oneof(
  { weight: 20, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  { weight: 5, arbitrary: fc.uint8Array({ minLength: 200, maxLength: 5000, size: 'max' }) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: -2, max: 5000 })
      .map((more) => new Uint8Array(LARGE_ARGUMENT_BYTES + more).fill(7)),
  },
);

t.test('what is encoded and cut at random parses back', async (_t) => {
  fc.assert(
    fc.property(
      fc.array(fc.array(word, { minLength: 1, maxLength: 6 }), { maxLength: 8 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 }),
      (commands, cuts) => {
        const bytes = requests(commands);
        const chunks = split(
          bytes,
          cuts.map((cut) => Math.floor(cut * bytes.length)),
        );
        const parsed = parseChunks(chunks);
        const wanted = commands.map((words) => words.map((one) => Buffer.from(one).toString('latin1')));
        return parsed.error === null && JSON.stringify(parsed.commands) === JSON.stringify(wanted);
      },
    ),
    { numRuns: 300 },
  );
});

t.test('the work is linear: every byte received is copied at most twice', async (t) => {
  const check = (t: Test, parser: RequestParser, received: number): void => {
    const ratio = parser.bytesCopied / received;
    t.comment(`copied ${parser.bytesCopied} of ${received} bytes received: ${ratio.toFixed(3)}`);
    t.ok(parser.bytesCopied <= 2 * received);
    t.equal(parser.bytesHeld, 0, 'nothing is held at the end');
  };

  for (const [name, bytes, chunkBytes] of [
    ['a value of 1 MB, byte by byte', request('SET', 'k', Buffer.alloc(1 << 20, 'x')), 1],
    ['a value of 100 MB in chunks of 16 KB', request('SET', 'k', Buffer.alloc(100 << 20, 'x')), 16384],
    ['a value of 60 KB, byte by byte', request('SET', 'k', Buffer.alloc(60 << 10, 'x')), 1],
  ] as const) {
    t.test(name, async (t) => {
      const parser = new RequestParser(LIMITS);
      t.equal(countCommands(parser, chunksOf(bytes, chunkBytes)), 1);
      check(t, parser, bytes.length);
    });
  }

  t.test('100 MB of small commands in chunks of 16 KB', async (t) => {
    const one = request('SET', 'key:000000000017', 'x'.repeat(64));
    const commands = Math.floor((100 << 20) / one.length);
    const bytes = Buffer.alloc(commands * one.length, one);
    const parser = new RequestParser(LIMITS);
    t.equal(countCommands(parser, chunksOf(bytes, 16384)), commands);
    check(t, parser, bytes.length);
  });

  t.test('1 MB of inline commands, byte by byte', async (t) => {
    const bytes = Buffer.from('SET a "b c"\r\n'.repeat(80_000));
    const parser = new RequestParser(LIMITS);
    t.equal(countCommands(parser, chunksOf(bytes, 1)), 80_000);
    check(t, parser, bytes.length);
  });

  for (const chunkBytes of [1, 1000, 16384, Number.MAX_SAFE_INTEGER]) {
    t.test(`an array of a million elements in chunks of ${chunkBytes}`, async (t) => {
      const words = 1_000_000;
      const bytes = Buffer.concat([Buffer.from(`*${words}\r\n`), Buffer.alloc(words * 8, '$2\r\nab\r\n')]);
      const parser = new RequestParser(LIMITS);
      t.equal(countCommands(parser, chunksOf(bytes, chunkBytes)), 1);
      check(t, parser, bytes.length);
    });
  }
});

t.test('memory follows the bytes that have come, not those announced', async (t) => {
  const before = process.memoryUsage().arrayBuffers;
  const parsers = Array.from({ length: 100 }, () => new RequestParser(LIMITS));
  for (const parser of parsers) {
    countCommands(parser, [Buffer.from('*2147483647\r\n$536870912\r\nabc')]);
    t.ok(parser.bytesHeld < 100);
  }
  t.ok(process.memoryUsage().arrayBuffers - before < 10 << 20);
});
