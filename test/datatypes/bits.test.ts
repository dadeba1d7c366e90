/** Counting, finding, reading and writing of bits against strings of 0 and 1. */
import fc from 'fast-check';
import t from 'tap';
import { addToField, type FieldType, readField, writeField } from '../../src/datatypes/bit-fields.js';
import { countBits, findBit, getBit, setBit } from '../../src/datatypes/bits.js';

/** Long runs of the same byte are what searches go over. */
const run = fc.tuple(fc.constantFrom(0, 0xff, 0x80, 0x01, 0x5a), fc.integer({ min: 0, max: 40 }));
const bytes = fc
  .oneof(
    fc
      .array(run, { maxLength: 6 })
      .map((runs) => runs.flatMap(([byte, times]) => Array<number>(times).fill(byte))),
    fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 100, size: 'max' }),
  )
  .map((values) => Buffer.from(values));

function spelled(buffer: Uint8Array): string {
  return [...buffer].map((byte) => byte.toString(2).padStart(8, '0')).join('');
}

/** The bytes at any distance from a word, with others around them. */
function misplaced(buffer: Buffer, before: number): Buffer {
  const larger = Buffer.alloc(buffer.length + before + 5, 0xa5);
  buffer.copy(larger, before);
  return larger;
}

t.test('counting and finding', async (t) => {
  const part = fc.tuple(bytes, fc.nat(8), fc.nat(100), fc.nat(300));
  fc.assert(
    fc.property(part, ([buffer, before, skipped, length]) => {
      const within = misplaced(buffer, before);
      const start = Math.min(skipped, buffer.length);
      const end = Math.min(start + length, buffer.length);
      const bits = spelled(buffer).slice(0, end * 8);
      const [from, to] = [before + start, before + end];
      const wanted = (bit: '0' | '1'): number => {
        const found = bits.indexOf(bit, start * 8);
        return found < 0 ? -1 : found + before * 8;
      };
      return (
        countBits(within, from, to) === bits.slice(start * 8).replaceAll('0', '').length &&
        findBit(within, from, to, 0) === wanted('0') &&
        findBit(within, from, to, 1) === wanted('1')
      );
    }),
    { numRuns: 3000 },
  );
  const large = Buffer.alloc(1_000_003);
  t.equal(findBit(large, 0, large.length, 1), -1);
  large[1_000_001] = 0x10;
  t.equal(findBit(large, 0, large.length, 1), 1_000_001 * 8 + 3);
  large.fill(0xff);
  t.equal(countBits(large, 1, large.length), 1_000_002 * 8);
  t.equal(findBit(large, 0, large.length, 0), -1);
});

t.test('single bits', async (t) => {
  fc.assert(
    fc.property(bytes, fc.nat(8), fc.nat(900), fc.constantFrom(0, 1), (buffer, before, at, bit) => {
      const within = misplaced(buffer, before);
      const bits = spelled(buffer);
      if (getBit(within, before, buffer.length, at) !== Number(bits[at] ?? '0')) return false;
      if (at >= bits.length) return true;
      setBit(within, before, at, bit as 0 | 1);
      const expected = misplaced(Buffer.from(buffer), before);
      const changed = bits.slice(0, at) + bit + bits.slice(at + 1);
      for (let i = 0; i < buffer.length; i++)
        expected[before + i] = Number.parseInt(changed.slice(i * 8, i * 8 + 8), 2);
      return within.equals(expected);
    }),
    { numRuns: 2000 },
  );
  t.pass('as spelled');
});

const type: fc.Arbitrary<FieldType> = fc
  .record({ signed: fc.boolean(), bits: fc.integer({ min: 1, max: 64 }) })
  .filter(({ bits, signed }) => signed || bits < 64);
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -300n, max: 300n }),
);

function canonical(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

t.test('fields are read and written', async (t) => {
  fc.assert(
    fc.property(bytes, fc.nat(8), fc.nat(900), type, int64, (buffer, before, at, field, value) => {
      const within = misplaced(buffer, before);
      const bits = spelled(buffer);
      const digits = bits.padEnd(at + field.bits, '0').slice(at, at + field.bits);
      const unsigned = BigInt(`0b${digits}`);
      const wanted = field.signed ? BigInt.asIntN(field.bits, unsigned) : unsigned;
      if (readField(within, before, buffer.length, at, field) !== canonical(wanted)) return false;
      if (at + field.bits > bits.length) return true;
      writeField(within, before, at, field, canonical(value));
      const written = BigInt.asUintN(field.bits, value).toString(2).padStart(field.bits, '0');
      const expected = bits.slice(0, at) + written + bits.slice(at + field.bits);
      const around = [...within.subarray(0, before), ...within.subarray(before + buffer.length)];
      return (
        spelled(within.subarray(before, before + buffer.length)) === expected &&
        around.every((byte) => byte === 0xa5)
      );
    }),
    { numRuns: 5000 },
  );
  t.pass('as spelled');
});

t.test('sums wrap, stop at the end, or fail', async (t) => {
  fc.assert(
    fc.property(type, int64, int64, (field, any, amount) => {
      const { bits, signed } = field;
      const value = signed ? BigInt.asIntN(bits, any) : BigInt.asUintN(bits, any);
      const min = signed ? -(2n ** BigInt(bits - 1)) : 0n;
      const max = min + 2n ** BigInt(bits) - 1n;
      const sum = value + amount;
      const fits = sum >= min && sum <= max;
      const wrapped = signed ? BigInt.asIntN(bits, sum) : BigInt.asUintN(bits, sum);
      const [a, b] = [canonical(value), canonical(amount)];
      return (
        addToField(field, a, b, 'wrap') === canonical(wrapped) &&
        addToField(field, a, b, 'saturate') === canonical(fits ? sum : sum > max ? max : min) &&
        addToField(field, a, b, 'fail') === (fits ? canonical(sum) : undefined)
      );
    }),
    { numRuns: 5000 },
  );
  t.pass('as computed');
});
