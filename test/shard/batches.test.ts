/** The batches that travel between router and shards: what is written is read, and what is no batch is refused. */
import fc from 'fast-check';
import t from 'tap';
import { Argv } from '../../src/protocol/argv.js';
import { ReplyWriter, type RespVersion } from '../../src/protocol/reply-writer.js';
import { BUFFER_BYTES, BufferPool } from '../../src/shard/buffer-pool.js';
import {
  frameBytes,
  REQUEST_HEADER_BYTES,
  RequestBatchReader,
  RequestBatchWriter,
  type RequestMessage,
} from '../../src/shard/request-batch.js';
import {
  ResponseBatchReader,
  ResponseBatchWriter,
  responseOverheadBytes,
} from '../../src/shard/response-batch.js';

interface Frame {
  readonly id: number;
  readonly command: number;
  readonly database: number;
  readonly resp: RespVersion;
  readonly after: number;
  readonly args: readonly { readonly bytes: Uint8Array; readonly large: boolean }[];
}

const frame: fc.Arbitrary<Frame> = fc.record({
  id: fc.nat(),
  command: fc.nat({ max: 0xffff }),
  database: fc.nat(),
  resp: fc.constantFrom<RespVersion>(2, 3),
  after: fc.nat({ max: 3 }),
  args: fc.array(fc.record({ bytes: fc.uint8Array({ maxLength: 70 }), large: fc.boolean() }), {
    maxLength: 5,
  }),
});

/** An argv with a name before the arguments, and everything at odd offsets. */
function argvOf({ args }: Frame): Argv {
  const argv = new Argv();
  argv.bytes = Buffer.concat([
    Buffer.from('name'),
    ...args.filter(({ large }) => !large).map(({ bytes }) => bytes),
  ]);
  argv.push(0, 4);
  let at = 4;
  for (const { bytes, large } of args) {
    if (large) {
      const own = Buffer.allocUnsafeSlow(bytes.length);
      own.set(bytes);
      argv.pushLarge(own);
    } else {
      argv.push(at, at + bytes.length);
      at += bytes.length;
    }
  }
  return argv;
}

function writeBatch(
  frames: readonly Frame[],
  first: number,
): { message: RequestMessage; byteLength: number } {
  const writer = new RequestBatchWriter();
  const room = frames.reduce((sum, one) => sum + frameBytes(argvOf(one)), REQUEST_HEADER_BYTES);
  writer.begin(new ArrayBuffer(room), 1_700_000_000_123, 2 ** 40, first);
  let sequence = first;
  for (const one of frames) {
    const argv = argvOf(one);
    if (!writer.hasRoom(frameBytes(argv))) throw new Error('frameBytes() says less than a frame takes');
    sequence += one.after;
    writer.frame(one.id, one.command, one.database, one.resp, sequence, argv.count - 1);
    for (let i = 1; i < argv.count; i++) writer.argument(argv, i, false);
  }
  const { byteLength } = writer;
  return { message: writer.take(true), byteLength };
}

t.test('request batches: any frames, large arguments among them', async () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 10 }), fc.constantFrom(0, 1, 2 ** 33), (frames, first) => {
      const { message, byteLength } = writeBatch(frames, first);
      const transfer = Array.isArray(message) ? message : [message];
      const reader = new RequestBatchReader(new Argv());
      reader.open(structuredClone(message, { transfer }));
      if (reader.nowMs !== 1_700_000_000_123 || reader.epoch !== 2 ** 40 || !reader.endsEpoch) return false;
      if (reader.byteLength !== byteLength || reader.left !== frames.length) return false;
      let sequence = first;
      for (const { id, command, database, resp, after, args } of frames) {
        sequence += after;
        if (!reader.next()) return false;
        const { argv } = reader;
        if (reader.id !== id || reader.command !== command || reader.database !== database) return false;
        if (reader.resp !== resp || reader.sequence !== sequence || argv.count !== args.length + 1)
          return false;
        const same = args.every(
          ({ bytes, large }, i) =>
            argv.latin1(i + 1, Number.POSITIVE_INFINITY) === Buffer.from(bytes).toString('latin1') &&
            (argv.largeValue(i + 1) !== undefined) === large,
        );
        if (!same) return false;
      }
      return !reader.next();
    }),
    { numRuns: 500 },
  );
});

t.test('what is no request batch is refused', async (t) => {
  const reader = new RequestBatchReader(new Argv());
  const { message } = writeBatch([], 0);
  const batch = message as ArrayBuffer;
  const spoilt = (change: (words: Int32Array) => void): ArrayBuffer => {
    const copy = batch.slice(0);
    change(new Int32Array(copy));
    return copy;
  };
  for (const bad of [
    undefined,
    null,
    'text',
    {},
    [],
    new ArrayBuffer(0),
    new ArrayBuffer(4096),
    spoilt((words) => {
      words[0]++;
    }),
    spoilt((words) => {
      words[8] = 1 << 30;
    }),
    [batch, 'large'],
  ]) {
    t.throws(() => reader.open(bad), Error);
  }
  const one: Frame = {
    id: 1,
    command: 1,
    database: 0,
    resp: 2,
    after: 0,
    args: [{ bytes: Buffer.alloc(8), large: false }],
  };
  const whole = writeBatch([one], 0).message as ArrayBuffer;
  const words = new Int32Array(whole);
  words[8] -= 8;
  reader.open(whole);
  t.throws(() => reader.next(), /outside/, 'a frame longer than its batch');
});

t.test('response batches: any replies', async () => {
  const replies = fc.array(fc.record({ id: fc.nat(), bytes: fc.uint8Array({ maxLength: 200 }) }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(replies, fc.boolean(), fc.nat({ max: 300 }), (written, endsEpoch, room) => {
      const writer = new ReplyWriter(Buffer.alloc(0));
      const batch = new ResponseBatchWriter(writer);
      // Twice, since the writer is used again and the second batch must not know of the first.
      for (const round of [0, 1]) {
        batch.begin(new ArrayBuffer(Math.max(responseOverheadBytes(0), (room + 7) & ~7)), written.length);
        for (const { id, bytes } of written) {
          writer.raw(Buffer.from(bytes), 0, bytes.length);
          batch.endReply(id);
        }
        const message = batch.take(7, endsEpoch, 1234.5, 99 + round);
        const reader = new ResponseBatchReader();
        reader.open(structuredClone(message, { transfer: [message] }));
        if (reader.epoch !== 7 || reader.endsEpoch !== endsEpoch || reader.nextDueAtMs !== 1234.5)
          return false;
        if (reader.acknowledgedBytes !== 99 + round || reader.count !== written.length) return false;
        for (const { id, bytes } of written) {
          if (!reader.next() || reader.id !== id) return false;
          const { start, length } = reader;
          if (!reader.bytes.subarray(start, start + length).equals(bytes)) return false;
        }
        if (reader.next()) return false;
      }
      return true;
    }),
    { numRuns: 500 },
  );
});

t.test('a batch may hold fewer replies than it was opened for', async (t) => {
  const writer = new ReplyWriter(Buffer.alloc(0));
  const batch = new ResponseBatchWriter(writer);
  batch.begin(new ArrayBuffer(BUFFER_BYTES), 1000);
  writer.ok();
  batch.endReply(5);
  const reader = new ResponseBatchReader();
  reader.open(batch.take(1, false, Number.POSITIVE_INFINITY, 0));
  t.ok(reader.next());
  t.equal(reader.bytes.toString('latin1', reader.start, reader.start + reader.length), '+OK\r\n');
  t.notOk(reader.next());
});

t.test('what is no response batch is refused', async (t) => {
  const reader = new ResponseBatchReader();
  for (const bad of [undefined, 'text', {}, new ArrayBuffer(0), new ArrayBuffer(4096)]) {
    t.throws(() => reader.open(bad), Error);
  }
  const { message } = writeBatch([], 0);
  t.throws(() => reader.open(message), Error, 'a request batch is none');
});

t.test('a buffer pool keeps standard buffers, and not too many', async (t) => {
  const pool = new BufferPool();
  const one = pool.take(10);
  t.equal(one.byteLength, BUFFER_BYTES);
  pool.give(one);
  t.equal(pool.take(BUFFER_BYTES), one, 'used again');
  const large = pool.take(BUFFER_BYTES + 1);
  t.ok(large.byteLength > BUFFER_BYTES && large.byteLength % 8 === 0);
  pool.give(large);
  t.not(pool.take(BUFFER_BYTES + 1), large, 'one of another size is let go');
  const many = Array.from({ length: 100 }, () => pool.take(1));
  for (const buffer of many) pool.give(buffer);
  const again = new Set(many.map(() => pool.take(1)));
  t.ok(many.filter((buffer) => again.has(buffer)).length <= 16);
});
