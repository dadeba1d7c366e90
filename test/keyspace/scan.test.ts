/** Scanning a database by hash order: Redis's guarantee while tables grow, split, merge and shrink between the calls. */
import fc from 'fast-check';
import t from 'tap';
import { type Database, NO_ENTRY, SCAN_END } from '../../src/keyspace/database.js';
import { createRandom, runSeed } from '../support/random.js';
import { find, open, put } from './stores.js';

const seed = runSeed();
t.comment(`SEED=${seed}`);

interface Step {
  readonly keys: string[];
  readonly end: number;
}

function scanStep(database: Database, position: number, count: number): Step {
  const end = database.scanEnd(position, count);
  const keys: string[] = [];
  database.scan(position, end, (entry) => {
    const start = database.keyStart(entry);
    keys.push(database.keySource(entry).toString('latin1', start, start + database.keyLength(entry)));
  });
  return { keys, end };
}

function remove(database: Database, key: string): void {
  const entry = find(database, key);
  if (entry !== NO_ENTRY) database.delete(entry);
}

const VALUE = Buffer.from('v');

t.test('every key that is there all the time is met, exactly once, whatever comes and goes', async (t) => {
  const change = fc.record({
    after: fc.integer({ min: 0, max: 12 }),
    kind: fc.constantFrom('insert', 'delete'),
    from: fc.integer({ min: 0, max: 30_000 }),
    count: fc.constantFrom(1, 100, 3000, 20_000),
  });
  const scenario = fc.record({
    staying: fc.constantFrom(0, 1, 10, 700, 5000),
    changes: fc.array(change, { maxLength: 12 }),
    counts: fc.array(fc.constantFrom(1, 10, 100, 1000, 100_000), { minLength: 1, maxLength: 8 }),
  });
  fc.assert(
    fc.property(scenario, ({ staying, changes, counts }) => {
      const { database } = open();
      for (let i = 0; i < staying; i++) put(database, `stays:${i}`, VALUE);
      const seen = new Map<string, number>();
      let position = 0;
      for (let call = 0; position !== SCAN_END; call++) {
        // COUNT 1 over a large table would take long: the first calls are enough to mix the steps.
        const { keys, end } = scanStep(database, position, counts[call] ?? 5000);
        if (end <= position) return false;
        for (const key of keys) seen.set(key, (seen.get(key) ?? 0) + 1);
        position = end;
        for (const { after, kind, from, count } of changes) {
          if (after !== call) continue;
          for (let i = from; i < from + count; i++) {
            if (kind === 'insert') put(database, `comes:${i}`, VALUE);
            else remove(database, `comes:${i}`);
          }
        }
      }
      for (let i = 0; i < staying; i++) if (seen.get(`stays:${i}`) !== 1) return false;
      // Each position is passed once, so nothing is met twice unless it has gone and come again.
      return (
        changes.some(({ kind }) => kind === 'delete') || [...seen.values()].every((times) => times === 1)
      );
    }),
    { numRuns: 60, seed },
  );
  t.pass('no key was missed');
});

t.test('a scan over a table that shrinks to a thousandth and grows again', async (t) => {
  const { database } = open();
  const count = 100_000;
  for (let i = 0; i < count; i++) put(database, `key:${i}`, VALUE);
  const seen = new Set<string>();
  let position = 0;
  let calls = 0;
  while (position !== SCAN_END) {
    const { keys, end } = scanStep(database, position, 10);
    for (const key of keys) seen.add(key);
    position = end;
    calls++;
    if (calls === 50) for (let i = 0; i < count; i++) if (i % 1000 !== 0) remove(database, `key:${i}`);
    if (calls === 60) for (let i = 0; i < 50_000; i++) put(database, `new:${i}`, VALUE);
    if (calls === 70) for (let i = 0; i < 50_000; i++) remove(database, `new:${i}`);
  }
  const missed = Array.from({ length: count / 1000 }, (_, i) => `key:${i * 1000}`).filter(
    (key) => !seen.has(key),
  );
  t.same(missed, []);
  t.ok(calls < 200, `${calls} calls: steps widen when the table shrinks`);
});

t.test('COUNT is about what a call gives', async (t) => {
  const { database } = open();
  const total = 50_000;
  for (let i = 0; i < total; i++) put(database, `key:${i}`, VALUE);
  for (const count of [1, 10, 100, 1000, 7777]) {
    let position = 0;
    let calls = 0;
    let met = 0;
    while (position !== SCAN_END && calls < 300) {
      const { keys, end } = scanStep(database, position, count);
      met += keys.length;
      position = end;
      calls++;
    }
    const mean = met / calls;
    t.ok(mean > count * 0.5 && mean < count * 2, `COUNT ${count}: ${mean.toFixed(1)} a call`);
  }
  t.equal(scanStep(database, 0, total).end, SCAN_END, 'as many as there are: one call');
});

t.test('what has expired is removed and not met', async (t) => {
  const { clock, counters, database } = open();
  for (let i = 0; i < 1000; i++) {
    put(database, `key:${i}`, VALUE);
    if (i % 2 === 0) database.setExpiresAt(find(database, `key:${i}`), clock.nowMs + 10);
  }
  clock.nowMs += 11;
  const { keys, end } = scanStep(database, 0, 1000);
  t.equal(end, SCAN_END);
  t.equal(keys.length, 500);
  t.equal(database.size, 500);
  t.equal(counters.expired, 500);
});

t.test('a scan from anywhere goes on to the end', async (t) => {
  const { database } = open();
  for (let i = 0; i < 5000; i++) put(database, `key:${i}`, VALUE);
  const random = createRandom(seed);
  for (let round = 0; round < 50; round++) {
    let position = random.below(SCAN_END);
    let calls = 0;
    while (position !== SCAN_END) {
      const { end } = scanStep(database, position, 1000);
      if (end <= position || ++calls > 100) throw new Error(`from ${position} to ${end}, call ${calls}`);
      position = end;
    }
  }
  t.pass('from 50 positions');
});
