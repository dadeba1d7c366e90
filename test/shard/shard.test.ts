/** Shard: batches in, responses out, without a thread: order, splitting, clock, expiry by ticks, refusals. */
import t from 'tap';
import { CommandTable } from '../../src/commands/table.js';
import { Argv } from '../../src/protocol/argv.js';
import { Batch } from '../../src/shard/batch.js';
import { frameBytes, REQUEST_HEADER_BYTES, RequestBatchWriter } from '../../src/shard/request-batch.js';
import { ResponseBatchReader } from '../../src/shard/response-batch.js';
import { Shard } from '../../src/shard/shard.js';
import { FakePort } from '../support/fake-ports.js';

const START_MS = 1_700_000_000_000;
const table = new CommandTable();

interface Response {
  readonly replies: { readonly id: number; readonly text: string }[];
  readonly endsEpoch: boolean;
  readonly acknowledgedBytes: number;
  readonly nextDueAtMs: number;
}

/** A shard, and what runs commands on it in one batch, the ids being their positions. */
function newShard(settings: [name: string, text: string][] = []) {
  const responses: Response[] = [];
  const port = new FakePort((response) => {
    const reader = new ResponseBatchReader();
    reader.open(response);
    const replies: { id: number; text: string }[] = [];
    while (reader.next()) {
      const { id, length, start } = reader;
      replies.push({ id, text: response.bytes.toString('latin1', start, start + length) });
    }
    const { acknowledgedBytes, endsEpoch, nextDueAtMs } = reader;
    responses.push({ replies, endsEpoch, acknowledgedBytes, nextDueAtMs });
  });
  const shard = new Shard(
    { index: 0, shards: 1, nowMs: START_MS, hashSeed: [3, 4], settings },
    { port, random: () => 0.5, threadFigures: () => ({ heapBytes: 0, externalBytes: 0, utilization: 0 }) },
  );
  const receive = (request: Batch): void => shard.receive(port.arrive(request));
  const run = (atMs: number, ...commands: string[][]): Response[] => {
    receive(batch(atMs, commands).batch);
    if (port.owed > 0) throw new Error(`${port.owed} batches were not given back`);
    return responses.splice(0);
  };
  return { receive, run };
}

function batch(atMs: number, commands: readonly string[][]): { batch: Batch; byteLength: number } {
  const argvs = commands.map((words) => {
    const argv = new Argv();
    argv.setBytes(Buffer.from(words.join(''), 'latin1'));
    let at = 0;
    for (const word of words) {
      argv.push(at, at + word.length);
      at += word.length;
    }
    return argv;
  });
  const writer = new RequestBatchWriter();
  const room = argvs.reduce((sum, argv) => sum + frameBytes(argv), REQUEST_HEADER_BYTES);
  writer.begin(Batch.ofSize(room), START_MS + atMs, 1, 1);
  for (const [id, argv] of argvs.entries()) {
    const command = table.find(commands[id].slice(0, 2).join('|')) ?? table.lookup(argv, 0);
    writer.frame(id, command?.index ?? 9999, 0, 2, 1 + id, argv.count - 1);
    for (let i = 1; i < argv.count; i++) writer.argument(argv, i, false);
  }
  const { byteLength } = writer;
  return { batch: writer.take(true), byteLength };
}

function texts(responses: readonly Response[]): string[] {
  return responses.flatMap(({ replies }) => replies.map(({ text }) => text));
}

t.test('requests are answered in order, and the batch is acknowledged', async (t) => {
  const { run } = newShard();
  const commands = [['SET', 'a', '1'], ['GET', 'a'], ['GET', 'b'], ['DEL', 'a', 'b'], ['DBSIZE']];
  const [response, ...more] = run(0, ...commands);
  t.same(more, []);
  t.same(
    response.replies.map(({ id }) => id),
    [0, 1, 2, 3, 4],
  );
  t.same(texts([response]), ['+OK\r\n', '$1\r\n1\r\n', '$-1\r\n', ':1\r\n', ':0\r\n']);
  t.equal(response.acknowledgedBytes, batch(0, commands).byteLength);
  t.ok(response.endsEpoch);
  t.equal(response.nextDueAtMs, Number.POSITIVE_INFINITY);
});

t.test('a large response is posted in parts, and only the last one ends the epoch', async (t) => {
  const { run } = newShard();
  const value = 'x'.repeat(20_000);
  const commands = [['SET', 'a', value], ...Array.from({ length: 20 }, () => ['GET', 'a'])];
  const responses = run(0, ...commands);
  t.ok(responses.length > 2, `${responses.length} parts`);
  t.same(
    responses.flatMap(({ replies }) => replies.map(({ id }) => id)),
    commands.map((_, id) => id),
  );
  t.ok(
    texts(responses)
      .slice(1)
      .every((text) => text === `$20000\r\n${value}\r\n`),
  );
  const last = responses.pop();
  t.ok(last?.endsEpoch && last.acknowledgedBytes === batch(0, commands).byteLength);
  t.notOk(responses.some(({ acknowledgedBytes, endsEpoch }) => endsEpoch || acknowledgedBytes !== 0));
});

t.test('the clock is the largest time that a batch brought', async (t) => {
  const { run } = newShard();
  run(0, ['SET', 'a', '1', 'PX', '100']);
  t.same(texts(run(40, ['PTTL', 'a'])), [':60\r\n']);
  t.same(texts(run(10, ['PTTL', 'a'])), [':60\r\n'], 'it does not go back');
  t.same(texts(run(101, ['GET', 'a'])), ['$-1\r\n']);
  t.same(texts(run(50, ['GET', 'a'])), ['$-1\r\n'], 'and what is gone stays gone');
});

t.test('a batch without requests is a tick: what is due is removed, and said when the next is', async (t) => {
  const { run } = newShard();
  run(0, ['SET', 'a', '1', 'PX', '50'], ['SET', 'b', '1', 'PX', '5000'], ['SET', 'c', '1']);
  const [tick] = run(51);
  t.same(tick.replies, []);
  t.ok(tick.nextDueAtMs > START_MS + 51 && tick.nextDueAtMs <= START_MS + 5001);
  t.same(texts(run(51, ['DBSIZE'])), [':2\r\n']);
});

t.test('what a shard cannot make sense of ends it', async (t) => {
  const { receive, run } = newShard();
  t.throws(() => receive(Batch.ofSize(4096)), /batch/);
  t.throws(() => run(0, ['NONSENSE', 'a']), /no command 9999/);
  t.throws(() => run(0, ['PING']), /no command/, 'one that runs on the main thread');
});

t.test(
  'CONFIG SET counts for the commands behind it, and a shard starts with the settings it is given',
  async (t) => {
    const value = 'x'.repeat(100);
    const compressed = (reply: string): boolean => Number(/^\$(\d+)/.exec(reply)?.[1]) < 100;
    const dump = ['DUMP', 'a'];
    const config = (word: string): string[] => ['CONFIG', 'SET', 'rdbcompression', word];
    const { run } = newShard();
    const dumps = texts(run(0, ['SET', 'a', value], dump, config('no'), dump, config('yes'), dump));
    t.same(
      [1, 3, 5].map((i) => compressed(dumps[i])),
      [true, false, true],
    );
    const other = newShard([['rdbcompression', 'no']]);
    t.notOk(compressed(texts(other.run(0, ['SET', 'a', value], dump))[1]));
  },
);
