/** Slots: known values, hash tags, Redis's own opinion, and ranges that leave no slot out. */
import fc from 'fast-check';
import t from 'tap';
import { SLOTS, shardsBySlot, slotOf, slotRanges } from '../../src/router/slots.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import { decode } from '../support/replies.js';
import { requests } from '../support/requests.js';

/** Surrounded by what must not count. */
function slot(key: string): number {
  const bytes = Buffer.from(`{x}${key}{y}`, 'latin1');
  return slotOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 3, bytes.length - 3);
}

t.test('known values', async (t) => {
  t.equal(slot('foo'), 12182);
  t.equal(slot('bar'), 5061);
  t.equal(slot('123456789'), 0x31c3, 'the check value of CRC16/XMODEM');
  t.equal(slot(''), 0);
});

t.test('only what is in the first {} counts, if there is something in it', async (t) => {
  t.equal(slot('{user1000}.following'), slot('user1000'));
  t.equal(slot('{user1000}.following'), slot('{user1000}.followers'));
  t.equal(slot('foo{bar}{zap}'), slot('bar'));
  t.equal(slot('foo{{bar}}zap'), slot('{bar'));
  t.not(slot('foo{}{bar}'), slot('bar'), 'an empty tag is none, and no later one counts');
  t.not(slot('foo{bar'), slot('bar'), 'an open brace is no tag');
  t.not(slot('}foo{'), slot('foo'));
});

t.test("Redis's own opinion", { skip: redisMissing() }, async (t) => {
  const redis = await startRedis(t, ['--cluster-enabled', 'yes', '--dir', t.testdir()]);
  const client = await redis.connect();
  const braces = fc.string({ unit: fc.constantFrom(...'ab{}'), maxLength: 12 });
  const binary = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  const keys = fc.sample(fc.oneof(braces, binary), 2000);
  client.send(requests(keys.map((key) => ['CLUSTER', 'KEYSLOT', key])));
  for (const key of keys) {
    const theirs = decode(await client.reply());
    if (slot(key) !== theirs) t.equal(slot(key), theirs, JSON.stringify(key));
  }
  t.pass(`${keys.length} keys`);
});

t.test('the ranges of any number of shards follow each other and are even', async (t) => {
  for (let shards = 1; shards <= 20; shards++) {
    const ranges = slotRanges(shards);
    t.equal(ranges.length, shards);
    const sizes = ranges.map(([first, last]) => last - first + 1);
    const gapless = ranges.every(([first], i) => first === (i === 0 ? 0 : ranges[i - 1][1] + 1));
    t.ok(gapless && ranges[shards - 1][1] === SLOTS - 1, `${shards} shards: every slot once`);
    t.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, 'even');
    const map = shardsBySlot(shards);
    t.equal(map.length, SLOTS);
    t.ok(
      ranges.every(([first, last], shard) => map.subarray(first, last + 1).every((one) => one === shard)),
      'the map says the same',
    );
  }
});
