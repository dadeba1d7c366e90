/** WAIT: who waits, until when, and that nobody else does. */
import t from 'tap';
import { startSherd } from '../support/sherd-server.js';
import { until } from '../support/until.js';

t.test('WAIT keeps only its own connection waiting, in the order of its commands', async (t) => {
  const sherd = await startSherd(t);
  const [one, other] = [await sherd.connect(), await sherd.connect()];
  t.equal(await one.call('WAIT', '0', '0'), 0, 'there are that many replicas');
  one.send('WAIT 1 150\r\nSET a 1\r\nGET a\r\n');
  t.equal(await other.call('GET', 'a'), null, 'what comes behind it has not been run');
  t.same(
    await one.replies(3),
    [':0\r\n', '+OK\r\n', '$1\r\n1\r\n'].map((reply) => Buffer.from(reply)),
  );
  t.match(await one.call('WAIT', '1', '-1'), { text: 'ERR timeout is negative' });
  one.send('MULTI\r\nWAIT 1 0\r\nEXEC\r\n');
  t.same((await one.replies(3)).at(-1), Buffer.from('*1\r\n:0\r\n'), 'nobody waits in a transaction');
});

t.test('CLIENT UNBLOCK ends it, and a client that goes away is noticed', async (t) => {
  const sherd = await startSherd(t);
  const [one, other] = [await sherd.connect(), await sherd.connect()];
  const id = String(await one.call('CLIENT', 'ID'));
  const isBlocked = async () => / flags=b /.test(String(await other.call('CLIENT', 'LIST', 'ID', id)));
  for (const [reason, reply] of [
    [[], ':0\r\n'],
    [['TIMEOUT'], ':0\r\n'],
    [['ERROR'], '-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n'],
  ] as const) {
    one.send('WAIT 1 0\r\n');
    await until('it waits', isBlocked);
    t.equal(await other.call('CLIENT', 'UNBLOCK', id, ...reason), 1);
    t.same(await one.reply(), Buffer.from(reply));
  }
  t.equal(await other.call('CLIENT', 'UNBLOCK', id), 0, 'it does not wait');
  one.send('WAIT 1 0\r\n');
  await until('it waits', isBlocked);
  one.socket.destroy();
  await until('it is gone', async () => (await other.call('CLIENT', 'LIST', 'ID', id)) === '');
});
