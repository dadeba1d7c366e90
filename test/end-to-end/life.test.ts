/** The process: how it starts, what it says when it can't, and how it ends. */

import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { run } from '../support/processes.js';
import { request, requests } from '../support/requests.js';
import { FATAL, MAIN, startSherd } from '../support/sherd-server.js';
import { until } from '../support/until.js';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const sherd = (t: Test, ...args: string[]): ReturnType<typeof run> =>
  run(t, process.execPath, [MAIN, ...args]);

t.test('--help and --version', async (t) => {
  for (const word of ['--help', '-h']) {
    const { status, stdout, stderr } = await sherd(t, word);
    t.equal(status, 0);
    t.equal(stderr, '');
    t.match(stdout, /--shards INTEGER/);
  }
  for (const word of ['--version', '-v']) {
    const { status, stdout, stderr } = await sherd(t, word);
    t.same({ status, stdout, stderr }, { status: 0, stdout: `sherd ${manifest.version}\n`, stderr: '' });
  }
});

t.test('a start that can not be ends with one line and status 1', async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.teardown(() => taken.close());
  const port = String((taken.address() as { port: number }).port);
  const cases: [args: string[], says: RegExp][] = [
    [['--port', port, '--shards', '2'], new RegExp(`port ${port}.*in use`)],
    [['--port', 'abc'], /port abc/],
    [['--port', '65536'], /port 65536/],
    [['--port'], /port/],
    [['--nonsense', '1'], /nonsense/],
    [['7000'], /7000/],
    [['--shards', '0'], /shards 0/],
    [['--maxclients', '0'], /maxclients 0/],
    [['--loglevel', 'loud'], /loglevel loud/],
    [['--appendonly', 'yes'], /appendonly yes/],
    [['--dir', '/nonexistent/directory'], /dir \/nonexistent\/directory/],
    [['--port', '0', '--logfile', '/nonexistent/directory/log'], /logfile|\/nonexistent\/directory\/log/],
    [['--port', '0', '--bind', '192.0.2.1', '--shards', '1'], /192\.0\.2\.1/],
    [['--port', '0', '--bind', 'host.invalid', '--shards', '1'], /host\.invalid/],
    [['--port', '0', '--bind', '', '--shards', '1'], /bind|address/],
  ];
  for (const [args, says] of cases) {
    t.test(args.join(' '), async (t) => {
      // A server that starts all the same is killed by the deadline of run().
      const { status, stdout, stderr } = await run(t, 'timeout', ['10', process.execPath, MAIN, ...args]);
      t.equal(status, 1);
      t.match(stderr, /^[^\n]+\n$/, 'one line');
      t.match(stderr, says);
      t.equal(stdout, '', 'and no log');
    });
  }
});

t.test('the log says when it is ready: address, shards, pid, one JSON object a line', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '3'] });
  const [ready] = server.log().filter(({ addresses }) => addresses !== undefined);
  t.same(ready.addresses, [`127.0.0.1:${server.port}`]);
  t.equal(ready.shards, 3);
  t.equal(ready.pid, server.program.pid);
  t.match(ready.msg, `127.0.0.1:${server.port}`);
  t.match(ready.msg, '3 shards');
  t.match(ready.msg, String(server.program.pid));
});

t.test('it is ready when every shard has started, not before', async (t) => {
  const preload = fileURLToPath(new URL('../support/slow-shard.mjs', import.meta.url));
  const folder = t.testdir({});
  process.env.SLOW_SHARD_FOLDER = folder;
  await startSherd(t, { args: ['--shards', '3'], preload });
  // A server that is ended while its threads still load their modules is ended by an abort of Node.js now and then.
  t.equal(readdirSync(folder).length, 3, 'shards that have started');
});

t.test('it listens on every address of bind', async (t) => {
  const server = await startSherd(t, {
    args: ['--shards', '1', '--bind', '127.0.0.1', '127.0.0.2', '-192.0.2.1'],
  });
  const [{ addresses }] = server.log().filter((line) => line.addresses !== undefined);
  t.same(
    addresses,
    [`127.0.0.1:${server.port}`, `127.0.0.2:${server.port}`],
    'but for one that may be missing',
  );
});

t.test('signals end it with status 0, and what is in flight is finished', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    t.test(signal, async (t) => {
      const server = await startSherd(t, { args: ['--shards', '4'] });
      const client = await server.connect();
      const idle = await server.connect();
      const value = 'x'.repeat(100_000);
      await client.call('SET', 'k', value);
      client.send(requests(Array.from({ length: 500 }, () => ['GET', 'k'])));
      // The first reply shows that the server has read the commands.
      await client.reply();
      const { status } = await server.stop(signal);
      t.equal(status, 0);
      const replies = (await client.rest()).toString();
      const one = `$${value.length}\r\n${value}\r\n`;
      t.ok(
        replies.length % one.length === 0 && replies === one.repeat(replies.length / one.length),
        'no half reply',
      );
      t.equal((await idle.rest()).length, 0);
      t.ok(
        server.log().some(({ msg }) => msg.includes(signal)),
        'the log says why',
      );
    });
  }
});

t.test('every command that was dispatched before the signal is answered', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '4'] });
  const client = await server.connect();
  const commands = 2000;
  client.send(requests(Array.from({ length: commands }, (_, i) => ['SET', `k${i}`, 'v'])));
  const witness = await server.connect();
  await until('the server to have them all', async () => (await witness.call('DBSIZE')) === commands);
  const { status } = await server.stop();
  t.equal(status, 0);
  t.equal((await client.rest()).length, commands * '+OK\r\n'.length);
});

t.test('a client that takes no replies does not keep it from ending', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '2'] });
  const client = await server.connect();
  await client.call('SET', 'k', 'x'.repeat(5_000_000));
  client.socket.pause();
  client.send(requests(Array.from({ length: 20 }, () => ['GET', 'k'])));
  await (await server.connect()).call('PING');
  t.equal((await server.stop()).status, 0);
});

t.test('SHUTDOWN ends it with status 0 and no reply', async (t) => {
  for (const words of [['SHUTDOWN'], ['SHUTDOWN', 'NOSAVE'], ['shutdown', 'now', 'force', 'nosave']]) {
    const server = await startSherd(t, { args: ['--shards', '2'] });
    const client = await server.connect();
    client.send(Buffer.concat([request('ECHO', 'before'), request(...words)]));
    t.equal((await client.rest()).toString(), '$6\r\nbefore\r\n', words.join(' '));
    t.equal((await server.ended()).status, 0);
  }
});

t.test('a SHUTDOWN that is refused ends nothing', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '1'] });
  const client = await server.connect();
  for (const words of [['NONSENSE'], ['NOSAVE', 'SAVE'], ['ABORT'], ['ABORT', 'NOW'], ['SAVE']]) {
    t.match(await client.raw('SHUTDOWN', ...words), /^-ERR /, words.join(' '));
  }
  t.equal(await client.call('PING'), 'PONG');
});

t.test(
  'a shard that dies stops the server with a log line and status 1, and nobody gets a wrong answer',
  async (t) => {
    const preload = fileURLToPath(new URL('../support/dying-shard.mjs', import.meta.url));
    // While it is busy a shard runs batches between two turns of its event loop, else when a message has woken it.
    for (const [how, busy] of ['throw', 'exit', 'throw-later'].flatMap((how) => [
      [how, false] as const,
      [how, true] as const,
    ])) {
      t.test(`${how}${busy ? ', while it is busy' : ''}`, async (t) => {
        const server = await startSherd(t, { args: ['--shards', '4'], preload });
        const client = await server.connect();
        const keys = Array.from({ length: 100 }, (_, i) => `key:${i}`);
        await client.call('MSET', ...keys.flatMap((key) => [key, `${key}!`]));
        const readers = await Promise.all(Array.from({ length: 5 }, () => server.connect()));
        const reads = readers.map(async (reader) => {
          reader.send(requests(Array.from({ length: 200 }, (_, i) => ['GET', keys[i % keys.length]])));
          const rest = (await reader.rest()).toString();
          const right = Array.from(
            { length: 200 },
            (_, i) => `$${keys[i % keys.length].length + 1}\r\n${keys[i % keys.length]}!\r\n`,
          );
          return right.join('').startsWith(rest);
        });
        if (busy) {
          const load = await server.connect();
          const endless = (): void => {
            if (server.program.isRunning) load.send(requests(keys.map((key) => ['GET', key])));
          };
          load.socket.on('data', endless);
          endless();
          await delay(100);
        }
        client.send(requests([['SET', `die:${how}`, 'x'], ...keys.map((key) => ['GET', key])]));
        const { status } = await server.ended();
        t.equal(status, 1);
        t.ok(
          server.log().some(({ level }) => level === FATAL),
          'a line of level fatal',
        );
        t.match(server.log().find(({ level }) => level === FATAL)?.msg, /shard \d has died/);
        t.notMatch((await client.rest()).toString(), /\$-1/, 'no empty answers');
        t.ok((await Promise.all(reads)).every(Boolean), 'no wrong answers');
      });
    }
  },
);

/** Enough to start with: Node.js opens most modules at the same time. */
const DESCRIPTORS = 200;

t.test('clients that take every file descriptor do not end it, and the others are served on', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '2'], descriptors: DESCRIPTORS });
  const first = await server.connect();
  t.equal(await first.call('SET', 'k', 'v'), 'OK');
  const many = await Promise.all(Array.from({ length: 2 * DESCRIPTORS }, () => server.connect()));
  const served = many.map((client) => client.call('PING').catch(() => 'nothing'));
  t.equal(await served[0], 'PONG');
  // More than what is done once a second takes: figures of the memory, statistics, idle clients.
  const giveUpAt = performance.now() + 2500;
  while (performance.now() < giveUpAt) {
    t.equal(await first.call('GET', 'k'), 'v');
    t.match(await first.call('INFO'), /used_memory:/);
    await delay(100);
  }
  t.ok(
    Number(/connected_clients:(\d+)/.exec(String(await first.call('INFO', 'clients')))?.[1]) < DESCRIPTORS,
  );
  for (const client of many) client.destroy();
  await until('a place for a new client', async () => {
    const client = await server.connect();
    const pong = await Promise.race([client.call('PING').catch(() => ''), delay(500)]);
    client.destroy();
    return pong === 'PONG';
  });
  t.ok(server.program.isRunning);
});

t.test('INFO that is on its way when the end begins is answered', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '2'] });
  const [slow, asking] = [await server.connect(), await server.connect()];
  await slow.call('MSET', '{x}a', 'ab'.repeat(4000), '{x}b', 'ba'.repeat(4000));
  // A shard that works on this answers nothing else before.
  slow.send(request('LCS', '{x}a', '{x}b', 'LEN'));
  asking.send(requests([['PING'], ['INFO']]));
  await asking.reply();
  const ended = server.stop();
  t.match(String(await asking.reply()), /redis_version/);
  t.equal((await ended).status, 0);
});
