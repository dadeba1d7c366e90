/** DEBUG: who may use it, what it replies beside redis-server, and that what it does has its effect. */
import t from 'tap';
import { redisMissing, startRedis } from '../support/redis-server.js';
import { decode, type Reply } from '../support/replies.js';
import { requests } from '../support/requests.js';
import { startSherd } from '../support/sherd-server.js';
import { until } from '../support/until.js';

const TYPES = [
  ...['string', 'integer', 'double', 'bignum', 'null', 'array', 'set', 'map', 'attrib', 'push', 'verbatim'],
  ...['true', 'false', 'TRUE', 'nonsense', ''],
];

const CALLS = [
  ['DEBUG'],
  ['DEBUG', 'nonsense'],
  ['DEBUG', 'SLEEP'],
  ['DEBUG', 'sleep', '0', '1'],
  ['DEBUG', 'SLEEP', '0.001'],
  ['DEBUG', 'SLEEP', 'x'],
  ['DEBUG', 'SLEEP', '-1'],
  ['DEBUG', 'ERROR'],
  ['DEBUG', 'ERROR', 'WRONG kind of\nthing'],
  ['DEBUG', 'LOG', 'a message'],
  ['DEBUG', 'LOG', 'a', 'message'],
  ['DEBUG', 'SET-ACTIVE-EXPIRE'],
  ['DEBUG', 'SET-ACTIVE-EXPIRE', '0'],
  ['DEBUG', 'SET-ACTIVE-EXPIRE', 'x'],
  ['DEBUG', 'SET-ACTIVE-EXPIRE', '1'],
  ...TYPES.map((type) => ['DEBUG', 'PROTOCOL', type]),
  ['FUNCTION', 'FLUSH'],
  ['FUNCTION', 'FLUSH', 'sync'],
  ['FUNCTION', 'FLUSH', 'x'],
  ['FUNCTION', 'FLUSH', 'ASYNC', 'x'],
  ['FUNCTION', 'LIST'],
  ['FUNCTION', 'LIST', 'WITHCODE', 'libraryname', 'x'],
  ['FUNCTION', 'LIST', 'WITHCODE', 'withcode'],
  ['FUNCTION', 'LIST', 'LIBRARYNAME'],
  ['FUNCTION', 'LIST', 'x'],
  ['FUNCTION', 'nonsense'],
];

t.test(
  'a transaction takes mistakes, and is told of them when it is run',
  { skip: redisMissing() },
  async (t) => {
    const allowed = ['--enable-debug-command', 'yes'];
    const redis = await (await startRedis(t, allowed)).connect();
    const sherd = await (await startSherd(t, { args: ['--shards', '2', ...allowed] })).connect();
    const lines = [
      ['MULTI'],
      ['DEBUG', 'ERROR', 'too', 'many'],
      ['DEBUG', 'nonsense'],
      ['SET', 'k', 'v'],
      ['EXEC'],
    ];
    for (const client of [redis, sherd]) client.send(requests(lines));
    const [theirs, ours] = [await redis.replies(lines.length), await sherd.replies(lines.length)];
    t.equal(String(Buffer.concat(ours)), String(Buffer.concat(theirs)));
  },
);

t.test('replies are those of Redis', { skip: redisMissing() }, async (t) => {
  for (const allowed of ['no', 'local', 'yes']) {
    const redis = await (await startRedis(t, ['--enable-debug-command', allowed])).connect();
    const args = ['--shards', '2', '--enable-debug-command', allowed];
    const sherd = await (await startSherd(t, { args })).connect();
    for (const resp of ['2', '3'] as const) {
      await redis.call('HELLO', resp);
      await sherd.call('HELLO', resp);
      for (const words of CALLS) {
        // A PING behind each: a push is followed by a reply.
        redis.send(requests([words, ['PING']]));
        sherd.send(requests([words, ['PING']]));
        for (;;) {
          const [theirs, ours] = [await redis.reply(), await sherd.reply()];
          t.equal(
            ours.toString('latin1'),
            theirs.toString('latin1'),
            `${allowed} ${resp} ${words.join(' ')}`,
          );
          if (theirs.equals(Buffer.from('+PONG\r\n')) || ours.equals(Buffer.from('+PONG\r\n'))) break;
        }
      }
    }
  }
});

t.test('DEBUG OBJECT tells of a value what redis-server does', { skip: redisMissing() }, async (t) => {
  const allowed = ['--enable-debug-command', 'yes'];
  const redis = await (await startRedis(t, allowed)).connect();
  const sherd = await (await startSherd(t, { args: ['--shards', '2', ...allowed] })).connect();
  /** Without the address, which is anything, and the times of access, which are not kept. */
  const told = (reply: Reply): string =>
    String(reply)
      .replace(/^Value at:0x[0-9a-f]+ /, '')
      .replace(/ lru:.*/, '');
  for (const value of ['', '5', '12345', '-2147483648', '9'.repeat(30), 'x'.repeat(44), 'x'.repeat(45)]) {
    for (const client of [redis, sherd]) await client.call('SET', 'k', value);
    const [theirs, ours] = [
      await redis.call('DEBUG', 'OBJECT', 'k'),
      await sherd.call('DEBUG', 'OBJECT', 'k'),
    ];
    t.match(String(ours), /^Value at:0x/);
    t.equal(told(ours), told(theirs), value);
  }
  for (const words of [['OBJECT', 'none'], ['object'], ['OBJECT', 'k', 'x']]) {
    t.same(await sherd.call('DEBUG', ...words), await redis.call('DEBUG', ...words), words.join(' '));
  }
});

t.test('what it does', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '2', '--enable-debug-command', 'yes'] });
  const client = await server.connect();
  await client.call('DEBUG', 'LOG', 'where is this');
  t.ok(server.log().some(({ msg }) => msg === 'DEBUG LOG: where is this'));

  const startedMs = performance.now();
  const other = await server.connect();
  client.send(
    requests([
      ['SET', 'k', 'v', 'PX', '60'],
      ['DEBUG', 'SLEEP', '0.15'],
      ['GET', 'k'],
    ]),
  );
  t.equal(decode(await client.reply()), 'OK');
  t.equal(decode(await client.reply()), 'OK');
  t.equal(decode(await client.reply()), null, 'what comes after SLEEP has the time after it');
  await other.call('PING');
  t.ok(performance.now() - startedMs >= 150);

  const keys = Array.from({ length: 20 }, (_, i) => `key${i}`);
  const setAll = async (): Promise<void> => {
    client.send(requests(keys.map((key) => ['SET', key, 'v', 'PX', '1'])));
    for (const _ of keys) await client.reply();
  };
  await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
  await setAll();
  await client.call('DEBUG', 'SLEEP', '0.05');
  t.equal(await client.call('DBSIZE'), keys.length, 'nobody removes them');
  t.equal(await client.call('EXISTS', ...keys), 0, 'but nobody sees them either');
  await setAll();
  await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '1');
  await until('the wheel to take them', async () => (await client.call('DBSIZE')) === 0);

  for (const word of ['RELOAD', 'LOADAOF']) {
    t.match(String(await client.raw('DEBUG', word)), /^-ERR .*memory only/, `${word} is not pretended`);
  }
});
