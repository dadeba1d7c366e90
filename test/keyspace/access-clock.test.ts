/** AccessClock against what Redis says of its fields, and that an entry keeps its field whatever becomes of its value. */
import t from 'tap';
import { AccessClock } from '../../src/keyspace/access-clock.js';
import { Database, type Handle } from '../../src/keyspace/database.js';
import { alignedArgv } from './aligned-argv.js';
import { SEED, stored } from './stores.js';

const MINUTE_MS = 60_000;

t.test('times come round after 2^24 seconds', async (t) => {
  const clock = { nowMs: 5_000 };
  const access = new AccessClock(clock, () => 0);
  t.equal(access.fresh, 5);
  t.equal(access.idleSeconds(3), 2);
  t.equal(access.idleSeconds(6), 2 ** 24 - 2, 'a field from before the clock came round');
  clock.nowMs = 65_999;
  t.equal(access.used(3), 5, 'nothing is known of the time before advance()');
  access.advance();
  t.equal(access.used(3), 65);
  for (const seconds of [0, 1, 65, 66, 2 ** 24 - 2]) {
    t.equal(access.idleSeconds(access.fieldOfIdleTime(seconds)), seconds);
  }
});

t.test('the counter grows by chance and falls with the minutes', async (t) => {
  const clock = { nowMs: 100 * MINUTE_MS };
  let chance = 0;
  const access = new AccessClock(clock, () => chance);
  access.countsUses = true;
  access.advance();
  t.equal(access.frequency(access.fresh), 5);
  t.equal(access.frequency(access.used(access.fresh)), 6);
  const ten = access.fieldOfFrequency(10);
  chance = 1 / 51;
  t.equal(access.frequency(access.used(ten)), 10, 'one in 51 times, at 10');
  chance = 1 / 51 - 1e-9;
  t.equal(access.frequency(access.used(ten)), 11);
  t.equal(access.frequency(access.used(access.fieldOfFrequency(255))), 255);
  clock.nowMs += 3 * MINUTE_MS;
  access.advance();
  t.equal(access.frequency(ten), 7);
  access.decayMinutes = 2;
  t.equal(access.frequency(ten), 9);
  access.decayMinutes = 0;
  t.equal(access.frequency(ten), 10);
  access.decayMinutes = 1;
  clock.nowMs += 30 * MINUTE_MS;
  access.advance();
  t.equal(access.frequency(ten), 0);
});

t.test('every bit of the field is kept beside every length', async (t) => {
  const database = new Database({ nowMs: 1 }, { hits: 0, misses: 0, expired: 0 }, SEED);
  const lengths = [0, 1, 44, 16_383, 16_384, 70_000, 2 ** 24 + 5, 20_000, 16_383, 3];
  const fields = [0, 0xffffff, 0xff, 0xffff00, 0x800000, 0x7fffff, 0x123456];
  const filled = (length: number): Buffer => Buffer.alloc(length, length & 0xff);
  let entry: Handle = database.insertString(alignedArgv([Buffer.from('k'), filled(10)]), 0, 1);
  for (const field of fields) {
    for (const length of lengths) {
      const argv = alignedArgv([Buffer.from('k'), filled(length)]);
      database.setAccess(entry, field);
      entry = database.setString(entry, argv, 1);
      t.equal(database.access(entry), field, `set to ${length} bytes`);
      t.ok(stored(database, entry).equals(filled(length)));
      database.markRaw(entry);
      entry = database.resizeString(argv, 0, entry, length + 1);
      t.equal(database.access(entry), field, `resized to ${length + 1} bytes`);
      t.equal(database.stringLength(entry), length + 1);
      database.setExpiresAt(entry, 5);
      database.purge();
      while (database.isSparse && database.compact(1000) === 0);
      entry = database.peek(argv, 0);
      t.equal(database.access(entry), field, 'moved');
      t.ok(database.isRaw(entry));
      database.persist(entry);
    }
  }
});
