/** The router with real shards in one process: clock, epochs, splitting, joining, large arguments, expiry. */
import t from 'tap';
import { InProcessServer, START_MS } from '../support/in-process-server.js';
import { createRandom } from '../support/random.js';
import { decode, type Reply } from '../support/replies.js';
import type { Word } from '../support/requests.js';

/** Keys that lie on several of four shards. */
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

function server(shards = 4): { server: InProcessServer; call: (...words: Word[]) => Reply } {
  const server = new InProcessServer({ shards, random: createRandom(1) });
  const client = server.client();
  return {
    server,
    call(...words) {
      client.send(...words);
      server.settle();
      return decode(client.replies.shift()!);
    },
  };
}

t.test('commands on several shards', async (t) => {
  for (const shards of [1, 2, 4, 7]) {
    const { call } = server(shards);
    t.equal(call('MSET', ...KEYS.flatMap((key) => [key, `v${key}`])), 'OK');
    t.same(call('MGET', ...KEYS, 'none', 'a'), [...KEYS.map((key) => `v${key}`), null, 'va']);
    t.equal(call('EXISTS', ...KEYS, 'none', 'a'), 9);
    t.equal(call('DBSIZE'), 8);
    t.equal(call('DEL', 'a', 'b', 'none', 'a'), 2);
    t.equal(call('UNLINK', 'c', 'd'), 2);
    t.same(call('MGET', 'a', 'e'), [null, 've']);
    t.equal(call('FLUSHALL'), 'OK');
    t.equal(call('DBSIZE'), 0);
  }
});

t.test('of a key that is named twice the last value counts', async (t) => {
  const { call } = server();
  call('MSET', 'a', '1', 'b', '1', 'a', '2', 'b', '3', 'a', '4');
  t.same(call('MGET', 'a', 'b'), ['4', '3']);
});

t.test('an error of all parts is one error', async (t) => {
  const { call } = server();
  t.match(call('FLUSHALL', 'NONSENSE'), { text: 'ERR syntax error' });
  t.match(call('MSET', 'a', '1', 'b'), { text: "ERR wrong number of arguments for 'mset' command" });
});

t.test('databases are apart on every shard', async (t) => {
  const { server: one } = server();
  const [first, second] = [one.client(), one.client()];
  second.databaseIndex = 1;
  first.send('MSET', ...KEYS.flatMap((key) => [key, '0']));
  second.send('MSET', 'a', '1', 'b', '1');
  second.send('FLUSHDB');
  second.send('DBSIZE');
  first.send('DBSIZE');
  one.settle();
  t.same(second.replies.map(decode), ['OK', 'OK', 0]);
  t.same(first.replies.map(decode), ['OK', 8]);
});

t.test('large values travel whole, on one shard and on several', async (t) => {
  const { call } = server();
  const large = KEYS.map((_, i) => Buffer.alloc(100_000 + i, i + 65).toString('latin1'));
  t.equal(call('MSET', ...KEYS.flatMap((key, i) => [key, large[i]])), 'OK');
  t.ok(JSON.stringify(call('MGET', ...KEYS)) === JSON.stringify(large));
  t.equal(call('SET', large[0], large[1]), 'OK', 'as a key too');
  t.ok(call('GET', large[0]) === large[1]);
  t.equal(call('MSET', large[2], 'x', large[3], 'y', 'a', large[4]), 'OK');
  t.ok(JSON.stringify(call('MGET', large[2], large[3], 'a')) === JSON.stringify(['x', 'y', large[4]]));
  t.equal(call('DEL', large[0], large[2], large[3]), 3);
});

t.test('a large argument of a command for all shards harms nobody', async (t) => {
  const large = 'x'.repeat(100_000);
  for (const words of [
    ['FLUSHALL', large],
    ['FLUSHDB', large],
    ['INFO', large],
  ]) {
    const { call } = server();
    t.equal(call('SET', 'a', '1'), 'OK');
    t.doesNotThrow(() => call(...words), words[0]);
    t.equal(call('GET', 'a'), '1', 'and the server goes on');
  }
});

t.test(
  'all parts of a command, and all commands of an epoch, have one time, which never goes back',
  async (t) => {
    const { server: one } = server();
    const client = one.client();
    client.send('SET', 'a', '1', 'PX', '100');
    one.clock.advance(50);
    client.send('PEXPIRETIME', 'a');
    client.send('TIME');
    one.settle();
    t.same(client.replies.splice(0).map(decode), ['OK', START_MS + 100, [String(START_MS / 1000), '0']]);
    one.clock.advance(10);
    client.send('PTTL', 'a');
    one.settle();
    t.equal(decode(client.replies.shift()!), 40, 'the next epoch looks at the clock again');
    one.clock.atMs -= 1000;
    client.send('PTTL', 'a');
    one.settle();
    t.equal(decode(client.replies.shift()!), 40, 'a clock that goes back is not followed');
  },
);

t.test('the clock begins where that of the shards does, whatever the machine says by then', async (t) => {
  const { server: one, call } = server();
  one.clock.atMs -= 1000;
  t.same(call('TIME'), [String(START_MS / 1000), '0']);
});

t.test('keys are there at their deadline and gone behind it, read or not', async (t) => {
  const { server: one, call } = server();
  for (const key of KEYS) call('SET', key, 'v', 'PX', '100');
  one.clock.advance(100);
  t.equal(call('EXISTS', ...KEYS), 8);
  one.clock.advance(1);
  one.settle();
  t.equal(call('DBSIZE'), 0, 'nobody read them');
  t.equal(call('EXISTS', ...KEYS), 0);
});

t.test('a mass of keys that fall due at once is removed by ticks alone', async (t) => {
  const { server: one, call } = server();
  const client = one.client();
  for (let i = 0; i < 20_000; i++) client.send('SET', `key:${i}`, 'v', 'PX', '1000');
  for (let i = 0; i < 100; i++) client.send('SET', `stays:${i}`, 'v');
  one.settle();
  t.equal(call('DBSIZE'), 20_100);
  one.clock.advance(1001);
  one.settle();
  t.equal(call('DBSIZE'), 100);
});

t.test('sequence numbers count every command that shards work on', async (t) => {
  const { server: one, call } = server();
  const before = one.router.sequenced;
  call('SET', 'a', '1');
  call('MGET', ...KEYS);
  call('PING');
  t.equal(one.router.sequenced - before, 2);
});

t.test('one cursor scans every shard', async (t) => {
  for (const shards of [1, 2, 4, 7]) {
    const { server: one, call } = server(shards);
    const scan = (...options: string[]): { keys: string[]; calls: number } => {
      const keys: string[] = [];
      let calls = 0;
      let cursor = '0';
      do {
        const [next, some] = call('SCAN', cursor, ...options) as [string, string[]];
        cursor = next;
        keys.push(...some);
        calls++;
      } while (cursor !== '0');
      return { keys: keys.sort(), calls };
    };
    t.same(scan(), { keys: [], calls: 1 });
    const all = Array.from({ length: 3000 }, (_, i) => `key:${i}`).sort();
    const client = one.client();
    for (const key of all) client.send('SET', key, 'v');
    // All on one shard, which then has more than the others and stops earlier.
    for (let i = 0; i < 1000; i++) client.send('SET', `{tag}${i}`, 'v');
    one.settle();
    const tagged = Array.from({ length: 1000 }, (_, i) => `{tag}${i}`);
    const every = [...all, ...tagged].sort();
    for (const count of ['1', '10', '100', '2500', '1000000']) {
      if (count === '1' && shards > 2) continue;
      const { keys, calls } = scan('COUNT', count);
      t.same(keys, every, `${shards} shards, COUNT ${count}: all and each once`);
      const least = every.length / Number(count);
      t.ok(calls >= least / 4 && calls <= Math.max(1, least * 4), `${calls} calls`);
    }
    t.same(scan('MATCH', '{tag}*', 'COUNT', '100').keys, tagged.sort());
    t.same(scan('TYPE', 'hash').keys, []);
  }
});

t.test('a scan from several shards keeps its promise while keys come and go', async (t) => {
  const { server: one, call } = server(3);
  const client = one.client();
  const staying = Array.from({ length: 500 }, (_, i) => `stays:${i}`);
  for (const key of staying) client.send('SET', key, 'v');
  const seen = new Set<string>();
  let cursor = '0';
  let round = 0;
  do {
    const [next, keys] = call('SCAN', cursor, 'COUNT', '20') as [string, string[]];
    for (const key of keys) seen.add(key);
    cursor = next;
    const from = (round++ % 6) * 2000;
    for (let i = from; i < from + 2000; i++)
      client.send(...(round % 4 === 3 ? ['DEL', `x:${i - 2000}`] : ['SET', `x:${i}`, 'v']));
    if (round % 9 === 8) for (let i = 0; i < 12_000; i++) client.send('DEL', `x:${i}`);
    one.settle();
  } while (cursor !== '0' && round < 2000);
  t.equal(cursor, '0', `${round} calls`);
  t.same(
    staying.filter((key) => !seen.has(key)),
    [],
  );
});

t.test('nothing is left in flight', async (t) => {
  const { server: one, call } = server();
  for (let i = 0; i < 50; i++) call('MSET', ...KEYS.flatMap((key) => [key, 'x'.repeat(i * 3000)]));
  call('INFO');
  one.clock.advance(1000);
  one.settle();
  for (const link of one.router.links) {
    t.equal(link.requestsInFlight, 0);
    t.equal(link.bytesInFlight, 0);
  }
});
