/**
 * MULTI, EXEC, DISCARD, WATCH, UNWATCH beside redis-server: conversations of two clients, one reply at a time, with keys on
 * one shard and on several, in both protocols.
 */
import t from 'tap';
import { redisMissing, startRedis } from '../support/redis-server.js';
import { requests } from '../support/requests.js';
import { RespClient } from '../support/resp-client.js';
import { startSherd } from '../support/sherd-server.js';

/** Lines of a conversation: who speaks (1 or 2), and what; `wait` lets what has a deadline of 40 ms expire. */
const CONVERSATIONS: Readonly<Record<string, string>> = {
  'commands run in one go': `
    1 MULTI; 1 SET a 1; 1 INCR b; 1 GET a; 2 GET a; 1 MGET a b c; 1 EXEC; 2 GET a`,
  'errors of commands do not stop the others': `
    1 MULTI; 1 SET a x; 1 INCR a; 1 INCRBY a y; 1 EXPIRE a z; 1 APPEND a y; 1 EXEC; 1 GET a`,
  'an error while queueing ends it': `
    1 MULTI; 1 SET a 1; 1 NONSENSE; 1 SET a 2; 1 EXEC; 1 GET a; 1 EXEC`,
  'a wrong number of arguments too': `
    1 MULTI; 1 SET a; 1 PING; 1 EXEC; 1 MULTI; 1 MSET a 1 b; 1 EXEC; 1 MULTI; 1 OBJECT; 1 EXEC`,
  'rejected control commands': `
    1 EXEC; 1 DISCARD; 1 EXEC now; 1 MULTI now; 1 MULTI; 1 EXEC now; 1 EXEC; 1 MULTI; 1 MULTI; 1 SET a 1; 1 EXEC;
    1 MULTI; 1 DISCARD now; 1 EXEC; 1 MULTI; 1 WATCH a; 1 EXEC; 1 MULTI; 1 WATCH; 1 EXEC; 1 WATCH; 1 UNWATCH x`,
  'DISCARD forgets commands and watches': `
    1 WATCH a; 1 MULTI; 1 SET a 1; 1 DISCARD; 1 GET a; 2 SET a 2; 1 MULTI; 1 GET a; 1 EXEC`,
  'nothing in it': '1 MULTI; 1 EXEC; 1 WATCH a; 1 MULTI; 1 EXEC; 1 WATCH a; 2 SET a 1; 1 MULTI; 1 EXEC',
  'a key that another client changes': `
    1 SET a 1; 1 WATCH a b c; 2 SET b 1; 1 MULTI; 1 SET a 2; 1 EXEC; 1 GET a; 1 MULTI; 1 SET a 3; 1 EXEC; 1 GET a`,
  'a key that the client itself changes': '1 WATCH a; 1 SET a 1; 1 MULTI; 1 PING; 1 EXEC',
  'another key': '1 WATCH a; 2 SET b 1; 1 MULTI; 1 PING; 1 EXEC',
  'reading changes nothing':
    '1 SET a 1; 1 WATCH a; 2 GET a; 2 MGET a b; 2 TTL a; 2 EXISTS a; 1 MULTI; 1 PING; 1 EXEC',
  'what has no effect is no change': `
    1 SET a 1; 1 WATCH a b; 2 SET a 2 NX; 2 SET b 1 XX; 2 DEL b; 2 PERSIST a; 2 EXPIRE b 10; 2 RENAMENX a a;
    2 MSETNX a 1 b 1; 2 SETRANGE a 0 ""; 2 COPY b a; 2 MOVE b 1; 2 GETEX a; 2 EXPIRE a 10 LT XX; 1 MULTI; 1 PING; 1 EXEC`,
  'every kind of change': [
    'APPEND a 1',
    'SETRANGE a 3 1',
    'INCR a',
    'INCRBYFLOAT a 1.5',
    'GETSET a 1',
    'SET a 1',
    'GETDEL a',
    'DEL a',
    'UNLINK a',
    'EXPIRE a 10',
    'PEXPIREAT a 1',
    'GETEX a EX 10',
    'SETEX a 10 1',
    'MSET b 1 a 1',
    'RENAME a b',
    'RENAME c a',
    'RENAMENX a d',
    'COPY c a REPLACE',
    'COPY a c REPLACE',
    'MOVE a 1',
    'FLUSHDB',
    'FLUSHALL',
    'SWAPDB 0 1',
    'SWAPDB 1 2',
    'RESTORE a 0 x',
    'SETNX a 1',
    'SETBIT a 0 1',
    'PFADD a 1',
  ]
    .map((change) => `1 FLUSHALL; 1 SET a 1; 1 SET c 1; 1 WATCH a; 2 ${change}; 1 MULTI; 1 PING; 1 EXEC`)
    .join(';'),
  'a change of a key that is not there': `
    1 WATCH a; 2 SET a 1; 1 MULTI; 1 PING; 1 EXEC; 1 WATCH b; 2 RENAME a b; 1 MULTI; 1 PING; 1 EXEC; 1 WATCH c;
    2 COPY b c; 1 MULTI; 1 PING; 1 EXEC; 1 WATCH d; 2 MSETNX d 1 e 2; 1 MULTI; 1 PING; 1 EXEC`,
  'a change that is undone': '1 SET a 1; 1 WATCH a; 2 DEL a; 2 SET a 1; 1 MULTI; 1 PING; 1 EXEC',
  'a database of its own': `
    1 WATCH a; 1 SELECT 2; 2 SET a 1; 1 MULTI; 1 PING; 1 EXEC; 1 WATCH a; 2 SET a 2; 1 MULTI; 1 PING; 1 EXEC;
    1 WATCH a; 1 SELECT 0; 2 SELECT 2; 2 SET a 3; 1 MULTI; 1 PING; 1 EXEC`,
  'flushing what is not there is no change': `
    1 WATCH a; 2 FLUSHALL; 2 FLUSHDB; 1 MULTI; 1 PING; 1 EXEC; 1 SET b 1; 1 WATCH a; 2 FLUSHALL; 1 MULTI; 1 PING; 1 EXEC`,
  swapping: `
    1 SET a 1; 2 SELECT 1; 2 SET b 1; 1 WATCH b; 2 SWAPDB 0 1; 1 MULTI; 1 GET b; 1 EXEC; 1 WATCH none; 2 SWAPDB 0 1;
    1 MULTI; 1 GET a; 1 EXEC; 1 WATCH a; 2 SWAPDB 2 3; 2 SWAPDB 0 0; 1 MULTI; 1 GET a; 1 EXEC`,
  'a key that expires': `
    1 SET a 1 PX 40; 1 WATCH a; wait; 1 MULTI; 1 GET a; 1 EXEC; 1 SET a 1 PX 40; wait; 1 WATCH a; 1 MULTI; 1 GET a; 1 EXEC;
    1 SET a 1 PX 40; 1 WATCH a; wait; 2 GET a; 1 MULTI; 1 GET a; 1 EXEC; 1 WATCH b; 2 SET b 1 PX 40; wait; 1 MULTI; 1 PING; 1 EXEC`,
  UNWATCH: `
    1 WATCH a; 2 SET a 1; 1 UNWATCH; 1 MULTI; 1 PING; 1 EXEC; 1 WATCH a; 2 SET a 2; 1 MULTI; 1 UNWATCH; 1 GET a; 1 EXEC;
    1 UNWATCH`,
  'watches add up, and end with EXEC': `
    1 WATCH a; 1 WATCH b a; 2 SET b 1; 1 MULTI; 1 EXEC; 2 SET a 1; 1 MULTI; 1 GET a; 1 EXEC; 1 WATCH a; 1 MULTI; 1 FOO;
    1 EXEC; 2 SET a 2; 1 MULTI; 1 GET a; 1 EXEC`,
  'commands over several shards': `
    1 MSET a 1 b 2 c 3; 1 WATCH a b c; 1 MULTI; 1 RENAME a d; 1 MGET a b c d; 1 RENAMENX d b; 1 COPY d e; 1 MSETNX f 1 g 2;
    1 RENAME none x; 1 MSETNX a 1 f 2; 1 DEL c; 1 DBSIZE; 1 EXEC; 2 MGET a b c d e f g`,
  'everything in it': `
    1 MSET a 1 b 2; 1 MULTI; 1 FLUSHALL; 1 DBSIZE; 1 SET a 2; 1 SWAPDB 0 3; 1 GET a; 1 SELECT 3; 1 GET a; 1 RENAME a z;
    1 SELECT 0; 1 DBSIZE; 1 EXEC; 1 GET a; 1 SELECT 3; 1 GET z`,
  'commands of the connection': `
    1 MULTI; 1 PING; 1 ECHO a; 1 SELECT 1; 1 CLIENT SETNAME x; 1 CLIENT GETNAME; 1 SET a 1; 1 SELECT 99; 1 EXEC; 1 GET a;
    1 MULTI; 1 CONFIG SET lazyfree-lazy-expire maybe; 1 CONFIG GET lazyfree-lazy-expire; 1 EXEC`,
  'the protocol may change in it': '1 MULTI; 1 HELLO 3; 1 GET none; 1 EXEC; 1 HELLO 2',
  RESET: '1 WATCH a; 1 MULTI; 1 SET a 1; 1 RESET; 1 EXEC; 1 GET a; 2 SET a 1; 1 MULTI; 1 PING; 1 EXEC',
  'keys on one shard': `
    1 WATCH {x}a {x}b; 1 MULTI; 1 MSET {x}a 1 {x}b 2; 1 RENAME {x}a {x}c; 1 COPY {x}b {x}a; 1 MSETNX {x}b 1 {x}f 1;
    1 MGET {x}a {x}b {x}c; 1 EXEC; 1 WATCH {x}a; 2 RENAME {x}b {x}a; 1 MULTI; 1 RENAME {x}c {x}d; 1 EXEC; 1 EXISTS {x}c {x}d`,
};

function words(line: string): string[] {
  return line.split(/\s+/).map((word) => (word === '""' ? '' : word));
}

t.test('transactions are those of redis-server', { skip: redisMissing() }, async (t) => {
  const redis = await startRedis(t);
  for (const shards of [1, 3]) {
    const sherd = await startSherd(t, { args: ['--shards', String(shards)] });
    for (const protocol of ['2', '3']) {
      for (const [name, text] of Object.entries(CONVERSATIONS)) {
        const open = (port: number) => Promise.all([RespClient.connect(port), RespClient.connect(port)]);
        const [theirs, ours] = [await open(redis.port), await open(sherd.port)];
        for (const client of [...theirs, ...ours]) {
          await client.call('HELLO', protocol);
          await client.call('FLUSHALL');
        }
        const differences: string[] = [];
        for (const line of text.split(';').map((one) => one.trim())) {
          if (line === 'wait') {
            await new Promise((resolve) => setTimeout(resolve, 60));
            continue;
          }
          const [who, ...command] = words(line);
          const [theirReply, ourReply] = await Promise.all(
            [theirs, ours].map((clients) => {
              const client = clients[Number(who) - 1];
              client.send(requests([command]));
              return client.reply();
            }),
          );
          const [there, here] = [theirReply, ourReply].map((reply) =>
            JSON.stringify(reply.toString('latin1')).replace(/id\\r\\n:\d+/, 'id'),
          );
          if (there !== here) differences.push(`${line}: redis-server ${there}, Sherd ${here}`);
        }
        t.same(differences, [], `${name}, RESP${protocol}, ${shards} shards`);
        for (const client of [...theirs, ...ours]) client.socket.destroy();
      }
    }
  }
});

t.test('what a pipeline has behind EXEC comes behind all of it', { skip: redisMissing() }, async (t) => {
  const redis = await startRedis(t);
  const sherd = await startSherd(t, { args: ['--shards', '3'] });
  const [theirs, ours] = [await redis.connect(), await sherd.connect()];
  // Of two hops each, where the keys are on several shards; some of them only read.
  for (const twoHops of [
    'PFCOUNT a b c',
    'LCS a b',
    'LCS b c',
    'RENAMENX a b',
    'COPY a c',
    'BITOP OR d a b c',
  ]) {
    const lines = ['MULTI', 'SET x 1', twoHops, 'INCR x', 'EXEC', 'INCR x', 'GET a', 'PING'].map(words);
    for (const client of [theirs, ours]) client.send(requests(lines));
    const [expected, found] = [await theirs.replies(lines.length), await ours.replies(lines.length)];
    t.equal(String(Buffer.concat(found)), String(Buffer.concat(expected)), twoHops);
  }
});

t.test(
  'nothing of EXEC is replied to a client that wants no replies',
  { skip: redisMissing() },
  async (t) => {
    const redis = await startRedis(t);
    const sherd = await startSherd(t, { args: ['--shards', '3'] });
    for (const begin of ['MULTI', 'WATCH a;MULTI', 'WATCH a b c;MULTI']) {
      const [theirs, ours] = [await redis.connect(), await sherd.connect()];
      const lines = `CLIENT REPLY OFF;${begin};SET a 1;GET a;EXEC;CLIENT REPLY ON;PING`.split(';').map(words);
      for (const client of [theirs, ours]) client.send(requests(lines));
      const [expected, found] = [await theirs.replies(2), await ours.replies(2)];
      t.equal(String(Buffer.concat(found)), String(Buffer.concat(expected)), begin);
    }
  },
);

t.test('EXEC under WATCH may write to any number of keys', { skip: redisMissing() }, async (t) => {
  const redis = await startRedis(t);
  const sherd = await startSherd(t, { args: ['--shards', '3'] });
  const keys = 200_000;
  const pairs = Array.from({ length: keys }, (_, i) => `$6\r\n${100_000 + i}\r\n$1\r\nv\r\n`).join('');
  const [theirs, ours] = [await redis.connect(), await sherd.connect()];
  for (const client of [theirs, ours]) {
    client.send(requests([['WATCH', 'a'], ['MULTI']]));
    client.send(`*${2 * keys + 1}\r\n$4\r\nMSET\r\n${pairs}`);
    client.send(requests([['EXEC'], ['DBSIZE']]));
  }
  const [expected, found] = [await theirs.replies(5), await ours.replies(5)];
  t.equal(String(Buffer.concat(found)), String(Buffer.concat(expected)));
});
