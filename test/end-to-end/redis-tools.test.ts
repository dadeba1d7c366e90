/** Redis's own programs, which must find nothing to complain about. */
import t from 'tap';
import { missing, run } from '../support/processes.js';
import { startSherd } from '../support/sherd-server.js';

for (const shards of [4, 1]) {
  t.test(`${shards} shards`, async (t) => {
    const server = await startSherd(t, { args: ['--shards', String(shards)] });
    const port = String(server.port);

    t.test('redis-cli', { skip: missing('redis-cli') }, async (t) => {
      const cli = async (...words: string[]): Promise<string> => {
        const { stdout, stderr, status } = await run(t, 'redis-cli', ['-p', port, ...words]);
        t.equal(stderr, '', `${words.join(' ')}: no warning`);
        t.equal(status, 0);
        return stdout;
      };
      t.equal(await cli('PING'), 'PONG\n');
      t.equal(await cli('SET', 'k', 'v'), 'OK\n');
      t.equal(await cli('GET', 'k'), 'v\n');
      t.equal(await cli('-n', '2', 'GET', 'k'), '\n');
      t.equal(await cli('-3', 'GET', 'none'), '\n');
      t.equal(await cli('--no-raw', 'MGET', 'k', 'none'), '1) "v"\n2) (nil)\n');
      t.match(await cli('-3', 'INFO', 'server'), /^# Server/);
      t.match(await cli('--no-raw', '-3', 'CONFIG', 'GET', 'maxclients'), /1# "maxclients" => "10000"/);
      t.match(await cli('NONSENSE'), /^ERR unknown command 'NONSENSE'/);
    });

    t.test('redis-benchmark', { skip: missing('redis-benchmark') }, async (t) => {
      for (const more of [[], ['-P', '16'], ['-3'], ['--threads', '2']]) {
        const args = [
          '-p',
          port,
          '-t',
          'ping,set,get,mset',
          '-n',
          '3000',
          '-c',
          '20',
          '-r',
          '1000',
          '-d',
          '64',
          '-q',
        ];
        const { stdout, stderr, status } = await run(t, 'redis-benchmark', [...args, ...more]);
        const name = `redis-benchmark ${more.join(' ')}`;
        t.equal(stderr, '', `${name}: nothing on standard error`);
        t.equal(status, 0, name);
        t.notMatch(stdout, /warning|error|could not|failed/i, `${name}: no complaint`);
        t.equal(stdout.match(/requests per second/g)?.length, 5, `${name}: five tests are done`);
      }
    });
  });
}
