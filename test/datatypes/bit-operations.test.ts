/** AND, OR, XOR and NOT against a loop over bytes. */
import fc from 'fast-check';
import t from 'tap';
import { type BitOperation, combineBits } from '../../src/datatypes/bit-operations.js';

/** Lengths around the size of the pieces it works in. */
const length = fc.oneof(fc.nat(50), fc.constantFrom(16_383, 16_384, 16_385, 40_000));
const source = fc.record({ length, seed: fc.nat(255), before: fc.nat(9) }).map(({ before, length, seed }) => {
  const bytes = Buffer.alloc(before + length + 7, 0xa5);
  for (let i = 0; i < length; i++) bytes[before + i] = (i * (seed | 1) + (i >> 8)) & 0xff;
  return { bytes, start: before, end: before + length };
});

const naive: Readonly<Record<BitOperation, (a: number, b: number) => number>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  not: (a) => ~a & 0xff,
};

t.test('as byte by byte', async (t) => {
  const operation = fc.constantFrom<BitOperation>('and', 'or', 'xor', 'not');
  const sources = fc.array(source, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(operation, sources, fc.nat(9), (operation, all, at) => {
      const given = operation === 'not' ? all.slice(0, 1) : all;
      const size = Math.max(...given.map(({ end, start }) => end - start));
      const target = Buffer.alloc(at + size + 4, 0x77);
      combineBits(operation, given, size, target, at);
      const byteAt = ({ bytes, end, start }: (typeof given)[number], i: number): number =>
        start + i < end ? bytes[start + i] : 0;
      for (let i = 0; i < size; i++) {
        const [first, ...others] = given.map((one) => byteAt(one, i));
        const wanted = operation === 'not' ? naive.not(first, 0) : others.reduce(naive[operation], first);
        if (target[at + i] !== wanted) return false;
      }
      const around = [...target.subarray(0, at), ...target.subarray(at + size)];
      return around.every((byte) => byte === 0x77);
    }),
    { numRuns: 300 },
  );
  t.pass('the same');
});
