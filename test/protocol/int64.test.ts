/** Signed 64-bit integers against BigInt. */
import fc from 'fast-check';
import t from 'tap';
import {
  addInt64,
  divideInt64,
  INT64_MAX,
  INT64_MIN,
  type Int64,
  multiplyInt64,
  parseInt64,
  toInt64,
} from '../../src/protocol/int64.js';

const fits = (value: bigint): boolean => value >= INT64_MIN && value <= INT64_MAX;

/** A bigint outside the safe integers, a number inside, undefined outside 64 bits. */
function canonical(value: bigint): Int64 | undefined {
  if (!fits(value)) return undefined;
  const inNumbers = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return inNumbers ? Number(value) : value;
}

function model(text: string): Int64 | undefined {
  return /^(0|-?[1-9][0-9]*)$/.test(text) ? canonical(BigInt(text)) : undefined;
}

function parse(text: string): Int64 | undefined {
  const bytes = Buffer.from(`9${text}9`, 'latin1');
  return parseInt64(bytes, 1, bytes.length - 1);
}

const EDGES = [
  0n,
  1n,
  9n,
  10n,
  2n ** 31n,
  2n ** 32n,
  10n ** 15n,
  2n ** 53n,
  10n ** 18n,
  INT64_MAX,
  2n ** 64n,
];
const near = EDGES.flatMap((edge) => [-2n, -1n, 0n, 1n, 2n].flatMap((d) => [edge + d, -edge + d]));
const int64 = fc.oneof(
  fc.bigInt({ min: INT64_MIN, max: INT64_MAX }),
  fc.integer().map(BigInt),
  fc.constantFrom(...near.filter(fits)),
);

t.test('parseInt64 reads what BigInt reads, and refuses what Redis refuses', async (t) => {
  const odd = [
    '',
    '-',
    '+1',
    '-0',
    '00',
    '01',
    '-01',
    ' 1',
    '1 ',
    '1.0',
    '1e3',
    '0x1',
    '1\0',
    '--1',
    '/',
    ':',
    '1_0',
  ];
  for (const text of [...near.map(String), ...odd]) t.equal(parse(text), model(text), JSON.stringify(text));
  fc.assert(fc.property(int64, (value) => parse(String(value)) === canonical(value)));
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789-+ .'), maxLength: 22 }), (text) => {
      return parse(text) === model(text);
    }),
    { numRuns: 2000 },
  );
});

t.test('a result is a number just where that is exact', async () => {
  fc.assert(fc.property(int64, (value) => toInt64(value) === canonical(value)));
});

t.test('sums, products and quotients are those of BigInt, or undefined outside 64 bits', async () => {
  const factor = fc.constantFrom(1, 2, 10, 1000, 86400);
  fc.assert(
    fc.property(int64, int64, factor, (a, b, n) => {
      const [x, y] = [toInt64(a), toInt64(b)];
      return (
        addInt64(x, y) === canonical(a + b) &&
        multiplyInt64(x, n) === canonical(a * BigInt(n)) &&
        BigInt(divideInt64(x, n)) === a / BigInt(n)
      );
    }),
    { numRuns: 2000 },
  );
});
