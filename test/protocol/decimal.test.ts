/** Integers to digits, as String gives them. */
import fc from 'fast-check';
import t from 'tap';
import { DECIMAL_BYTES_MAX, writeDecimal } from '../../src/protocol/decimal.js';
import { INT64_MAX, INT64_MIN, type Int64 } from '../../src/protocol/int64.js';

function digits(value: Int64): string {
  const bytes = Buffer.alloc(DECIMAL_BYTES_MAX + 6, '#');
  const length = writeDecimal(bytes, 3, value);
  t.match(bytes.toString('latin1', 3 + length), /^#+$/);
  return bytes.toString('latin1', 3, 3 + length);
}

t.test('integers of all sizes', async (t) => {
  for (const value of [0, 9, 10, 99, 100, -1, 2 ** 30 - 1, 2 ** 30, 2 ** 31, 2 ** 32, INT64_MAX, INT64_MIN]) {
    t.equal(digits(value), String(value));
    if (typeof value === 'number') t.equal(digits(0 - value), String(0 - value));
  }
  for (let power = 1; power < 53; power++) {
    for (const value of [
      2 ** power - 1,
      2 ** power,
      10 ** Math.min(15, power) - 1,
      10 ** Math.min(15, power),
    ]) {
      t.equal(digits(value), String(value));
    }
  }
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => digits(value) === String(value)));
});
