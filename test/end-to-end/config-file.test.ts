/** The program with a configuration file: what counts, what ends it, and who may come in. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../support/processes.js';
import { RespClient } from '../support/resp-client.js';
import { MAIN, startSherd } from '../support/sherd-server.js';
import { until } from '../support/until.js';

t.test('settings from a file, and CONFIG REWRITE back into it', async (t) => {
  const folder = t.testdir({ 'redis.conf': '# mine\nmaxclients 77\ntimeout 5\n' });
  const path = join(folder, 'redis.conf');
  const pidFile = join(folder, 'pid');
  const args = ['--shards', '1', '--timeout', '6', '--pidfile', pidFile];
  const server = await startSherd(t, { configFile: path, args });
  const client = await server.connect();
  t.same(await client.call('CONFIG', 'GET', 'maxclients'), ['maxclients', '77']);
  t.same(await client.call('CONFIG', 'GET', 'timeout'), ['timeout', '6']);
  t.match(await client.call('INFO', 'server'), `config_file:${path}\r\n`);
  await until('the pidfile', async () => readFileSync(pidFile, 'utf8') === `${server.program.pid}\n`);
  await client.call('CONFIG', 'SET', 'timeout', '0', 'maxclients', '78');
  t.equal(await client.call('CONFIG', 'REWRITE'), 'OK');
  t.match(readFileSync(path, 'utf8'), /^# mine\nmaxclients 78\ntimeout 0\n\n# Generated/);
  await server.stop();
  t.throws(() => readFileSync(pidFile), { code: 'ENOENT' });
});

t.test('CONFIG REWRITE without a file', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '1'] });
  const client = await server.connect();
  const reply = await client.raw('CONFIG', 'REWRITE');
  t.equal(reply.toString(), '-ERR The server is running without a config file\r\n');
});

t.test('a file that is wrong ends it with one line and status 1', async (t) => {
  const folder = t.testdir({ bad: 'port 0\n\nnonsense yes\n', good: 'port 0\n' });
  for (const [args, says] of [
    [[join(folder, 'bad')], /bad:3: nonsense yes: there is no such setting/],
    [[join(folder, 'none')], /none/],
    [[join(folder, 'good'), 'more'], /'more'/],
  ] as const) {
    const { status, stderr, stdout } = await run(t, 'timeout', ['10', process.execPath, MAIN, ...args]);
    t.equal(status, 1);
    t.match(stderr, /^[^\n]+\n$/, 'one line');
    t.match(stderr, says);
    t.equal(stdout, '');
  }
});

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
const skip = outside === undefined ? 'this machine has no address but its own' : false;

t.test('protected mode turns away who does not come from this machine', { skip }, async (t) => {
  const server = await startSherd(t, { args: ['--shards', '1', '--bind', '*'] });
  const inside = await server.connect();
  const refused = await RespClient.connect(server.port, outside);
  t.match((await refused.rest()).toString(), /^-DENIED [^\r]*\r\n$/);
  t.equal(await inside.call('CONFIG', 'SET', 'protected-mode', 'no'), 'OK');
  const accepted = await RespClient.connect(server.port, outside);
  t.equal(await accepted.call('PING'), 'PONG');
  accepted.destroy();
});
