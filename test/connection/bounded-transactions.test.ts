/** What bounds transactions, and commands of two hops that only read, on the production router and shards. */
import t from 'tap';
import { type InProcessClient, InProcessServer } from '../support/in-process-server.js';
import { createRandom } from '../support/random.js';
import { decode, type Reply } from '../support/replies.js';

function open(shards = 4) {
  const server = new InProcessServer({ shards, random: createRandom(11) });
  const one = server.client();
  /** What the client's last command is answered with; what came before is dropped. */
  const call = (client: InProcessClient, ...words: string[]): Reply => {
    server.settle();
    client.replies.length = 0;
    client.send(...words);
    server.settle();
    return decode(client.replies.shift()!);
  };
  return { server, one, call };
}

t.test('a transaction under WATCH takes a command with very many keys', async (t) => {
  const { call, one, server } = open();
  // More than a function can have arguments.
  const keys = 150_000;
  const sendWithKeys = (name: string): void => {
    let text = `*${keys + 1}\r\n$${name.length}\r\n${name}\r\n`;
    for (let i = 0; i < keys; i++) text += `$6\r\n${100_000 + i}\r\n`;
    one.sendBytes(Buffer.from(text));
    server.settle();
  };
  sendWithKeys('WATCH');
  call(one, 'MULTI');
  sendWithKeys('DEL');
  one.send('EXEC');
  t.equal(one.held, true);
  server.settle();
  t.same(one.replies.slice(-2).map(String), ['*1\r\n', ':0\r\n']);
});

t.test('transactions that are not answered keep their client from sending more', async (t) => {
  const { one, server } = open();
  const value = 'x'.repeat(60_000);
  const rounds = 2000;
  for (let i = 0; i < rounds && !one.held; i++) {
    one.send('MULTI');
    one.send('SET', `k${i}`, value);
    one.send('EXEC');
  }
  t.equal(one.held, true);
  server.settle();
  t.equal(one.held, false);
});

t.test('so do WATCH, and commands of two hops that only read', async (t) => {
  for (const words of [
    ['WATCH', 'k'.repeat(60_000)],
    ['PFCOUNT', 'k'.repeat(60_000), 'a', 'b', 'c'],
  ]) {
    const { one, server } = open();
    for (let i = 0; i < 2000 && !one.held; i++) one.send(...words);
    t.equal(one.held, true, words[0]);
    server.settle();
    t.equal(one.held, false, words[0]);
  }
});
