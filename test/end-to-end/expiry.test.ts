/** Expiry by the server's own clock: read or not, keys are gone behind their deadline. */
import t from 'tap';
import { requests } from '../support/requests.js';
import { startSherd } from '../support/sherd-server.js';
import { until } from '../support/until.js';

for (const shards of [4, 1]) {
  t.test(`${shards} shards`, async (t) => {
    const server = await startSherd(t, { args: ['--shards', String(shards)] });

    t.test('expired keys go away with nobody reading them', async (t) => {
      const client = await server.connect();
      const commands = Array.from({ length: 5000 }, (_, i) => [
        'SET',
        `short:${i}`,
        'v',
        'PX',
        String(1 + (i % 300)),
      ]);
      client.send(requests([...commands, ['SET', 'stays', 'v'], ['SET', 'long', 'v', 'EX', '1000']]));
      await client.replies(5002);
      await until('all of them to be gone', async () => (await client.call('DBSIZE')) === 2);
      t.match(await client.call('INFO', 'stats'), /expired_keys:5000\r\n/);
      t.match(await client.call('INFO', 'keyspace'), /db0:keys=2,expires=1/);
    });

    t.test('even when nobody says anything', async (t) => {
      const client = await server.connect();
      await client.call('FLUSHALL');
      await client.call('SET', 'k', 'v', 'PX', '20');
      // INFO does not read keys; the first look comes well behind the deadline.
      await until('time to pass', async () => {
        const [seconds, micros] = (await client.call('TIME')) as string[];
        const nowMs = Number(seconds) * 1000 + Number(micros) / 1000;
        return nowMs > Number(await client.call('PEXPIRETIME', 'k')) + 5;
      });
      t.equal(await client.call('DBSIZE'), 0);
    });

    t.test('a read never sees an expired key', async (t) => {
      const client = await server.connect();
      for (let round = 0; round < 30; round++) {
        await client.call('SET', 'k', 'v', 'PX', '5');
        for (;;) {
          client.send(
            requests([
              ['PTTL', 'k'],
              ['GET', 'k'],
              ['TTL', 'k'],
              ['EXISTS', 'k'],
              ['TYPE', 'k'],
            ]),
          );
          const [pttl, get, ttl, exists, type] = (await client.replies(5)).map(String);
          const gone = [get, ttl, exists, type].join('');
          if (pttl === ':-2\r\n') {
            if (gone !== '$-1\r\n:-2\r\n:0\r\n+none\r\n') t.fail(`after its end: ${gone}`);
            break;
          }
          if (Number(pttl.slice(1)) < 0 || Number(pttl.slice(1)) > 5) t.fail(`PTTL ${pttl}`);
        }
      }
      t.pass('30 keys to their end');
    });

    t.test('deadlines can be moved, taken away and given again', async (t) => {
      const client = await server.connect();
      await client.call('FLUSHALL');
      await client.call('MSET', 'a', '1', 'b', '2', 'c', '3', 'd', '4');
      for (const key of 'abcd') await client.call('PEXPIRE', key, '100');
      t.equal(await client.call('PERSIST', 'a'), 1);
      t.equal(await client.call('EXPIRE', 'b', '1000'), 1);
      t.equal(await client.call('SET', 'c', '3'), 'OK', 'a plain SET takes it away');
      t.equal(await client.call('SET', 'd', '4', 'KEEPTTL'), 'OK');
      await until('d to be gone', async () => (await client.call('DBSIZE')) === 3);
      t.same(await client.call('MGET', 'a', 'b', 'c', 'd'), ['1', '2', '3', null]);
      t.equal(await client.call('PEXPIREAT', 'a', '1'), 1, 'a time that is past removes the key');
      t.equal(await client.call('DBSIZE'), 2);
    });
  });
}
