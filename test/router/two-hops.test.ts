/** Commands of two hops on the production router and shards: who waits, who does not, and what the reply is. */
import t from 'tap';
import { areTooLarge } from '../../src/commands/steps.js';
import { type InProcessClient, InProcessServer } from '../support/in-process-server.js';
import { createRandom } from '../support/random.js';
import { decode, type Reply } from '../support/replies.js';

/** Two keys on each of two shards of four: 'a' and 'c' lie on others than 'b' and 'd'. */
function open(shards = 4) {
  const server = new InProcessServer({ shards, random: createRandom(7) });
  const [one, other] = [server.client(), server.client()];
  const call = (client: InProcessClient, ...words: string[]): Reply => {
    client.send(...words);
    server.settle();
    return decode(client.replies.shift()!);
  };
  return { server, one, other, call };
}

function replies(client: InProcessClient): Reply[] {
  return client.replies.splice(0).map(decode);
}

t.test('RENAME, COPY and MSETNX give the same replies over several shards and on one', async (t) => {
  const lines = [
    'MSET a 1 b 2 {x}c 3 {x}d 4',
    'RENAME a b',
    'RENAME none b',
    'RENAME b b',
    'MGET a b',
    'RENAMENX b {x}c',
    'RENAMENX b e',
    'RENAMENX e e',
    'RENAMENX none e',
    'COPY e f',
    'COPY e f',
    'COPY e {x}c REPLACE',
    'COPY none f',
    'COPY e e DB 1',
    'COPY e e',
    'COPY e f DB 77',
    'COPY e f BAD',
    'MSETNX g 1 h 2 i 3',
    'MSETNX j 1 h 2',
    'MSETNX k 1 k 2',
    'MSETNX k',
    'MGET a b {x}c {x}d e f g h i j k',
    'DBSIZE',
  ];
  const play = (shards: number): Reply[] => {
    const { call, one } = open(shards);
    return lines.map((line) => call(one, ...line.split(' ')));
  };
  const expected = play(1);
  t.same(expected[1], 'OK');
  t.same(expected.at(-1), 8);
  for (const shards of [2, 3, 4, 7]) t.same(play(shards), expected, `${shards} shards`);
});

t.test('deadline and encoding go with the value', async (t) => {
  const { call, one } = open();
  call(one, 'SET', 'a', '12', 'PX', '5000');
  call(one, 'RENAME', 'a', 'b');
  t.equal(call(one, 'PTTL', 'b'), 5000);
  t.equal(call(one, 'OBJECT', 'ENCODING', 'b'), 'int');
  call(one, 'APPEND', 'b', '3');
  call(one, 'COPY', 'b', 'a');
  t.equal(call(one, 'OBJECT', 'ENCODING', 'a'), 'raw');
  t.equal(call(one, 'PTTL', 'a'), 5000);
});

t.test('a large value moves whole', async (t) => {
  const { call, one } = open();
  const large = 'x'.repeat(200_000);
  call(one, 'SET', 'a', large);
  t.equal(call(one, 'RENAME', 'a', 'b'), 'OK');
  t.ok(call(one, 'GET', 'b') === large);
  t.equal(call(one, 'MSETNX', 'c', large, 'd', large), 1);
  t.ok(call(one, 'GET', 'd') === large);
});

t.test('between the hops others read, and write elsewhere; who writes to the keys waits', async (t) => {
  const { call, one, other, server } = open();
  const third = server.client();
  call(one, 'MSET', 'a', '1', 'b', '2', 'e', '3');
  one.send('RENAME', 'a', 'b');
  other.send('GET', 'a');
  third.send('SET', 'e', '4');
  t.equal(server.router.figures().claims, 1);
  t.equal(other.held, false, 'a read does not wait');
  t.equal(third.held, false, 'nor does a write to another slot');
  other.send('SET', 'b', '5');
  t.equal(other.held, true);
  third.send('GET', 'e');
  t.equal(third.held, false);
  server.settle();
  t.same(replies(one), ['OK']);
  t.same(replies(other), ['1', 'OK']);
  t.same(replies(third), ['OK', '4']);
  t.same(call(one, 'MGET', 'a', 'b'), [null, '5']);
  t.equal(server.router.figures().claims, 0);
  t.equal(server.router.counters.waited, 1);
});

/** How many commands have to wait while one of two hops is under way, all of them on slots of their own. */
function waitingOnOtherSlots({ one, server }: ReturnType<typeof open>): number {
  one.send('RENAME', 'a', 'b');
  for (const words of [
    ['SET', 'c', '1'],
    ['GET', 'c'],
    ['MSET', 'e', '1', 'f', '2', 'g', '3'],
    ['DEL', 'e', 'f'],
    ['RENAME', 'c', 'h'],
    ['MSETNX', 'i', '1', 'j', '2', 'k', '3'],
  ]) {
    server.client().send(...words);
  }
  server.settle();
  return server.router.counters.waited;
}

t.test(
  'nobody waits for a command on other slots, and a barrier in place of the locks is noticed',
  async (t) => {
    t.equal(waitingOnOtherSlots(open()), 0);
    const barrier = open();
    Reflect.set(barrier.server.router, 'reachOf', () => 'all');
    t.ok(waitingOnOtherSlots(barrier) > 0);
  },
);

t.test('nothing later on its connection overtakes a command between its hops', async (t) => {
  const { call, one, server } = open();
  call(one, 'MSET', 'a', '1', 'b', '2');
  one.send('RENAME', 'a', 'b');
  one.send('GET', 'b');
  one.send('SET', 'e', '1');
  t.equal(one.held, true);
  server.settle();
  t.same(replies(one), ['OK', '1', 'OK']);
});

t.test('FLUSHALL and SWAPDB wait for those between their hops', async (t) => {
  const { call, one, other, server } = open();
  call(one, 'MSET', 'a', '1', 'b', '2');
  one.send('COPY', 'a', 'c');
  other.send('FLUSHALL');
  t.equal(other.held, true);
  server.settle();
  t.same(replies(one), [1]);
  t.same(replies(other), ['OK']);
  t.equal(call(one, 'DBSIZE'), 0);
});

t.test('what has expired between the hops is not renamed', async (t) => {
  const { call, one, server } = open();
  call(one, 'SET', 'a', '1', 'PX', '10');
  call(one, 'SET', 'b', '2');
  one.send('RENAME', 'a', 'b');
  server.router.flush();
  server.clock.advance(11);
  server.settle();
  t.match(replies(one), [{ text: 'ERR no such key' }]);
  t.equal(server.router.counters.firstHops, 2, 'it looked again');
  t.equal(call(one, 'GET', 'b'), '2');
});

t.test('one that expires later is', async (t) => {
  const { call, one, server } = open();
  call(one, 'SET', 'a', '1', 'PX', '10');
  one.send('RENAME', 'a', 'b');
  server.router.flush();
  server.clock.advance(10);
  server.settle();
  t.same(replies(one), ['OK']);
  t.equal(server.router.counters.firstHops, 1);
  t.equal(call(one, 'PTTL', 'b'), 0);
});

t.test('thousands that wait for each other have their turn one after the other', async (t) => {
  const { call, one, server } = open();
  call(one, 'SET', 'a', '0');
  const clients = Array.from({ length: 3000 }, () => server.client());
  clients.forEach((client, i) => {
    client.send('RENAME', i % 2 === 0 ? 'a' : 'b', i % 2 === 0 ? 'b' : 'a');
  });
  server.settle();
  t.ok(clients.every((client) => decode(client.replies[0]) === 'OK'));
  t.equal(call(one, 'EXISTS', 'a'), 1);
  t.equal(server.router.counters.waited, 2999);
});

t.test('EXEC of a client that has gone still minds its watched keys', async (t) => {
  const { call, one, other, server } = open();
  call(one, 'MSET', 'a', '1', 'b', '2', 'e', '3');
  call(other, 'WATCH', 'a', 'e');
  call(other, 'MULTI');
  call(other, 'SET', 'e', 'wrong');
  one.send('RENAME', 'a', 'b');
  other.send('EXEC');
  t.equal(other.held, true, 'it waits for the RENAME, which changes a watched key');
  other.disconnect();
  server.settle();
  t.same(replies(one), ['OK']);
  t.equal(call(one, 'GET', 'e'), '3');
});

t.test('who sends more of these than the shards can take is held, whichever way they are sent', async (t) => {
  const { call, one, other, server } = open();
  const large = 'x'.repeat(100_000);
  call(one, 'MSET', 'a', large, 'b', 'x');
  const ways = {
    'reads in two hops': [['LCS', 'a', 'b', 'LEN']],
    'transactions that only read': [['MULTI'], ['GET', 'a'], ['EXEC']],
    'transactions under WATCH': [['WATCH', 'a'], ['MULTI'], ['GET', 'a'], ['EXEC']],
  };
  for (const [way, lines] of Object.entries(ways)) {
    // From now on replies are expected to be large.
    for (let i = 0; i < 50; i++) call(one, 'GET', 'a');
    let rounds = 0;
    while (rounds < 1000 && !other.held) {
      rounds++;
      for (const line of lines) other.send(...line);
    }
    t.ok(other.held, `${way}: after ${rounds}`);
    server.settle();
    t.notOk(other.held, 'and goes on');
    other.replies.length = 0;
  }
});

t.test('findings that are more than a request can hold are told by their lengths', async (t) => {
  const bytes = Buffer.alloc(0);
  const parts = (count: number, end: number) =>
    Array.from({ length: count }, () => ({ bytes, start: 0, end }));
  t.notOk(areTooLarge(parts(3, 2 ** 29)));
  t.ok(areTooLarge(parts(4, 2 ** 29)));
  t.notOk(areTooLarge(parts(150_000, 12_304)));
  t.ok(areTooLarge(parts(175_000, 12_304)), 'small ones as well');
});
