/** Moving entries between the databases of a shard, as MOVE does: against two Maps. */
import fc from 'fast-check';
import { test } from 'tap';
import { Database, type KeyspaceCounters, NEVER, NO_ENTRY } from '../../src/keyspace/database.js';
import { alignedArgv } from './aligned-argv.js';
import { find, put, SEED, stored } from './stores.js';

interface Kept {
  readonly value: Buffer;
  readonly expiresAtMs: number;
}

const START_MS = 1_000_000;
const key = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map((n) => `key:${n}`),
  // So large that its entry has a slab of its own.
  fc.constant('k'.repeat(1_100_000)),
);
const size = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constantFrom(16_383, 16_384, 70_000));
const step = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    key,
    side: fc.constantFrom(0, 1),
    size,
    ttlMs: fc.constantFrom(0, 500, 5000),
  }),
  fc.record({ kind: fc.constant('move' as const), key, side: fc.constantFrom(0, 1) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 2000 }) }),
  fc.constant({ kind: 'compact' as const }),
);

test('an entry that is adopted is here as it was there, and no longer there', async () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = { nowMs: START_MS };
      const counters: KeyspaceCounters = { hits: 0, misses: 0, expired: 0 };
      const databases = [new Database(clock, counters, SEED), new Database(clock, counters, SEED)];
      const models = [new Map<string, Kept>(), new Map<string, Kept>()];
      const live = (side: number, name: string): Kept | undefined => {
        const kept = models[side].get(name);
        return kept !== undefined && kept.expiresAtMs >= clock.nowMs ? kept : undefined;
      };
      let filling = 0;
      for (const one of steps) {
        if (one.kind === 'set') {
          const value = Buffer.alloc(one.size, ++filling);
          const entry = put(databases[one.side], one.key, value);
          databases[one.side].persist(entry);
          const expiresAtMs = one.ttlMs === 0 ? NEVER : clock.nowMs + one.ttlMs;
          if (one.ttlMs > 0) databases[one.side].setExpiresAt(entry, expiresAtMs);
          models[one.side].set(one.key, { value, expiresAtMs });
        } else if (one.kind === 'move') {
          const [from, to] = one.side === 0 ? [0, 1] : [1, 0];
          const argv = alignedArgv([Buffer.from(one.key)]);
          const entry = databases[from].lookupWrite(argv, 0);
          const taken = databases[to].lookupWrite(argv, 0) !== NO_ENTRY;
          const kept = live(from, one.key);
          if ((entry !== NO_ENTRY) !== (kept !== undefined)) return false;
          if (taken !== (live(to, one.key) !== undefined)) return false;
          if (kept === undefined || taken) continue;
          databases[to].adopt(databases[from], entry, argv, 0);
          models[from].delete(one.key);
          models[to].set(one.key, kept);
        } else if (one.kind === 'wait') {
          clock.nowMs += one.ms;
          for (const database of databases) database.expireDue(7);
        } else {
          for (const database of databases) {
            database.forgetBatch();
            database.purge();
            database.compact(1000);
          }
        }
      }
      for (const side of [0, 1]) {
        for (const name of models[side].keys()) {
          const kept = live(side, name);
          const entry = find(databases[side], name);
          if ((entry !== NO_ENTRY) !== (kept !== undefined)) return false;
          if (kept === undefined) continue;
          if (!stored(databases[side], entry).equals(kept.value)) return false;
          if (databases[side].expiresAtMs(entry) !== kept.expiresAtMs) return false;
        }
        clock.nowMs += 10_000;
        databases[side].expireDue(1_000_000);
        const staying = [...models[side].values()].filter(({ expiresAtMs }) => expiresAtMs === NEVER);
        if (databases[side].size !== staying.length || databases[side].expiring !== 0) return false;
        clock.nowMs -= 10_000;
      }
      return true;
    }),
    { numRuns: 300 },
  );
});

test('a moved entry leaves its memory behind', async (t) => {
  const clock = { nowMs: START_MS };
  const counters: KeyspaceCounters = { hits: 0, misses: 0, expired: 0 };
  const [from, to] = [new Database(clock, counters, SEED), new Database(clock, counters, SEED)];
  const empty = from.usedBytes;
  const fresh = to.usedBytes;
  for (let i = 0; i < 5000; i++) {
    const entry = put(from, `key:${i}`, Buffer.alloc(i % 3 === 0 ? 20_000 : 50));
    if (i % 2 === 0) from.setExpiresAt(entry, START_MS + 1000);
  }
  const full = from.usedBytes;
  for (let i = 0; i < 5000; i++) {
    const argv = alignedArgv([Buffer.from(`key:${i}`)]);
    to.adopt(from, from.lookupWrite(argv, 0), argv, 0);
  }
  t.equal(to.size, 5000);
  t.equal(from.size, 0);
  t.ok(from.usedBytes - empty < (full - empty) / 100, `${from.usedBytes} of ${full} bytes are left`);
  t.ok(Math.abs(to.usedBytes - fresh - (full - empty)) < full / 100, 'and are there');
});
