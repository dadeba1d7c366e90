/** The database against a Map: random commands, growth, deadlines, large values; and the parts behind its door. */
import fc from 'fast-check';
import { test } from 'tap';
import { NEVER, NO_ENTRY } from '../../src/keyspace/database.js';
import { HashTable } from '../../src/keyspace/hash-table.js';
import { SlabAllocator } from '../../src/keyspace/slab-allocator.js';
import { find, open, put, stored } from './stores.js';

type Step =
  | { kind: 'set'; key: string; size: number; fill: number }
  | { kind: 'delete'; key: string }
  | { kind: 'expire'; key: string; inMs: number }
  | { kind: 'persist'; key: string }
  | { kind: 'wait'; ms: number };

const key = fc.integer({ min: 0, max: 40 }).map((n) => `key:${n}${'x'.repeat(n % 7)}`);
const size = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constantFrom(16_383, 16_384, 16_385, 70_000));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), key, size, fill: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant('delete' as const), key }),
  fc.record({ kind: fc.constant('expire' as const), key, inMs: fc.integer({ min: 1, max: 5000 }) }),
  fc.record({ kind: fc.constant('persist' as const), key }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 2000 }) }),
);

test('a database behaves as a Map with deadlines', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const { clock, database } = open();
      const model = new Map<string, { value: Buffer; expiresAtMs: number }>();
      const live = (name: string) => {
        const found = model.get(name);
        return found !== undefined && found.expiresAtMs >= clock.nowMs ? found : undefined;
      };
      for (const one of steps) {
        switch (one.kind) {
          case 'set': {
            const value = Buffer.alloc(one.size, one.fill);
            const expiresAtMs = live(one.key)?.expiresAtMs ?? NEVER;
            put(database, one.key, value);
            model.set(one.key, { value, expiresAtMs });
            break;
          }
          case 'delete': {
            const entry = find(database, one.key);
            if ((entry !== NO_ENTRY) !== (live(one.key) !== undefined)) return false;
            if (entry !== NO_ENTRY) database.delete(entry);
            model.delete(one.key);
            break;
          }
          case 'expire': {
            const entry = find(database, one.key);
            const found = live(one.key);
            if (entry !== NO_ENTRY) database.setExpiresAt(entry, clock.nowMs + one.inMs);
            if (found !== undefined) found.expiresAtMs = clock.nowMs + one.inMs;
            break;
          }
          case 'persist': {
            const entry = find(database, one.key);
            const found = live(one.key);
            const had = found !== undefined && found.expiresAtMs !== NEVER;
            if ((entry !== NO_ENTRY && database.persist(entry)) !== had) return false;
            if (found !== undefined) found.expiresAtMs = NEVER;
            break;
          }
          case 'wait':
            clock.nowMs += one.ms;
            database.expireDue(7);
        }
        for (const name of model.keys()) {
          const entry = find(database, name);
          const found = live(name);
          if ((entry === NO_ENTRY) !== (found === undefined)) return false;
          if (found === undefined) continue;
          if (!stored(database, entry).equals(found.value)) return false;
          if (database.expiresAtMs(entry) !== found.expiresAtMs) return false;
        }
      }
      // Everything that has a deadline goes in the end, and its bytes with it.
      clock.nowMs += 10_000;
      while (database.expireDue(3) === 0);
      const staying = [...model.values()].filter((found) => found.expiresAtMs === NEVER).length;
      return database.size === staying && database.expiring === 0;
    }),
    { numRuns: 300 },
  );
  t.pass('as the model');
});

test('a hundred thousand keys come, grow, and go, and their bytes with them', async (t) => {
  const { database } = open();
  const empty = database.usedBytes;
  const count = 100_000;
  for (let i = 0; i < count; i++) put(database, `key:${i}`, Buffer.from(`value ${i}`));
  t.equal(database.size, count);
  for (let i = 0; i < count; i += 3) put(database, `key:${i}`, Buffer.alloc(300, i));
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const expected = i % 3 === 0 ? Buffer.alloc(300, i) : Buffer.from(`value ${i}`);
    if (!stored(database, find(database, `key:${i}`)).equals(expected)) wrong++;
  }
  t.equal(wrong, 0);
  const full = database.usedBytes;
  for (let i = 0; i < count; i++) database.delete(find(database, `key:${i}`));
  t.equal(database.size, 0);
  t.ok(database.usedBytes < empty + (full - empty) / 4, 'only the table itself is left');
  t.equal(find(database, 'key:1'), NO_ENTRY);
});

test('a key as large as a slab, and one larger', async (t) => {
  const { database } = open();
  for (const bytes of [60_000, 65_500, 1024 * 1024, 3_000_000]) {
    const name = 'k'.repeat(bytes);
    put(database, name, Buffer.from('first'));
    put(database, name, Buffer.from('second and longer'));
    t.equal(stored(database, find(database, name)).toString(), 'second and longer');
    database.delete(find(database, name));
    t.equal(find(database, name), NO_ENTRY);
  }
});

test('a deadline of 64 bits comes back to the last digit', async (t) => {
  const { database } = open();
  put(database, 'a', Buffer.from('1'));
  for (const at of [9223372036854775807n, 2 ** 53 - 1, 2 ** 40, 2 ** 32, 2 ** 31 + 5]) {
    database.setExpiresAt(find(database, 'a'), at);
    t.equal(database.expiresAtExactMs(find(database, 'a')), at);
  }
});

test('a table whose hashes all share their top bits grows a segment instead of the directory', async (t) => {
  const table = new HashTable(new SlabAllocator());
  const known = new Set<number>();
  const count = 4000;
  for (let i = 1; i <= count; i++) {
    // 12 low bits vary: splitting by the top bits never helps.
    table.insert(i & 0xfff, i);
    known.add(i);
  }
  t.equal(table.size, count);
  for (let i = 1; i <= count; i += 2) {
    table.remove(i & 0xfff, i);
    known.delete(i);
  }
  let wrong = 0;
  for (let i = 1; i <= count; i++) {
    const found = table.find(i & 0xfff, { matches: (address) => address === i });
    if ((found === i) !== known.has(i)) wrong++;
  }
  t.equal(wrong, 0);
});
