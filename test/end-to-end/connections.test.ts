/** How connections behave: order of replies, half-closed ones, how they end, limits. */
import t from 'tap';
import { ErrorReply } from '../support/replies.js';
import { request, requests } from '../support/requests.js';
import { startSherd } from '../support/sherd-server.js';
import { until } from '../support/until.js';

for (const shards of [4, 1]) {
  t.test(`${shards} shards`, async (t) => {
    const server = await startSherd(t, { args: ['--shards', String(shards)] });

    t.test('10,000 commands in one write are answered in order', async (t) => {
      const client = await server.connect();
      const commands = Array.from({ length: 10_000 }, (_, i): string[] => {
        if (i % 7 === 0) return ['ECHO', `echo ${i}`];
        if (i % 7 === 1) return ['MGET', `k${i - 5}`, `k${i - 4}`, 'none'];
        return i % 2 === 0 ? ['SET', `k${i}`, `v${i}`, 'GET'] : ['GET', `k${i - 1}`];
      });
      const stored = new Map<string, string>();
      const bulk = (text: string | undefined): string =>
        text === undefined ? '$-1\r\n' : `$${text.length}\r\n${text}\r\n`;
      const expected = commands.map(([name, key, value]) => {
        if (name === 'ECHO') return bulk(key);
        if (name === 'MGET') {
          const at = Number(key.slice(1));
          return `*3\r\n${bulk(stored.get(key))}${bulk(stored.get(`k${at + 1}`))}$-1\r\n`;
        }
        const old = stored.get(key);
        if (name === 'SET') stored.set(key, value);
        return bulk(old);
      });
      client.send(requests(commands));
      client.finish();
      t.ok((await client.rest()).toString() === expected.join(''));
    });

    t.test('commands of several clients at once', async (t) => {
      const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
      await Promise.all(
        clients.map(async (client, c) => {
          const keys = Array.from({ length: 200 }, (_, i) => `client:${c}:${i}`);
          client.send(
            requests(
              keys.flatMap((key) => [
                ['SET', key, `${key}!`],
                ['GET', key],
              ]),
            ),
          );
          const replies = (await client.replies(400)).join('');
          const expected = keys.map((key) => `+OK\r\n$${key.length + 1}\r\n${key}!\r\n`).join('');
          if (replies !== expected) t.fail(`client ${c}: wrong replies`);
        }),
      );
      t.pass('every one has its own replies');
    });

    t.test('a client that sends FIN still gets every reply', async (t) => {
      const value = 'x'.repeat(3_000_000);
      for (let round = 0; round < 5; round++) {
        const client = await server.connect();
        client.send(
          requests([['SET', 'large', value], ['GET', 'large'], ['MGET', 'large', 'large'], ['PING']]),
        );
        client.finish();
        const bulk = `$${value.length}\r\n${value}\r\n`;
        t.ok((await client.rest()).toString() === `+OK\r\n${bulk}*2\r\n${bulk}${bulk}+PONG\r\n`);
        t.equal(await client.close(), undefined, 'and the connection ends without an error');
      }
    });

    t.test('FIN in the middle of a command, or with nothing sent, just ends the connection', async (t) => {
      for (const bytes of ['', '*2\r\n$3\r\nGET\r\n$5\r\nab', 'PING\r\nGET a', '\r\n']) {
        const client = await server.connect();
        client.send(bytes);
        client.finish();
        t.equal((await client.rest()).toString(), bytes.startsWith('PING') ? '+PONG\r\n' : '');
        await client.close();
      }
    });

    t.test('QUIT is answered, and nothing behind it is run', async (t) => {
      const client = await server.connect();
      await client.call('SET', 'k', 'before');
      client.send(requests([['GET', 'k'], ['QUIT'], ['SET', 'k', 'after'], ['PING']]));
      t.equal((await client.rest()).toString(), '$6\r\nbefore\r\n+OK\r\n');
      await client.close();
      t.equal(await (await server.connect()).call('GET', 'k'), 'before');
    });

    t.test('who speaks HTTP is cut off at once', async (t) => {
      for (const lines of ['POST / HTTP/1.1\r\n', 'Host: 127.0.0.1\r\n', 'post x\n', 'hOST: a\r\n']) {
        const client = await server.connect();
        client.send(`${lines}SET k hacked\r\nPING\r\n`);
        t.equal((await client.rest()).toString(), '', JSON.stringify(lines));
        await client.close();
      }
      t.equal(await (await server.connect()).call('GET', 'k'), 'before', 'and nothing behind it was run');
    });

    t.test('protocol errors: what was sent before is answered, then the error, then the end', async (t) => {
      const errors: [bytes: string, error: string][] = [
        ['*x\r\n', 'invalid multibulk length'],
        ['*2147483648\r\n', 'invalid multibulk length'],
        ['*1\r\n$x\r\n', 'invalid bulk length'],
        ['*1\r\n$536870913\r\n', 'invalid bulk length'],
        ['*1\r\nPING\r\n', "expected '$', got 'P'"],
        ['SET "a\r\n', 'unbalanced quotes in request'],
        ['x'.repeat(70_000), 'too big inline request'],
        [`*${'1'.repeat(70_000)}`, 'too big mbulk count string'],
        [`*1\r\n$${'1'.repeat(70_000)}`, 'too big bulk count string'],
      ];
      for (const [bytes, error] of errors) {
        const client = await server.connect();
        client.send(Buffer.concat([request('ECHO', 'first'), Buffer.from(bytes), request('PING')]));
        t.equal((await client.rest()).toString(), `$5\r\nfirst\r\n-ERR Protocol error: ${error}\r\n`);
        await client.close();
      }
    });

    t.test('a client that goes away in the middle of its replies harms nobody', async (t) => {
      const steady = await server.connect();
      await steady.call('SET', 'large', 'x'.repeat(1_000_000));
      for (let round = 0; round < 20; round++) {
        const client = await server.connect();
        client.send(requests(Array.from({ length: 50 }, () => ['GET', 'large'])));
        await client.reply();
        if (round % 2 === 0) client.reset();
        else client.destroy();
        t.equal(await steady.call('PING'), 'PONG');
      }
    });

    t.test('HELLO changes the dialect in its place among pipelined commands', async (t) => {
      const client = await server.connect();
      client.send(
        requests([
          ['GET', 'none'],
          ['HELLO', '3'],
          ['GET', 'none'],
          ['HELLO', '2'],
          ['GET', 'none'],
        ]),
      );
      const replies = (await client.replies(5)).map(String);
      t.equal(replies[0], '$-1\r\n');
      t.match(replies[1], /^%7\r\n/);
      t.equal(replies[2], '_\r\n');
      t.match(replies[3], /^\*14\r\n/);
      t.equal(replies[4], '$-1\r\n');
    });
  });
}

t.test('more clients than maxclients allows are refused with an error', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '2', '--maxclients', '3'] });
  const clients = await Promise.all([server.connect(), server.connect(), server.connect()]);
  for (const client of clients) t.equal(await client.call('PING'), 'PONG');
  const refused = await server.connect();
  t.equal((await refused.rest()).toString(), '-ERR max number of clients reached\r\n');
  await refused.close();
  t.match(await clients[0].call('INFO', 'stats'), /rejected_connections:1\r\n/);

  t.equal(await clients[0].call('CONFIG', 'SET', 'maxclients', '4'), 'OK');
  const fourth = await server.connect();
  t.equal(await fourth.call('PING'), 'PONG');
  clients[2].destroy();
  await until('a place to be free', async () => {
    const fifth = await server.connect();
    fifth.send(request('PING'));
    return (await fifth.reply()).toString() === '+PONG\r\n';
  });
});

t.test('idle connections are closed by timeout, busy ones are not', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '2', '--timeout', '1'] });
  const idle = await server.connect();
  const busy = await server.connect();
  let ended = false;
  void idle.rest().then(() => {
    ended = true;
  });
  await until('the idle connection to be closed', async () => {
    t.equal(await busy.call('PING'), 'PONG');
    return ended;
  });
  t.equal(await busy.call('CONFIG', 'SET', 'timeout', '0'), 'OK');
});

t.test('settings that live connections feel', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '2', '--databases', '4'] });
  const client = await server.connect();
  t.equal(await client.call('SELECT', '3'), 'OK');
  t.match(await client.call('SELECT', '4'), new ErrorReply('ERR DB index is out of range'));
  t.equal(await client.call('CONFIG', 'SET', 'proto-max-bulk-len', '1mb'), 'OK');
  t.equal(await client.call('SET', 'k', 'x'.repeat(1 << 20)), 'OK');
  client.send(request('SET', 'k', 'x'.repeat((1 << 20) + 1)));
  t.equal((await client.rest()).toString(), '-ERR Protocol error: invalid bulk length\r\n');
});

t.test('what INFO says is measured', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '3'] });
  const client = await server.connect();
  const field = async (name: string): Promise<string> => {
    const text = String(await client.call('INFO'));
    return new RegExp(`^${name}:(.*)\r$`, 'm').exec(text)?.[1] ?? 'missing';
  };
  for (let i = 0; i < 30; i++) await client.call('SET', `k${i}`, 'v', ...(i < 10 ? ['EX', '100'] : []));
  await client.call('MGET', 'k1', 'k2', 'none');
  t.equal(await field('shards'), '3');
  t.equal(await field('process_id'), String(server.program.pid));
  t.equal(await field('tcp_port'), String(server.port));
  t.equal(await field('connected_clients'), '1');
  t.match(await field('db0'), /^keys=30,expires=10,avg_ttl=\d+$/);
  t.equal(await field('keyspace_hits'), '2');
  t.equal(await field('keyspace_misses'), '1');
  const shardKeys = String(await client.call('INFO', 'shards')).matchAll(/keys=(\d+)/g);
  t.equal(
    [...shardKeys].reduce((sum, [, keys]) => sum + Number(keys), 0),
    30,
    'the shards say how many each has',
  );
  const residentBytes = Number(await field('used_memory_rss'));
  t.ok(Math.abs(residentBytes - server.residentBytes()) < 32 << 20, 'as the kernel says');
  const before = Number(await field('total_commands_processed'));
  await client.call('PING');
  t.equal(Number(await field('total_commands_processed')) - before, 2);
  t.equal(await client.call('CONFIG', 'RESETSTAT'), 'OK');
  t.equal(await field('keyspace_hits'), '0');
});
