/** Random keys are uniform over the segments of a table, whatever their depth and size, and found when few are left. */
import t from 'tap';
import { NO_ENTRY } from '../../src/keyspace/database.js';
import { HashTable } from '../../src/keyspace/hash-table.js';
import { SlabAllocator } from '../../src/keyspace/slab-allocator.js';
import { DEVIATE_MAX, deviate } from '../support/chi-square.js';
import { createRandom, runSeed } from '../support/random.js';
import { find, open, put } from './stores.js';

const seed = runSeed();
t.comment(`SEED=${seed}`);

t.test('over the keys of a database with many segments', async (t) => {
  const { database } = open();
  const random = createRandom(seed);
  const count = 3000;
  for (let i = 0; i < count; i++) put(database, `key:${i}`, Buffer.from('v'));
  const draws = Array.from({ length: count }, () => 0);
  for (let i = 0; i < count * 40; i++) {
    const entry = database.pick(() => random.below(2 ** 30) / 2 ** 30);
    const start = database.keyStart(entry);
    const key = database.keySource(entry).toString('latin1', start + 4, start + database.keyLength(entry));
    draws[Number(key)]++;
  }
  const z = deviate(
    draws,
    draws.map(() => 1),
  );
  t.ok(Math.abs(z) < DEVIATE_MAX, `deviate ${z.toFixed(2)}`);
});

t.test('over segments of different depths and sizes', async (t) => {
  const table = new HashTable(new SlabAllocator());
  const random = createRandom(seed);
  const draw = (): number => random.below(2 ** 30) / 2 ** 30;
  // A half of the hashes fall into a 4,096th of their space, and a tenth have all but the same one.
  const groups = [4000, 4000, 1000];
  let address = 1;
  const groupOf: number[] = [];
  for (const [group, size] of groups.entries()) {
    for (let i = 0; i < size; i++) {
      const hash = [random.below(2 ** 32) | 0, random.below(2 ** 20), 0x40000000 | (i & 7)][group];
      groupOf[address] = group;
      table.insert(hash, address++);
    }
  }
  const draws = groups.map(() => 0);
  for (let drawn = 0; drawn < 50_000; ) {
    const picked = table.pick(draw);
    if (picked === 0) continue;
    draws[groupOf[picked]]++;
    drawn++;
  }
  const z = deviate(draws, groups);
  t.ok(z < DEVIATE_MAX, `${draws.join(', ')} of groups of ${groups.join(', ')}: deviate ${z.toFixed(2)}`);
});

t.test('where nearly every key has expired, one that has not is found', async (t) => {
  const { clock, counters, database } = open();
  const random = createRandom(seed);
  const draw = (): number => random.below(2 ** 30) / 2 ** 30;
  const count = 50_000;
  for (let i = 0; i < count; i++)
    database.setExpiresAt(put(database, `key:${i}`, Buffer.from('v')), clock.nowMs + 1);
  put(database, 'stays', Buffer.from('v'));
  clock.nowMs += 10;
  const entry = database.pick(draw);
  t.equal(entry, find(database, 'stays'));
  t.ok(counters.expired > 0, 'it removes what has expired on its way');
  t.ok(counters.expired < 1000, 'but not without bound');
  database.delete(find(database, 'stays'));
  t.equal(database.pick(draw), NO_ENTRY);
  t.equal(open().database.pick(draw), NO_ENTRY, 'an empty database');
});
