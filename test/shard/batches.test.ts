/** The batches that travel between router and shards: what is written is read, and what is no batch is refused. */
import fc from 'fast-check';
import t from 'tap';
import { Argv } from '../../src/protocol/argv.js';
import { ReplyWriter, type RespVersion } from '../../src/protocol/reply-writer.js';
import { Batch } from '../../src/shard/batch.js';
import {
  frameBytes,
  REQUEST_HEADER_BYTES,
  RequestBatchReader,
  RequestBatchWriter,
} from '../../src/shard/request-batch.js';
import { ResponseBatchReader, ResponseBatchWriter } from '../../src/shard/response-batch.js';
import { FakePort } from '../support/fake-ports.js';

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
  const inline = args.filter(({ large }) => !large).map(({ bytes }) => bytes);
  argv.setBytes(Buffer.concat([Buffer.from('name'), ...inline]));
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

/** What comes out at the other end when the batch is posted. */
function sent(batch: Batch): Batch {
  const posted: Batch[] = [];
  new FakePort((one) => posted.push(one)).post(batch);
  return posted[0];
}

function writeBatch(frames: readonly Frame[], first: number): { batch: Batch; byteLength: number } {
  const writer = new RequestBatchWriter();
  const room = frames.reduce((sum, one) => sum + frameBytes(argvOf(one)), REQUEST_HEADER_BYTES);
  const batch = Batch.ofSize(room);
  batch.bytes.fill(0xdd);
  writer.begin(batch, 1_700_000_000_123, 2 ** 40, first);
  let sequence = first;
  for (const one of frames) {
    const argv = argvOf(one);
    if (!writer.hasRoom(frameBytes(argv))) throw new Error('frameBytes() says less than a frame takes');
    sequence += one.after;
    writer.frame(one.id, one.command, one.database, one.resp, sequence, argv.count - 1);
    for (let i = 1; i < argv.count; i++) writer.argument(argv, i, false);
  }
  const { byteLength } = writer;
  return { batch: sent(writer.take(true)), byteLength };
}

t.test('request batches: any frames, large arguments among them', async () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 10 }), fc.constantFrom(0, 1, 2 ** 33), (frames, first) => {
      const { batch, byteLength } = writeBatch(frames, first);
      const reader = new RequestBatchReader(new Argv());
      reader.open(batch);
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
  const { batch } = writeBatch([], 0);
  const spoilt = (change: (words: Int32Array) => void): Batch => {
    const copy = Batch.ofBuffer((batch.bytes.buffer as ArrayBuffer).slice(0));
    change(copy.words);
    return copy;
  };
  for (const bad of [
    Batch.ofSize(0),
    Batch.ofSize(8),
    Batch.ofSize(4096),
    spoilt((words) => {
      words[0]++;
    }),
    spoilt((words) => {
      words[8] = 1 << 30;
    }),
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
  const whole = writeBatch([one], 0).batch;
  whole.words[8] -= 8;
  reader.open(whole);
  t.throws(() => reader.next(), /outside/, 'a frame longer than its batch');
});

/** Gives out batches with hardly more room than is asked for, so that replies outgrow them. */
class TightPort extends FakePort {
  private readonly room: number;

  constructor(room: number, deliver: (batch: Batch) => void) {
    super(deliver);
    this.room = room;
  }

  override take(bytes: number): Batch {
    return super.take(bytes, bytes + this.room);
  }
}

t.test('response batches: any replies', async () => {
  const replies = fc.array(fc.record({ id: fc.nat(), bytes: fc.uint8Array({ maxLength: 200 }) }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(replies, fc.boolean(), fc.nat({ max: 300 }), (written, endsEpoch, room) => {
      const writer = new ReplyWriter(Buffer.alloc(0));
      const posted: Batch[] = [];
      const port = new TightPort(room, (batch) => posted.push(batch));
      const responses = new ResponseBatchWriter(writer, port);
      // Twice, since the writer is used again and the second batch must not know of the first.
      for (const round of [0, 1]) {
        responses.begin(written.length);
        for (const { id, bytes } of written) {
          writer.raw(Buffer.from(bytes), 0, bytes.length);
          responses.endReply(id);
        }
        responses.post(7, endsEpoch, 1234.5, 99 + round);
        if (posted.length !== 1 || port.owed !== 0) return false;
        const batch = posted.pop()!;
        const reader = new ResponseBatchReader();
        reader.open(batch);
        if (reader.epoch !== 7 || reader.endsEpoch !== endsEpoch || reader.nextDueAtMs !== 1234.5)
          return false;
        if (reader.acknowledgedBytes !== 99 + round || reader.count !== written.length) return false;
        for (const { id, bytes } of written) {
          if (!reader.next() || reader.id !== id) return false;
          const { start, length } = reader;
          if (!batch.bytes.subarray(start, start + length).equals(bytes)) return false;
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
  const posted: Batch[] = [];
  const responses = new ResponseBatchWriter(writer, new FakePort((batch) => posted.push(batch)));
  responses.begin(1000);
  writer.ok();
  responses.endReply(5);
  responses.post(1, false, Number.POSITIVE_INFINITY, 0);
  const reader = new ResponseBatchReader();
  reader.open(posted[0]);
  t.ok(reader.next());
  t.equal(posted[0].bytes.toString('latin1', reader.start, reader.start + reader.length), '+OK\r\n');
  t.notOk(reader.next());
});

t.test('what is taken back is in no reply, even when it has outgrown the batch', async (t) => {
  for (const length of [10, 200_000]) {
    const writer = new ReplyWriter(Buffer.alloc(0));
    const posted: Batch[] = [];
    const port = new FakePort((batch) => posted.push(batch));
    const responses = new ResponseBatchWriter(writer, port);
    responses.begin(2);
    writer.ok();
    responses.endReply(1);
    writer.raw(Buffer.alloc(length), 0, length);
    responses.rewind();
    writer.error('ERR no');
    responses.endReply(2);
    responses.post(1, true, Number.POSITIVE_INFINITY, 0);
    const reader = new ResponseBatchReader();
    reader.open(posted[0]);
    const replies: string[] = [];
    while (reader.next())
      replies.push(posted[0].bytes.toString('latin1', reader.start, reader.start + reader.length));
    t.same(replies, ['+OK\r\n', '-ERR no\r\n']);
    t.equal(port.owed, 0, 'and the memory that was outgrown is given back');
  }
});

t.test('what is no response batch is refused', async (t) => {
  const reader = new ResponseBatchReader();
  for (const bad of [Batch.ofSize(0), Batch.ofSize(8), Batch.ofSize(4096)]) {
    t.throws(() => reader.open(bad), Error);
  }
  t.throws(() => reader.open(writeBatch([], 0).batch), Error, 'a request batch is none');
});
