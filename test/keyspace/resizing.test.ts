/** Strings that are stored from bytes, grow and shrink in place: against a Map, by the books, and without memory. */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { type Database, type Handle, NEVER, NO_ENTRY } from '../../src/keyspace/database.js';
import { OutOfMemory } from '../../src/keyspace/out-of-memory.js';
import { alignedArgv } from './aligned-argv.js';
import { find, open, put, stored } from './stores.js';

interface Step {
  readonly kind: 'set' | 'store' | 'copy' | 'resize' | 'append' | 'delete' | 'expire' | 'compact';
  readonly key: string;
  readonly other: string;
  readonly size: number;
  readonly fill: number;
}

const key = fc
  .integer({ min: 0, max: 6 })
  .map((n) => (n === 6 ? 'k'.repeat(70_000) : `key:${'x'.repeat(n)}`));
const size = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.integer({ min: 0, max: 70_000 }),
  fc.constantFrom(8191, 8192, 16_383, 16_384, 16_385, 1_200_000),
);
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    'set',
    'store',
    'copy',
    'resize',
    'resize',
    'append',
    'append',
    'delete',
    'expire',
    'compact',
  ),
  key,
  other: key,
  size,
  fill: fc.integer({ min: 1, max: 255 }),
});

function store(database: Database, name: string, source: Buffer, start: number, length: number): Handle {
  const argv = alignedArgv([Buffer.from(name)]);
  return database.storeBytes(argv, 0, database.lookupWrite(argv, 0), source, start, length);
}

function resize(database: Database, name: string, length: number): Handle {
  const argv = alignedArgv([Buffer.from(name)]);
  return database.resizeString(argv, 0, database.lookupWrite(argv, 0), length);
}

/** Gives the string another length and fills what it has grown by. */
function grow(database: Database, name: string, from: number, to: number, fill: number): Handle {
  const handle = resize(database, name, to);
  const start = database.stringStart(handle);
  database.stringSource(handle).fill(fill, start + from, start + to);
  return handle;
}

/** Checks that nothing has changed but what `change` says, and that the books agree with the entry. */
function booksAgree(database: Database, name: string, change: () => Handle): boolean {
  const before = find(database, name);
  const entryBytes = before === NO_ENTRY ? 0 : database.bytesOf(before);
  const { usedBytes } = database;
  const after = change();
  // An entry more has a slot of the table, which is there already.
  return before === NO_ENTRY || database.usedBytes - usedBytes === database.bytesOf(after) - entryBytes;
}

t.test('strings that are resized behave as buffers in a Map', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { clock, database } = open();
      const base = database.usedBytes;
      const model = new Map<string, { value: Buffer; isRaw: boolean; expiresAtMs: number }>();
      for (const { kind, key: name, other, size: bytes, fill } of steps) {
        const was = model.get(name);
        const expiresAtMs = was?.expiresAtMs ?? NEVER;
        const fresh = Buffer.alloc(bytes, fill);
        let isExact = true;
        switch (kind) {
          case 'set':
            isExact = booksAgree(database, name, () => put(database, name, fresh));
            model.set(name, { value: fresh, isRaw: false, expiresAtMs });
            break;
          case 'store': {
            const source = Buffer.concat([Buffer.alloc(3), fresh, Buffer.alloc(5)]);
            isExact = booksAgree(database, name, () => store(database, name, source, 3, bytes));
            model.set(name, { value: fresh, isRaw: false, expiresAtMs });
            break;
          }
          case 'copy': {
            // A part of a string of the same database, be it the very one.
            const from = find(database, other);
            if (from === NO_ENTRY) break;
            const length = database.stringLength(from);
            const skipped = Math.min(length, 3);
            const start = database.stringStart(from) + skipped;
            const source = database.stringSource(from);
            const value = Buffer.from(model.get(other)!.value.subarray(skipped));
            isExact = booksAgree(database, name, () =>
              store(database, name, source, start, length - skipped),
            );
            model.set(name, { value, isRaw: false, expiresAtMs });
            break;
          }
          case 'resize': {
            isExact = booksAgree(database, name, () => resize(database, name, bytes));
            const value = Buffer.alloc(bytes);
            was?.value.copy(value);
            model.set(name, { value, isRaw: true, expiresAtMs });
            break;
          }
          case 'append': {
            const from = was?.value.length ?? 0;
            isExact = booksAgree(database, name, () => grow(database, name, from, from + bytes, fill));
            const value = Buffer.concat([was?.value ?? Buffer.alloc(0), fresh]);
            model.set(name, { value, isRaw: true, expiresAtMs });
            break;
          }
          case 'delete':
            if (was !== undefined) database.delete(find(database, name));
            model.delete(name);
            break;
          case 'expire':
            if (was === undefined) break;
            was.expiresAtMs = clock.nowMs + 1 + bytes;
            database.setExpiresAt(find(database, name), was.expiresAtMs);
            break;
          case 'compact':
            database.purge();
            database.compact(fill);
        }
        if (!isExact) return false;
        for (const [known, { value, isRaw, expiresAtMs: atMs }] of model) {
          const entry = find(database, known);
          if (entry === NO_ENTRY || database.isRaw(entry) !== isRaw) return false;
          if (database.expiresAtMs(entry) !== atMs || !stored(database, entry).equals(value)) return false;
        }
      }
      for (const name of model.keys()) database.delete(find(database, name));
      return database.usedBytes === base;
    }),
    { numRuns: 200 },
  );
  t.pass('as the model');
});

t.test('a string that grows byte by byte is moved seldom, whatever its length', async (t) => {
  const { database } = open();
  const argv = alignedArgv([Buffer.from('k')]);
  for (const [from, to] of [
    [0, 1_000_000],
    [20_000_000, 30_000_000],
  ]) {
    let handle = database.resizeString(argv, 0, database.lookupWrite(argv, 0), from);
    let source = database.stringSource(handle);
    let copied = 0;
    for (let length = from + 1; length <= to; length++) {
      const moved = database.resizeString(argv, 0, handle, length);
      const movedSource = database.stringSource(moved);
      if (moved !== handle || movedSource !== source) copied += length;
      handle = moved;
      source = movedSource;
    }
    t.ok(copied <= to * 10, `${copied} bytes copied for ${to}`);
    t.ok(database.bytesOf(handle) <= to * 2 + 100, `${database.bytesOf(handle)} bytes taken for ${to}`);
  }
});

t.test('what was let go of is counted, and a string cut short gives its room back', async (t) => {
  const { database } = open();
  resize(database, 'k', 100_000);
  t.equal(database.releasedBytes, 0);
  resize(database, 'k', 100_001);
  t.equal(database.releasedBytes, 100_000);
  const grown = database.bytesOf(find(database, 'k'));
  resize(database, 'k', 60_000);
  t.equal(database.bytesOf(find(database, 'k')), grown, 'it stays where it is');
  resize(database, 'k', 10);
  t.ok(database.bytesOf(find(database, 'k')) < 100, 'it has moved into the slab');
  t.ok(database.releasedBytes > 300_000);
  t.same(stored(database, find(database, 'k')), Buffer.alloc(10));
});

/** Runs with allocations failing: of buffers for large values, or of slabs. */
function withoutMemory(t: Test, kind: 'large' | 'slabs', act: () => void): void {
  function fail(): never {
    throw new RangeError('Array buffer allocation failed');
  }
  const captured =
    kind === 'large'
      ? [t.capture(Buffer, 'alloc', fail), t.capture(Buffer, 'allocUnsafeSlow', fail)]
      : [t.intercept(globalThis, 'SharedArrayBuffer', { value: fail })];
  try {
    act();
  } finally {
    for (const one of captured) one.restore();
  }
}

t.test('without memory nothing changes', async (t) => {
  const { database } = open();
  put(database, 'small', Buffer.from('value'));
  put(database, 'large', Buffer.alloc(20_000, 1));
  const longKey = 'k'.repeat(70_000);
  put(database, longKey, Buffer.from('value'));
  database.setExpiresAt(find(database, 'small'), 2_000_000);
  const { size: keys, usedBytes } = database;
  const source = Buffer.alloc(50_000, 2);
  withoutMemory(t, 'large', () => {
    for (const name of ['small', 'large', 'new']) {
      t.throws(() => resize(database, name, 50_000), new OutOfMemory());
      t.throws(() => store(database, name, source, 0, source.length), new OutOfMemory());
    }
  });
  withoutMemory(t, 'slabs', () => {
    // The block of a key so long is a slab of its own.
    t.throws(() => resize(database, longKey, 5000), new OutOfMemory());
    t.throws(() => store(database, longKey, source, 0, 5000), new OutOfMemory());
    t.throws(() => store(database, `${longKey}x`, source, 0, 5000), new OutOfMemory());
  });
  t.equal(database.size, keys);
  t.equal(database.usedBytes, usedBytes);
  t.equal(database.releasedBytes, 0);
  t.same(stored(database, find(database, 'small')), Buffer.from('value'));
  t.same(stored(database, find(database, 'large')), Buffer.alloc(20_000, 1));
  t.same(stored(database, find(database, longKey)), Buffer.from('value'));
  t.notOk(database.isRaw(find(database, 'small')));
  t.equal(database.expiresAtMs(find(database, 'small')), 2_000_000);
});
