/** ShardLink: correlation of responses with requests, what it refuses, and the bound on what is in flight. */
import t from 'tap';
import { Argv } from '../../src/protocol/argv.js';
import { ReplyWriter } from '../../src/protocol/reply-writer.js';
import { PendingReply, type ReplyOwner } from '../../src/router/pending-reply.js';
import { type Held, ShardLink, type ShardPort } from '../../src/router/shard-link.js';
import { RequestBatchReader, type RequestMessage } from '../../src/shard/request-batch.js';
import { ResponseBatchWriter, responseOverheadBytes } from '../../src/shard/response-batch.js';

/** What DESIGN calls the bound: bytes in flight to one shard, and expected from it. */
const LOAD_MAX = 16 * 1024 * 1024;
const STAMP = { nowMs: 1, epoch: 1, sequence: 1 };
const nobody: ReplyOwner = { replyReady: () => {} };

/** A port that keeps what is posted. */
class SilentPort implements ShardPort {
  readonly messages: RequestMessage[] = [];

  postMessage(message: RequestMessage, transfer: ArrayBuffer[]): void {
    this.messages.push(structuredClone(message, { transfer }));
  }
}

function argvOf(...args: Buffer[]): Argv {
  const argv = new Argv();
  argv.bytes = Buffer.concat(args);
  argv.push(0, 0);
  let at = 0;
  for (const arg of args) {
    argv.push(at, at + arg.length);
    at += arg.length;
  }
  return argv;
}

interface Link {
  readonly link: ShardLink;
  readonly port: SilentPort;
  send(...args: Buffer[]): PendingReply;
}

function newLink(): Link {
  const port = new SilentPort();
  const link = new ShardLink(3, port);
  return {
    link,
    port,
    send(...args) {
      const pending = PendingReply.take(nobody);
      link.send(1, argvOf(...args), 0, 2, STAMP, pending);
      return pending;
    },
  };
}

/** The ids of a request batch, and its size. */
function idsOf(message: RequestMessage): { ids: number[]; byteLength: number } {
  const reader = new RequestBatchReader(new Argv());
  reader.open(message);
  const ids: number[] = [];
  while (reader.next()) ids.push(reader.id);
  return { ids, byteLength: reader.byteLength };
}

/** A response batch that gives every id the same reply. */
function response(ids: readonly number[], acknowledgedBytes: number, reply = '+OK\r\n'): ArrayBuffer {
  const writer = new ReplyWriter(Buffer.alloc(0));
  const batch = new ResponseBatchWriter(writer);
  batch.begin(new ArrayBuffer(responseOverheadBytes(ids.length)), ids.length);
  for (const id of ids) {
    writer.raw(Buffer.from(reply), 0, reply.length);
    batch.endReply(id);
  }
  return batch.take(1, true, Number.POSITIVE_INFINITY, acknowledgedBytes);
}

function answer(link: ShardLink, message: RequestMessage, reply?: string): void {
  const { ids, byteLength } = idsOf(message);
  link.receive(response(ids, byteLength, reply));
}

function textOf({ source, start, length }: PendingReply): string {
  return source!.bytes.toString('latin1', start, start + length);
}

t.test('a reply reaches the request that it is for, whatever the order', async (t) => {
  const { link, port, send } = newLink();
  const pending = [0, 1, 2].map((i) => send(Buffer.from(`key${i}`)));
  link.flush();
  t.equal(port.messages.length, 1, 'one batch a turn');
  link.flush();
  t.equal(port.messages.length, 1, 'and none without a request');
  const { ids, byteLength } = idsOf(port.messages[0]);
  t.equal(link.requestsInFlight, 3);
  t.equal(link.bytesInFlight, byteLength);

  const writer = new ReplyWriter(Buffer.alloc(0));
  const batch = new ResponseBatchWriter(writer);
  batch.begin(new ArrayBuffer(responseOverheadBytes(3)), 3);
  for (const i of [2, 0, 1]) {
    writer.simple(`reply ${i}`);
    batch.endReply(ids[i]);
  }
  link.receive(batch.take(1, true, 77, byteLength));
  t.same(pending.map(textOf), ['+reply 0\r\n', '+reply 1\r\n', '+reply 2\r\n']);
  t.equal(link.requestsInFlight, 0);
  t.equal(link.bytesInFlight, 0);
  t.equal(link.nextDueAtMs, 77);
});

t.test('an answer to a request that is not in flight is refused', async (t) => {
  const { link, port, send } = newLink();
  send(Buffer.from('a'));
  send(Buffer.from('b'));
  link.flush();
  const { ids, byteLength } = idsOf(port.messages[0]);

  t.throws(() => link.receive(response([12345], 0)), /12345.*not in flight/, 'an unknown id');
  t.throws(
    () => link.receive(response([ids[0] + (1 << 22)], 0)),
    /not in flight/,
    'an id of another generation',
  );
  link.receive(response([ids[0]], byteLength));
  t.throws(() => link.receive(response([ids[0]], 0)), /not in flight/, 'an id that was answered');
  t.throws(() => link.receive(response([ids[1], ids[1]], 0)), /not in flight/, 'an id twice in one batch');

  send(Buffer.from('c'));
  link.flush();
  const [again] = idsOf(port.messages[1]).ids;
  t.not(again, ids[0]);
  t.not(again, ids[1]);
  t.throws(
    () => link.receive(response([ids[0]], 0)),
    /not in flight/,
    'an old id whose place is taken again',
  );
  link.receive(response([again], 0));
});

t.test('a message that is no response is refused', async (t) => {
  const { link } = newLink();
  for (const bad of [undefined, 'x', {}, new ArrayBuffer(8), new ArrayBuffer(4096)]) {
    t.throws(() => link.receive(bad), /batch/);
  }
});

t.test('a turn with more than a batch holds posts several', async (t) => {
  const { link, port, send } = newLink();
  const pending = Array.from({ length: 100 }, (_, i) => send(Buffer.alloc(3000, i)));
  link.flush();
  t.ok(port.messages.length > 1);
  for (const message of port.messages) answer(link, message);
  t.ok(pending.every((one) => one.ready));
  t.equal(link.bytesInFlight, 0);
});

t.test('what is in flight is bounded: the link is full, and those held go on when it is not', async (t) => {
  for (const [what, bytes] of [
    ['small requests', 16],
    ['requests of 1 KB', 1024],
    ['requests of 60 KB', 60_000],
  ] as const) {
    t.test(what, async (t) => {
      const { link, port, send } = newLink();
      const arg = Buffer.alloc(bytes);
      let sent = 0;
      while (!link.full && link.bytesInFlight <= LOAD_MAX) {
        send(arg);
        sent++;
      }
      t.ok(link.full, `full after ${sent} requests`);
      t.ok(link.bytesInFlight <= LOAD_MAX + bytes + 200, `${link.bytesInFlight} bytes in flight`);

      const resumed: string[] = [];
      const held = (name: string): Held => ({ resume: () => resumed.push(name) });
      link.hold(held('first'));
      link.hold(held('second'));
      t.equal(link.heldCount, 2);
      link.relieve();
      t.same(resumed, [], 'nobody goes on while it is full');
      link.flush();
      for (const message of port.messages.splice(0)) {
        answer(link, message);
        link.relieve();
        if (resumed.length > 0)
          t.ok(link.bytesInFlight < LOAD_MAX / 2, 'nobody goes on above half the bound');
      }
      t.same(resumed, ['first', 'second'], 'first come, first served');
      t.equal(link.heldCount, 0);
      t.equal(link.bytesInFlight, 0);
    });
  }
});

t.test('replies that are expected count too', async (t) => {
  const { link, port, send } = newLink();
  const large = `$100000\r\n${'x'.repeat(100_000)}\r\n`;
  for (let i = 0; i < 50; i++) {
    send(Buffer.from('k'));
    link.flush();
    answer(link, port.messages.pop()!, large);
  }
  let sent = 0;
  while (!link.full) {
    send(Buffer.from('k'));
    sent++;
  }
  t.ok(sent * 100_000 <= 2 * LOAD_MAX, `full after ${sent} requests whose replies have 100 KB`);
});

t.test('one that fills the link again when it goes on keeps the others held', async (t) => {
  const { link, port, send } = newLink();
  const fill = (): void => {
    while (!link.full) send(Buffer.alloc(1024));
  };
  const resumed: string[] = [];
  const greedy: Held = {
    resume: () => {
      resumed.push('greedy');
      fill();
      link.hold(greedy);
    },
  };
  fill();
  link.hold(greedy);
  link.hold({ resume: () => resumed.push('patient') });
  link.flush();
  const answerAll = (): void => {
    for (const message of port.messages.splice(0)) answer(link, message);
    link.relieve();
  };
  answerAll();
  t.same(resumed, ['greedy']);
  t.equal(link.heldCount, 2);
  link.flush();
  answerAll();
  t.same(resumed.slice(0, 2), ['greedy', 'patient'], 'the patient one is next, not the greedy one again');
});

t.test('a tick is sent even when the link is full, and is acknowledged', async (t) => {
  const { link, port, send } = newLink();
  while (!link.full) send(Buffer.alloc(1024));
  link.flush();
  const before = port.messages.length;
  link.tick(STAMP);
  link.flush();
  t.equal(port.messages.length, before + 1);
  t.same(idsOf(port.messages[before]).ids, []);
  for (const message of port.messages) answer(link, message);
  t.equal(link.bytesInFlight, 0);
});
