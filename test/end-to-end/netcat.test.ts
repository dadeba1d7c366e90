/** The server by hand: what a person types into netcat, with either line ending, as the README shows it. */
import t from 'tap';
import { missing, runShell } from '../support/processes.js';
import { startSherd } from '../support/sherd-server.js';

for (const shards of [4, 1]) {
  t.test(`${shards} shards`, async (t) => {
    const server = await startSherd(t, { args: ['--shards', String(shards)] });

    t.test('through nc', { skip: missing('nc') }, async (t) => {
      const nc = (input: string) => runShell(t, `printf '${input}' | nc -q1 127.0.0.1 ${server.port}`);
      const sessions: [input: string, output: string][] = [
        ['SET greeting hello\\r\\nGET greeting\\r\\n', '+OK\r\n$5\r\nhello\r\n'],
        ['SET greeting hello\\nGET greeting\\n', '+OK\r\n$5\r\nhello\r\n'],
        [
          'SET session:101 active EXP 30\\nGET session:101\\nDEL session:101\\n',
          '+OK\r\n$6\r\nactive\r\n:1\r\n',
        ],
        ['SET "a key" "two\\\\nlines"\\nGET "a key"\\n', '+OK\r\n$9\r\ntwo\nlines\r\n'],
        ['nonsense a b\\n', "-ERR unknown command 'nonsense', with args beginning with: 'a' 'b' \r\n"],
        ['', ''],
      ];
      for (const [input, output] of sessions) {
        const { stdout, stderr, status } = await nc(input);
        t.same({ stdout, stderr, status }, { stdout: output, stderr: '', status: 0 }, input);
      }
    });

    t.test('inline over a socket, in any chunks', async (t) => {
      const client = await server.connect();
      for (const byte of 'SET k "v w"\nGET k\r\n') client.send(byte);
      t.same((await client.replies(2)).map(String), ['+OK\r\n', '$3\r\nv w\r\n']);
    });

    t.test('seconds to live by EXP are seconds to live', async (t) => {
      const client = await server.connect();
      await client.call('SET', 'session', 'active', 'EXP', '30');
      const ttl = await client.call('TTL', 'session');
      t.ok(ttl === 30 || ttl === 29, `TTL ${ttl}`);
    });
  });
}
