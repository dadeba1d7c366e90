/** Copying of byte ranges, held against Buffer.copy: any place, any length, up to the very end of the memory. */
import fc from 'fast-check';
import t from 'tap';
import { copyBytes, copyToWords } from '../../src/protocol/copy-bytes.js';

const LENGTH_MAX = 400;
const SPOILT = 0xdd;

interface Range {
  /** Bytes before the source in its memory. */
  readonly before: number;
  /** Bytes before the range in the source. */
  readonly start: number;
  readonly bytes: Uint8Array;
  /** Bytes of the source behind the range; 0 is its end, and the end of the memory. */
  readonly behind: number;
}

const range: fc.Arbitrary<Range> = fc.record({
  before: fc.nat({ max: 9 }),
  start: fc.nat({ max: 9 }),
  bytes: fc
    .nat({ max: LENGTH_MAX })
    .chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
  behind: fc.constantFrom(0, 0, 1, 3, 7),
});

/** The source, in memory that ends where it ends. */
function sourceOf({ before, start, bytes, behind }: Range): Buffer {
  const memory = new ArrayBuffer(before + start + bytes.length + behind);
  const source = Buffer.from(memory, before);
  source.fill(SPOILT);
  source.set(bytes, start);
  return source;
}

t.test('to words', async () => {
  fc.assert(
    fc.property(range, fc.nat({ max: 5 }), fc.nat({ max: 5 }), fc.boolean(), (from, at, word, shared) => {
      const source = sourceOf(from);
      const { length } = from.bytes;
      const padded = (length + 3) & ~3;
      // The target may be a part of memory that two threads see, and ends where the padding ends.
      const memoryBytes = word * 4 + at * 4 + padded;
      const memory = shared ? new SharedArrayBuffer(memoryBytes) : new ArrayBuffer(memoryBytes);
      const target = new Int32Array(memory, word * 4);
      const bytes = Buffer.from(memory).fill(SPOILT);
      const view = new DataView(source.buffer, source.byteOffset, source.length);
      copyToWords(view, from.start, length, target, at);
      const expected = Buffer.alloc(memoryBytes, SPOILT);
      source.copy(expected, (word + at) * 4, from.start, from.start + length);
      const end = (word + at) * 4 + length;
      // What pads the last word is arbitrary.
      return bytes.subarray(0, end).equals(expected.subarray(0, end));
    }),
    { numRuns: 3000 },
  );
});

t.test('to words: what stands behind the padding stays', async (t) => {
  for (let length = 0; length <= LENGTH_MAX; length++) {
    const target = new Int32Array(((length + 3) >> 2) + 2).fill(-1);
    copyToWords(new DataView(new ArrayBuffer(length)), 0, length, target, 1);
    const [before, behind] = [target[0], target[target.length - 1]];
    if (before !== -1 || behind !== -1) t.fail(`${length} bytes`);
  }
});

t.test('to bytes', async () => {
  fc.assert(
    fc.property(range, fc.nat({ max: 9 }), fc.nat({ max: 9 }), (from, at, behind) => {
      const source = sourceOf(from);
      const { length } = from.bytes;
      const target = Buffer.alloc(at + length + behind, SPOILT);
      const expected = Buffer.from(target);
      source.copy(expected, at, from.start, from.start + length);
      return (
        copyBytes(source, from.start, from.start + length, target, at) === length && target.equals(expected)
      );
    }),
    { numRuns: 2000 },
  );
});
