/**
 * HyperLogLog against a model that is 16,384 numbers: whichever encoding it is in, and whatever bytes it is made from. That
 * the bytes are Redis's is test/differential/hyperloglog.test.ts.
 */
import fc from 'fast-check';
import t from 'tap';
import { CHANGED, CORRUPT, HyperLogLog, UNCHANGED } from '../../src/datatypes/hyperloglog.js';
import { estimate, estimateOf } from '../../src/datatypes/hyperloglog-estimate.js';
import {
  DENSE_BYTES,
  denseRegister,
  HEADER_BYTES,
  isHyperLogLog,
  isSound,
  makeStale,
  mergeInto,
  noteCardinality,
  notedCardinality,
  REGISTERS,
  raiseDenseRegister,
} from '../../src/datatypes/hyperloglog-registers.js';
import { selfTest } from '../../src/datatypes/hyperloglog-self-test.js';

const raises = (valueMax: number) =>
  fc.array(
    fc.record({
      // Neighbours meet often, so that runs are split and joined.
      index: fc.oneof(
        fc.nat(20),
        fc.nat(REGISTERS - 1),
        fc.integer({ min: REGISTERS - 20, max: REGISTERS - 1 }),
      ),
      value: fc.integer({ min: 1, max: valueMax }),
    }),
    { maxLength: 200 },
  );

function registersOf({ bytes, length, start }: HyperLogLog): Uint8Array {
  const registers = new Uint8Array(REGISTERS);
  mergeInto(registers, bytes, start, length);
  return registers;
}

t.test('it has the registers of the model in either encoding, and says what has changed', async (t) => {
  let promoted = 0;
  fc.assert(
    fc.property(fc.oneof(raises(3), raises(50)), fc.constantFrom(0, 30, 100, 3000), (all, sparseBytesMax) => {
      const model = new Uint8Array(REGISTERS);
      const sketch = new HyperLogLog();
      sketch.create(sparseBytesMax);
      for (const { index, value } of all) {
        const wanted = value > model[index] ? CHANGED : UNCHANGED;
        model[index] = Math.max(model[index], value);
        if (sketch.raise(index, value) !== wanted) return false;
        const { bytes, isDense, length, start } = sketch;
        if (!isHyperLogLog(bytes, start, length) || !isSound(bytes, start, length)) return false;
        if (!isDense && length > Math.max(sparseBytesMax, HEADER_BYTES + 2)) return false;
      }
      if (sketch.isDense) promoted++;
      if (!Buffer.from(model).equals(registersOf(sketch))) return false;
      const counted = estimate(sketch.bytes, sketch.start, sketch.length);
      if (counted !== estimateOf(model) || !sketch.makeDense()) return false;
      return model.every((value, i) => denseRegister(sketch.bytes, sketch.start + HEADER_BYTES, i) === value);
    }),
    { numRuns: 200 },
  );
  t.ok(promoted > 0, `${promoted} became dense`);
});

t.test('a dense one is changed where it lies, a sparse one is copied', async (t) => {
  const sketch = new HyperLogLog();
  sketch.create(3000);
  const sparse = Buffer.concat([Buffer.from('before'), sketch.bytes.subarray(0, sketch.length)]);
  sketch.open(sparse, 6, sparse.length - 6, 3000);
  t.ok(sketch.isCopy);
  sketch.makeDense();
  const dense = Buffer.concat([
    Buffer.from('before'),
    sketch.bytes.subarray(0, DENSE_BYTES),
    Buffer.from('behind'),
  ]);
  sketch.open(dense, 6, DENSE_BYTES, 3000);
  t.notOk(sketch.isCopy);
  for (let i = 0; i < REGISTERS; i++) sketch.raise(i, 63);
  t.equal(dense.toString('latin1', 0, 6), 'before');
  t.equal(dense.toString('latin1', 6 + DENSE_BYTES), 'behind');
  t.ok(dense.subarray(6 + HEADER_BYTES, 6 + DENSE_BYTES).every((byte) => byte === 0xff));
});

t.test('a register does not touch its neighbours', async () => {
  const bytes = Buffer.alloc(DENSE_BYTES + 1, 0xee);
  bytes.fill(0, HEADER_BYTES, DENSE_BYTES);
  const model = new Uint8Array(REGISTERS);
  fc.assert(
    fc.property(fc.nat(REGISTERS - 1), fc.nat(63), (index, value) => {
      const raised = raiseDenseRegister(bytes, HEADER_BYTES, index, value);
      if (raised !== value > model[index]) return false;
      model[index] = Math.max(model[index], value);
      const near = [index - 2, index - 1, index, index + 1, index + 2].filter((i) => i >= 0 && i < REGISTERS);
      return (
        bytes[DENSE_BYTES] === 0xee && near.every((i) => denseRegister(bytes, HEADER_BYTES, i) === model[i])
      );
    }),
    { numRuns: 3000 },
  );
});

t.test('whatever the bytes are, nothing outside them is touched, and nothing throws', async () => {
  const codes = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0x7f, 0xff, 0x40, 0x80, 0x3f)), {
    maxLength: 40,
  });
  const element = Buffer.from('an element');
  fc.assert(
    fc.property(codes, raises(40), fc.boolean(), (codes, all, fillsUp) => {
      const end = fillsUp ? [0x7f, 0xff] : [];
      const bytes = Buffer.concat([
        Buffer.from('HYLL\x01'),
        Buffer.alloc(11),
        Buffer.from([...codes, ...end]),
      ]);
      const kept = Buffer.from(bytes);
      const sketch = new HyperLogLog();
      sketch.open(bytes, 0, bytes.length, 3000);
      for (const { index, value } of all) if (sketch.raise(index, value) === CORRUPT) break;
      sketch.add(element, 0, element.length);
      estimate(sketch.bytes, sketch.start, sketch.length);
      const counts = estimate(bytes, 0, bytes.length) !== undefined;
      return bytes.equals(kept) && counts === isSound(bytes, 0, bytes.length);
    }),
    { numRuns: 500 },
  );
});

t.test('runs are joined up to their most, and what is behind the end is not read', async (t) => {
  const sketch = new HyperLogLog();
  sketch.create(3000);
  const codes = [];
  for (let index = 0; index < 6; index++) {
    sketch.raise(index, 1);
    codes.push(sketch.bytes.toString('hex', HEADER_BYTES, sketch.length));
  }
  t.same(codes, ['807ffe', '817ffd', '827ffc', '837ffb', '83807ffa', '83817ff9']);
  const cut = Buffer.concat([sketch.bytes.subarray(0, HEADER_BYTES), Buffer.from([0x7f, 0xff])]);
  t.ok(isSound(cut, 0, cut.length));
  t.notOk(isSound(cut, 0, cut.length - 1));
  t.equal(estimate(cut, 0, cut.length - 1), undefined);
});

t.test('the header', async (t) => {
  const sketch = new HyperLogLog();
  sketch.create(3000);
  const bytes = Buffer.from(sketch.bytes.subarray(0, sketch.length));
  t.equal(bytes.toString('hex'), '48594c4c0100000000000000000000007fff');
  t.equal(notedCardinality(bytes, 0), 0n);
  makeStale(bytes, 0);
  t.equal(notedCardinality(bytes, 0), undefined);
  noteCardinality(bytes, 0, 0x7faabbccddeeff11n);
  t.equal(notedCardinality(bytes, 0), 0x7faabbccddeeff11n);
  noteCardinality(bytes, 0, -(2n ** 63n));
  t.equal(notedCardinality(bytes, 0), undefined, 'what has overflowed is never believed');
  t.notOk(isHyperLogLog(bytes, 0, HEADER_BYTES - 1));
  t.ok(isHyperLogLog(bytes, 0, HEADER_BYTES));
  bytes[4] = 0;
  t.notOk(isHyperLogLog(bytes, 0, bytes.length), 'a dense one is as long as it is');
});

t.test('it estimates', async (t) => {
  t.equal(selfTest(), null);
  t.equal(estimateOf(new Uint8Array(REGISTERS)), 0n);
  t.equal(estimateOf(new Uint8Array(REGISTERS).fill(63)), -(2n ** 63n), 'as in Redis');
});
