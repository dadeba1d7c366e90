/** CLIENT, where several clients or a client's own connection are concerned. */
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { request, requests } from '../support/requests.js';
import type { RespClient } from '../support/resp-client.js';
import { startSherd } from '../support/sherd-server.js';
import { until } from '../support/until.js';

/** The fields of every line of CLIENT LIST, by the clients' ids. */
function clientsIn(text: string): Map<string, Map<string, string>> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const fields = new Map(
        line
          .split(' ')
          .map((word): [string, string] => [
            word.slice(0, word.indexOf('=')),
            word.slice(word.indexOf('=') + 1),
          ]),
      );
      return [fields.get('id') ?? '', fields];
    }),
  );
}

const listed = async (client: RespClient, ...words: string[]): Promise<Map<string, Map<string, string>>> =>
  clientsIn(String(await client.call('CLIENT', 'LIST', ...words)));

const addressOf = ({ socket }: RespClient): string => `${socket.localAddress}:${socket.localPort}`;

t.test('CLIENT LIST and INFO tell of clients what is so', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '2'] });
  const one = await server.connect();
  const other = await server.connect();
  await other.call('HELLO', '3', 'SETNAME', 'other');
  await other.call('SELECT', '3');
  await other.call('CLIENT', 'NO-EVICT', 'ON');
  await other.call('GET', 'k');
  const ids = [String(await one.call('CLIENT', 'ID')), String(await other.call('CLIENT', 'ID'))];
  const all = await listed(one);
  t.same([...all.keys()].sort(), ids);
  const [own, others] = ids.map((id) => all.get(id));
  t.match(Object.fromEntries(own ?? []), {
    addr: addressOf(one),
    laddr: `127.0.0.1:${server.port}`,
    name: '',
    age: '0',
    idle: '0',
    flags: 'N',
    db: '0',
    multi: '-1',
    qbuf: '26',
    'argv-mem': '10',
    events: 'r',
    cmd: 'client|list',
    user: 'default',
    resp: '2',
  });
  t.match(Object.fromEntries(others ?? []), {
    addr: addressOf(other),
    name: 'other',
    flags: 'e',
    db: '3',
    qbuf: '0',
    cmd: 'client|id',
    resp: '3',
  });
  t.notSame(own?.get('fd'), others?.get('fd'));
  const info = clientsIn(String(await other.call('CLIENT', 'INFO')));
  t.same([...info.keys()], [ids[1]]);
  t.equal(info.get(ids[1])?.get('cmd'), 'client|info');
  t.same([...(await listed(one, 'ID', ids[1], ids[0], ids[1])).keys()], [ids[1], ids[0]]);
  t.equal((await listed(one, 'TYPE', 'normal')).size, 2);
  await one.call('RESET');
  await other.call('NONSENSE');
  t.equal((await listed(one)).get(ids[1])?.get('name'), 'other');
});

t.test('what a client has sent of a command shows, and so does how long it has been idle', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '1'] });
  const one = await server.connect();
  const slow = await server.connect();
  const id = String(await slow.call('CLIENT', 'ID'));
  slow.send('*2\r\n$3\r\nGET\r\n$100\r\nabc');
  await until('the bytes to show', async () => (await listed(one)).get(id)?.get('qbuf') === '22');
  await delay(2200);
  const fields = (await listed(one)).get(id);
  t.match(fields?.get('idle'), /^[12]$/);
  t.match(fields?.get('age'), /^[23]$/);
  t.equal(fields?.get('argv-mem'), '3');
});

t.test('CLIENT KILL', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '2'] });
  const one = await server.connect();
  const victims = await Promise.all(Array.from({ length: 5 }, () => server.connect()));
  const ids: string[] = [];
  for (const victim of victims) ids.push(String(await victim.call('CLIENT', 'ID')));
  t.equal((await one.raw('CLIENT', 'KILL', addressOf(victims[0]))).toString(), '+OK\r\n');
  t.equal((await victims[0].rest()).length, 0);
  t.equal((await one.raw('CLIENT', 'KILL', addressOf(victims[0]))).toString(), '-ERR No such client\r\n');
  t.equal(await one.call('CLIENT', 'KILL', 'ID', ids[1]), 1);
  t.equal((await victims[1].rest()).length, 0);
  t.equal(await one.call('CLIENT', 'KILL', 'ID', ids[1]), 0);
  t.equal(await one.call('CLIENT', 'KILL', 'ID', ids[2], 'ADDR', addressOf(victims[3])), 0, 'all must fit');
  t.equal(await one.call('CLIENT', 'KILL', 'ADDR', addressOf(victims[2]), 'USER', 'default'), 1);
  t.equal(await one.call('CLIENT', 'KILL', 'TYPE', 'master'), 0);
  t.equal(
    (await one.raw('CLIENT', 'KILL', 'ID', String(await one.call('CLIENT', 'ID')))).toString(),
    ':0\r\n',
    'not itself',
  );
  t.equal(await one.call('CLIENT', 'KILL', 'LADDR', `127.0.0.1:${server.port}`), 2);
  t.equal((await listed(one)).size, 1, 'gone from the list at once');
  t.match(await one.call('INFO', 'clients'), /connected_clients:1\r/);
  one.send(
    Buffer.concat([request('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no'), request('SET', 'k', 'v')]),
  );
  t.equal((await one.rest()).toString(), ':1\r\n', 'itself, behind the reply');
  const next = await server.connect();
  t.equal(await next.call('EXISTS', 'k'), 0, 'what came behind it was not run');
  t.equal((await next.raw('CLIENT', 'KILL', addressOf(next))).toString(), '+OK\r\n');
  t.equal((await next.rest()).length, 0);
});

t.test('a client that is killed with commands in flight leaves nothing behind', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '3'] });
  const one = await server.connect();
  for (let round = 0; round < 20; round++) {
    const victim = await server.connect();
    const id = String(await victim.call('CLIENT', 'ID'));
    victim.send(requests(Array.from({ length: 500 }, (_, i) => ['MSET', `a${i}`, 'v', `b${i}`, 'v'])));
    t.equal(await one.call('CLIENT', 'KILL', 'ID', id), 1);
  }
  t.equal((await listed(one)).size, 1);
  t.equal(await one.call('PING'), 'PONG');
});

t.test('CLIENT REPLY', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '3'] });
  const client = await server.connect();
  const heard = async (...commands: string[][]): Promise<string> => {
    client.send(requests([...commands, ['ECHO', 'END']]));
    let text = '';
    while (!text.endsWith('$3\r\nEND\r\n')) text += (await client.reply()).toString();
    return text.slice(0, -9);
  };
  const [on, off, skip] = ['on', 'off', 'skip'].map((mode) => ['CLIENT', 'REPLY', mode]);
  const set = ['SET', 'k', 'v'];
  const get = ['GET', 'k'];
  const mget = ['MGET', 'k', 'a', 'b', 'c'];
  t.equal(await heard(off, set, get, mget, ['NONSENSE'], on, get), '+OK\r\n$1\r\nv\r\n');
  t.equal(await heard(skip, get, get), '$1\r\nv\r\n');
  t.equal(await heard(skip, mget, get), '$1\r\nv\r\n');
  t.equal(await heard(skip, skip, get, get), '$1\r\nv\r\n', 'one that skips skips itself');
  t.equal(await heard(skip, on, get), '+OK\r\n$1\r\nv\r\n');
  t.equal(await heard(off, skip, get, get, on, get), '+OK\r\n$1\r\nv\r\n');
  t.equal(await heard(get, off, get, ['RESET'], get), '$1\r\nv\r\n+RESET\r\n$1\r\nv\r\n');
  t.equal(await heard(get, skip, ['CLIENT', 'REPLY', 'x'], get), '$1\r\nv\r\n$1\r\nv\r\n');
  // Its keys are on two shards: the header is ready long before the rest.
  const transaction = [['MULTI'], ['RENAME', 'k', 'a'], ['RENAME', 'a', 'k'], get, ['EXEC']];
  t.equal(await heard(off, ...transaction, on, get), '+OK\r\n$1\r\nv\r\n', 'no part of a transaction');
  const guarded = [['WATCH', 'k'], ['MULTI'], get, get, ['EXEC']];
  t.equal(await heard(off, ...guarded, on, get), '+OK\r\n$1\r\nv\r\n', 'whoever decides whether it is run');
});
