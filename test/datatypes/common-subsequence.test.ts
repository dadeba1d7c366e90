/** The longest common subsequence against a table of all lengths. */
import fc from 'fast-check';
import t from 'tap';
import { CommonSubsequence } from '../../src/datatypes/common-subsequence.js';

const text = fc
  .array(fc.constantFrom(...'abcd'), { maxLength: 60, size: 'max' })
  .map((letters) => Buffer.from(letters.join('')));

function longest(a: Buffer, b: Buffer): number {
  const table = Array.from({ length: a.length + 1 }, () => Array<number>(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      table[i][j] =
        a[i - 1] === b[j - 1] ? table[i - 1][j - 1] + 1 : Math.max(table[i - 1][j], table[i][j - 1]);
    }
  }
  return table[a.length][b.length];
}

t.test('it is common, a subsequence, and the longest', async (t) => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      const common = new CommonSubsequence(a, b, false);
      const matches = common.matches().reverse();
      const pieces = matches.map(({ aFirst, aLast }) => a.subarray(aFirst, aLast + 1));
      const sameInB = matches.every(({ bFirst, bLast }, i) =>
        b.subarray(bFirst, bLast + 1).equals(pieces[i]),
      );
      const ascends = matches.every(
        ({ aFirst, bFirst }, i) =>
          i === 0 || (aFirst > matches[i - 1].aLast && bFirst > matches[i - 1].bLast),
      );
      return (
        common.length === longest(a, b) &&
        new CommonSubsequence(a, b, true).length === common.length &&
        common.bytes().equals(Buffer.concat(pieces)) &&
        common.bytes().length === common.length &&
        sameInB &&
        ascends
      );
    }),
    { numRuns: 500 },
  );
  t.pass('as the table says');
});
