/** LZF: what is compressed comes back, within its room; what is no LZF is refused, whatever it says. */
import fc from 'fast-check';
import t from 'tap';
import { compress, decompress, EXPANSION_MAX } from '../../src/rdb/lzf.js';

/** Bytes with repetitions in them, some of them far apart. */
const repetitive = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 30 }).map((piece) => () => piece),
      fc.record({ byte: fc.nat(3), length: fc.nat(600) }).map(({ byte, length }) => {
        return () => new Uint8Array(length).fill(byte);
      }),
      fc.record({ back: fc.nat(9000), length: fc.nat(700) }).map(({ back, length }) => {
        return (before: Uint8Array) => before.slice(Math.max(0, before.length - back)).subarray(0, length);
      }),
    ),
    { maxLength: 30 },
  )
  .map((pieces) => {
    let all: Uint8Array = new Uint8Array(0);
    for (const piece of pieces) all = Buffer.concat([all, piece(all)]);
    return all;
  });

t.test('what is compressed comes back, and nothing is written outside its room', async () => {
  const guarded = fc.record({ bytes: repetitive, offset: fc.nat(5), less: fc.nat(10) });
  fc.assert(
    fc.property(guarded, ({ bytes, less, offset }) => {
      const from = Buffer.concat([Buffer.alloc(offset), bytes]);
      const room = Math.max(0, bytes.length - less);
      const to = Buffer.alloc(offset + room + 8, 0xee);
      const taken = compress(from, offset, from.length, to, offset, room);
      if (taken > room || to.subarray(offset + room).some((byte) => byte !== 0xee)) return false;
      if (to.subarray(0, offset).some((byte) => byte !== 0xee)) return false;
      if (taken === 0) return true;
      const back = Buffer.alloc(bytes.length);
      return decompress(to, offset, offset + taken, back) && back.equals(bytes);
    }),
    { numRuns: 400 },
  );
});

t.test('it compresses', async (t) => {
  const text = Buffer.from('to be or not to be, '.repeat(500));
  const to = Buffer.alloc(text.length);
  const taken = compress(text, 0, text.length, to, 0, text.length - 4);
  t.ok(taken > 0 && taken < 200, `${taken} of ${text.length}`);
  const noise = Buffer.from(Array.from({ length: 3000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24));
  t.equal(compress(noise, 0, 2, to, 0, 1), 0, 'two bytes do not become one');
});

t.test('random bytes, cut and flipped ones give the wanted length or are refused', async () => {
  const asked = fc.record({
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      repetitive.map((bytes) => {
        const to = Buffer.alloc(bytes.length);
        return to.subarray(0, compress(bytes, 0, bytes.length, to, 0, bytes.length));
      }),
    ),
    at: fc.nat(100),
    flip: fc.nat(255),
    cut: fc.nat(5),
    length: fc.nat(3000),
  });
  fc.assert(
    fc.property(asked, ({ at, bytes, cut, flip, length }) => {
      const from = Buffer.from(bytes.subarray(0, Math.max(0, bytes.length - cut)));
      if (from.length > 0) from[at % from.length] ^= flip;
      const within = Buffer.alloc(length + 8, 0xee);
      decompress(from, 0, from.length, within.subarray(0, length));
      return within.subarray(length).every((byte) => byte === 0xee);
    }),
    { numRuns: 1000 },
  );
});

t.test('every rule of the format', async (t) => {
  const cases: [name: string, from: number[], length: number, wanted: string | null][] = [
    ['literals', [2, 97, 98, 99], 3, 'abc'],
    ['literals that are cut off', [3, 97, 98, 99], 4, null],
    ['more literals than wanted', [2, 97, 98, 99], 2, null],
    ['fewer literals than wanted', [2, 97, 98, 99], 4, null],
    ['a reference', [1, 97, 98, 0x20, 1], 5, 'ababa'],
    ['a long reference', [0, 97, 0xe0, 1, 0], 11, 'aaaaaaaaaaa'],
    ['a reference without its second byte', [0, 97, 0x20], 4, null],
    ['a long reference without its third byte', [0, 97, 0xe0, 1], 11, null],
    ['a long reference without its second byte', [0, 97, 0xe0], 11, null],
    ['a reference before the first byte', [0, 97, 0x20, 1], 4, null],
    ['a reference that gives more than is wanted', [0, 97, 0x20, 0], 3, null],
    ['nothing', [], 0, ''],
  ];
  for (const [name, from, length, wanted] of cases) {
    const to = Buffer.alloc(length);
    const done = decompress(Uint8Array.from(from), 0, from.length, to);
    t.equal(done ? to.toString('latin1') : null, wanted, name);
  }
});

t.test('nothing expands more than is said', async (t) => {
  const from = Buffer.from([0, 97, ...Array.from({ length: 100 }, () => [0xff & 0xe0, 255, 0]).flat()]);
  const to = Buffer.alloc(1 + 264 * 100);
  t.ok(decompress(from, 0, from.length, to));
  t.ok(to.length <= from.length * EXPANSION_MAX);
});
