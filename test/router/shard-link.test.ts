/** ShardLink: correlation of responses with requests, what it refuses, and the bound on what is in flight. */
import t from 'tap';
import { Argv } from '../../src/protocol/argv.js';
import { ReplyWriter } from '../../src/protocol/reply-writer.js';
import type { Held } from '../../src/router/gate.js';
import { PendingReply, type ReplyOwner } from '../../src/router/pending-reply.js';
import { ShardLink } from '../../src/router/shard-link.js';
import { Batch } from '../../src/shard/batch.js';
import { RequestBatchReader } from '../../src/shard/request-batch.js';
import { ResponseBatchWriter } from '../../src/shard/response-batch.js';
import { FakePort } from '../support/fake-ports.js';

/** What DESIGN calls the bound: bytes in flight to one shard, and expected from it. */
const LOAD_MAX = 16 * 1024 * 1024;
const STAMP = { nowMs: 1, epoch: 1, sequence: 1 };
const nobody: ReplyOwner = { replyReady: () => {} };

function argvOf(...args: Buffer[]): Argv {
  const argv = new Argv();
  argv.setBytes(Buffer.concat(args));
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
  readonly port: FakePort;
  /** What was posted and not looked at yet. */
  readonly posted: Batch[];
  send(...args: Buffer[]): PendingReply;
  receive(response: Batch): void;
  /** Gives every request of a batch the same reply. */
  answer(batch: Batch, reply?: string): void;
}

function newLink(): Link {
  const posted: Batch[] = [];
  const port = new FakePort((batch) => posted.push(batch));
  const link = new ShardLink(3, port);
  const receive = (batch: Batch): void => link.receive(port.arrive(batch));
  return {
    link,
    port,
    posted,
    receive,
    send(...args) {
      const pending = PendingReply.take(nobody);
      link.send(1, argvOf(...args), 0, 2, STAMP, pending, 0);
      return pending;
    },
    answer(batch, reply) {
      const { ids, byteLength } = idsOf(batch);
      receive(response(ids, byteLength, reply));
    },
  };
}

/** The ids of a request batch, and its size. */
function idsOf(batch: Batch): { ids: number[]; byteLength: number } {
  const reader = new RequestBatchReader(new Argv());
  reader.open(batch);
  const ids: number[] = [];
  while (reader.next()) ids.push(reader.id);
  return { ids, byteLength: reader.byteLength };
}

/** A response batch that a shard writes by `write`. */
function written(
  replies: number,
  acknowledgedBytes: number,
  nextDueAtMs: number,
  write: (writer: ReplyWriter, responses: ResponseBatchWriter) => void,
): Batch {
  const posted: Batch[] = [];
  const writer = new ReplyWriter(Buffer.alloc(0));
  const responses = new ResponseBatchWriter(writer, new FakePort((batch) => posted.push(batch)));
  responses.begin(replies);
  write(writer, responses);
  responses.post(1, true, nextDueAtMs, acknowledgedBytes);
  return posted[0];
}

/** A response batch that gives every id the same reply. */
function response(ids: readonly number[], acknowledgedBytes: number, reply = '+OK\r\n'): Batch {
  return written(ids.length, acknowledgedBytes, Number.POSITIVE_INFINITY, (writer, responses) => {
    for (const id of ids) {
      writer.raw(Buffer.from(reply), 0, reply.length);
      responses.endReply(id);
    }
  });
}

function textOf({ source, start, length }: PendingReply): string {
  return source!.bytes.toString('latin1', start, start + length);
}

t.test('a reply reaches the request that it is for, whatever the order', async (t) => {
  const { link, port, posted, receive, send } = newLink();
  const pending = [0, 1, 2].map((i) => send(Buffer.from(`key${i}`)));
  link.flush();
  t.equal(posted.length, 1, 'one batch a turn');
  link.flush();
  t.equal(posted.length, 1, 'and none without a request');
  const { ids, byteLength } = idsOf(posted[0]);
  t.equal(link.requestsInFlight, 3);
  t.equal(link.bytesInFlight, byteLength);

  receive(
    written(3, byteLength, 77, (writer, responses) => {
      for (const i of [2, 0, 1]) {
        writer.simple(`reply ${i}`);
        responses.endReply(ids[i]);
      }
    }),
  );
  t.same(pending.map(textOf), ['+reply 0\r\n', '+reply 1\r\n', '+reply 2\r\n']);
  t.equal(link.requestsInFlight, 0);
  t.equal(link.bytesInFlight, 0);
  t.equal(link.nextDueAtMs, 77);

  for (const i of [1, 0]) pending[i].release();
  t.equal(textOf(pending[2]), '+reply 2\r\n', 'the batch stays while a reply lies in it');
  t.equal(port.owed, 1);
  pending[2].release();
  t.equal(port.owed, 0, 'and is given back with the last one');
});

t.test('millions of requests are in flight at once, as one transaction may send them', async (t) => {
  const { link } = newLink();
  const pending = PendingReply.take(nobody);
  const argv = argvOf(Buffer.from('k'));
  const requests = 2 ** 22 + 1;
  for (let i = 0; i < requests; i++) link.send(1, argv, 0, 2, STAMP, pending, 0);
  link.flush();
  t.equal(link.requestsInFlight, requests);
});

t.test('an answer to a request that is not in flight is refused', async (t) => {
  const { link, posted, receive, send } = newLink();
  send(Buffer.from('a'));
  send(Buffer.from('b'));
  link.flush();
  const { ids, byteLength } = idsOf(posted[0]);

  t.throws(() => receive(response([12345], 0)), /12345.*not in flight/, 'an unknown id');
  t.throws(() => receive(response([ids[0] + (1 << 27)], 0)), /not in flight/, 'an id of another generation');
  receive(response([ids[0]], byteLength));
  t.throws(() => receive(response([ids[0]], 0)), /not in flight/, 'an id that was answered');
  t.throws(() => receive(response([ids[1], ids[1]], 0)), /not in flight/, 'an id twice in one batch');

  send(Buffer.from('c'));
  link.flush();
  const [again] = idsOf(posted[1]).ids;
  t.not(again, ids[0]);
  t.not(again, ids[1]);
  t.throws(() => receive(response([ids[0]], 0)), /not in flight/, 'an old id whose place is taken again');
  receive(response([again], 0));
});

t.test('a batch that is no response is refused', async (t) => {
  const { link, posted, receive, send } = newLink();
  send(Buffer.from('a'));
  link.flush();
  for (const bad of [Batch.ofSize(0), Batch.ofSize(8), Batch.ofSize(4096), posted[0]]) {
    t.throws(() => receive(bad), /batch/);
  }
});

t.test('a turn with more than a batch holds posts several', async (t) => {
  const { answer, link, posted, send } = newLink();
  const pending = Array.from({ length: 100 }, (_, i) => send(Buffer.alloc(3000, i)));
  link.flush();
  t.ok(posted.length > 1);
  for (const batch of posted) answer(batch);
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
      const { answer, link, posted, send } = newLink();
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
      for (const batch of posted.splice(0)) {
        answer(batch);
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
  const { answer, link, posted, send } = newLink();
  const large = `$100000\r\n${'x'.repeat(100_000)}\r\n`;
  for (let i = 0; i < 50; i++) {
    send(Buffer.from('k'));
    link.flush();
    answer(posted.pop()!, large);
  }
  let sent = 0;
  while (!link.full) {
    send(Buffer.from('k'));
    sent++;
  }
  t.ok(sent * 100_000 <= 2 * LOAD_MAX, `full after ${sent} requests whose replies have 100 KB`);
});

t.test('one that fills the link again when it goes on keeps the others held', async (t) => {
  const { answer, link, posted, send } = newLink();
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
    for (const batch of posted.splice(0)) answer(batch);
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
  const { answer, link, posted, send } = newLink();
  while (!link.full) send(Buffer.alloc(1024));
  link.flush();
  const before = posted.length;
  link.tick(STAMP);
  link.flush();
  t.equal(posted.length, before + 1);
  t.same(idsOf(posted[before]).ids, []);
  for (const batch of posted) answer(batch);
  t.equal(link.bytesInFlight, 0);
});
