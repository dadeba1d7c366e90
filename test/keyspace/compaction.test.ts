/** Memory that deletions have freed comes back: by the allocator's books, a bounded piece a turn, and nothing is lost. */
import t from 'tap';
import { type Database, NEVER, NO_ENTRY } from '../../src/keyspace/database.js';
import { createRandom, runSeed } from '../support/random.js';
import { find, open, put, stored } from './stores.js';

const seed = runSeed();
t.comment(`SEED=${seed}`);

const STEPS_MAX = 1_000_000;

/** Runs the compactor until it has nothing to do; gives the number of its turns. */
function settle(database: Database): number {
  let turns = 0;
  while (database.isSparse) {
    database.compact(500);
    if (++turns > STEPS_MAX) throw new Error('it never ends');
  }
  return turns;
}

t.test('after nine of ten keys are deleted at random, what is reserved follows what is used', async (t) => {
  const { database } = open();
  const random = createRandom(seed);
  const count = 400_000;
  const value = (i: number): Buffer => Buffer.alloc(64 + (i % 40), i);
  for (let i = 0; i < count; i++) {
    put(database, `key:${i}`, value(i));
    if (i % 4 === 0) database.setExpiresAt(find(database, `key:${i}`), 2_000_000 + i);
  }
  const full = database.reservedBytes;
  const kept: number[] = [];
  for (let i = 0; i < count; i++) {
    if (random.chance(0.1)) kept.push(i);
    else database.delete(find(database, `key:${i}`));
  }
  t.ok(database.reservedBytes > full * 0.8, 'random deletions alone empty no slab');
  const released = database.releasedBytes;
  const turns = settle(database);
  t.comment(
    `${turns} turns: ${full >> 20} MB reserved before, ${database.reservedBytes >> 20} MB now for ${database.usedBytes >> 20} MB in use`,
  );
  t.ok(database.reservedBytes <= database.usedBytes * 1.3 + 6 * 1024 * 1024, 'reserved is close to used');
  t.ok(database.releasedBytes - released > (full - database.reservedBytes) * 0.9, 'the rest was let go of');
  let wrong = 0;
  for (const i of kept) {
    const entry = find(database, `key:${i}`);
    if (entry === NO_ENTRY || !stored(database, entry).equals(value(i))) wrong++;
    else if (database.expiresAtMs(entry) !== (i % 4 === 0 ? 2_000_000 + i : NEVER)) wrong++;
  }
  t.equal(wrong, 0, 'what was kept is there');
  t.equal(database.size, kept.length);
});

t.test('between moves commands and expiry go on as if there were none', async (t) => {
  const random = createRandom(seed);
  const { clock, database } = open();
  const model = new Map<string, { value: Buffer; expiresAtMs: number }>();
  let wrong = 0;
  // Each phase fills or empties; the compactor is given little at a time, so that it stands in the middle of slabs.
  for (let step = 0; step < 250_000; step++) {
    const filling = Math.floor(step / 40_000) % 2 === 0;
    const key = `key:${random.below(30_000)}`;
    const expected = model.get(key);
    const live = expected !== undefined && expected.expiresAtMs >= clock.nowMs ? expected : undefined;
    const entry = find(database, key);
    if ((entry === NO_ENTRY) !== (live === undefined)) wrong++;
    if (entry !== NO_ENTRY && live !== undefined) {
      if (!stored(database, entry).equals(live.value)) wrong++;
      if (database.expiresAtMs(entry) !== live.expiresAtMs) wrong++;
    }
    if (random.chance(filling ? 0.8 : 0.15)) {
      const size = random.chance(0.002) ? 20_000 : random.below(300);
      const value = Buffer.alloc(size, step);
      const handle = put(database, key, value);
      database.persist(handle);
      let expiresAtMs = NEVER;
      if (random.chance(0.3)) {
        expiresAtMs = clock.nowMs + 1 + random.below(2000);
        database.setExpiresAt(handle, expiresAtMs);
      }
      model.set(key, { value, expiresAtMs });
    } else if (!filling && entry !== NO_ENTRY) {
      database.delete(entry);
      model.delete(key);
    }
    if (random.chance(0.02)) clock.nowMs += random.below(5);
    if (random.chance(0.3)) database.expireDue(20);
    if (database.isSparse) database.compact(1 + random.below(20));
  }
  t.equal(wrong, 0);
  const [...all] = model.values();
  while (database.expireDue(1000) === 0);
  t.equal(database.size, all.filter(({ expiresAtMs }) => expiresAtMs >= clock.nowMs).length);
});

t.test('books return to the base after everything is deleted or has expired', async (t) => {
  for (const way of ['delete', 'expire'] as const) {
    const { clock, counters, database } = open();
    const base = database.usedBytes;
    const count = 200_000;
    for (let i = 0; i < count; i++) {
      const handle = put(database, `key:${i}`, Buffer.alloc(i % 500 === 0 ? 20_000 : i % 200));
      if (way === 'expire') database.setExpiresAt(handle, clock.nowMs + (i % 1000));
    }
    const full = database.usedBytes;
    if (way === 'delete') for (let i = 0; i < count; i++) database.delete(find(database, `key:${i}`));
    else {
      clock.nowMs += 1001;
      let turns = 0;
      while (database.expireDue(500) === 0) turns++;
      t.ok(turns >= count / 500 - 1, `${turns} turns of 500`);
      t.equal(counters.expired, count, 'all are counted');
    }
    t.equal(database.size, 0);
    t.equal(database.expiring, 0);
    t.comment(`${way}: ${base} bytes before, ${full} full, ${database.usedBytes} after`);
    t.ok(database.usedBytes - base <= 1024, 'used bytes: a directory of a few elements is left');
    settle(database);
    t.ok(database.reservedBytes <= 3 * 1024 * 1024, `${database.reservedBytes} reserved`);
  }
});

t.test('a table that stays full is left alone', async (t) => {
  const random = createRandom(seed);
  const { database } = open();
  // Most of them need a cell of another class, so that they move, and leave a hole.
  const value = (): Buffer => Buffer.alloc(40 + random.below(60));
  const count = 100_000;
  for (let i = 0; i < count; i++) put(database, `key:${i}`, value());
  settle(database);
  const writes = 4 * count;
  // Each of the compactor's moves takes a unit of its budget at least.
  let spent = 0;
  for (let i = 0; i < writes; i++) {
    put(database, `key:${random.below(count)}`, value());
    // It would not look at all while so little changes.
    if (i % 1000 === 0) database.purge();
    if (database.isSparse) spent += 50 - database.compact(50);
  }
  t.comment(`${Math.ceil(spent)} moves at the most for ${writes} writes`);
  t.ok(spent <= writes * 0.01, 'overwriting gives it next to nothing to do');
});
