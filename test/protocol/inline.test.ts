/** Splitting of inline requests by Redis's quoting rules. */
import fc from 'fast-check';
import t from 'tap';
import { Argv } from '../../src/protocol/argv.js';
import { splitInline } from '../../src/protocol/inline.js';

/** An argv that takes no more words than any line here has, so that an endless loop fails instead. */
class BoundedArgv extends Argv {
  override push(start: number, end: number): void {
    if (this.count === 100) throw new Error('more words than the line can have');
    super.push(start, end);
  }
}

/** The words, null where a quote is not closed. */
function words(line: string): string[] | null {
  const argv = new BoundedArgv();
  const bytes = Buffer.from(`"'${line}"'`, 'latin1');
  if (!splitInline(bytes, 2, bytes.length - 2, argv)) return null;
  return Array.from({ length: argv.count }, (_, i) => argv.latin1(i));
}

t.test('lines and their words', async (t) => {
  const cases: [line: string, expected: string[] | null][] = [
    ['', []],
    [' \t\r\v\f', []],
    ['a b  c', ['a', 'b', 'c']],
    ['"a b" c', ['a b', 'c']],
    ["'a b' c", ['a b', 'c']],
    ['""', ['']],
    ["'' a", ['', 'a']],
    ['a"b c"', ['ab c']],
    ["a'b c'", ['ab c']],
    ['"a"b', null],
    ['"a""b"', null],
    ["'a'b", null],
    ['"a', null],
    ["'a", null],
    ['"', null],
    ["'", null],
    ['"a\\"', null],
    ["'a\\'", null],
    ['"\\', null],
    ['"\\"', null],
    ['a\\', ['a\\']],
    ['a\\ b', ['a\\', 'b']],
    ['"\\\\"', ['\\']],
    ['"\\x00\\xfF\\x0a"', ['\0\xff\n']],
    ['"\\x0"', ['x0']],
    ['"\\xg0"', ['xg0']],
    ['"\\X41"', ['X41']],
    ['"\\x4', null],
    ['"\\n\\r\\t\\b\\a\\q\\0"', ['\n\r\t\b\x07q0']],
    ["'\\n\\x41\\\\ '", ['\\n\\x41\\\\ ']],
    ["'\\\\'", null],
    ["'\\''", ["'"]],
    ["a'\\'b'", ["a'b"]],
    ['\xff \x01', ['\xff', '\x01']],
    ['a\vb', ['a\vb']],
  ];
  for (const [line, expected] of cases) t.same(words(line), expected, JSON.stringify(line));
});

const HEX = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;

t.test('any bytes can be said within double quotes', async () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 5 }), (binary) => {
      const line = binary.map((bytes) => `"${[...bytes].map(HEX).join('')}"`).join(' ');
      const expected = binary.map((bytes) => Buffer.from(bytes).toString('latin1'));
      return JSON.stringify(words(line)) === JSON.stringify(expected);
    }),
  );
});

t.test('words without blanks, quotes and backslashes stand for themselves', async () => {
  const plain = fc.string({ unit: fc.constantFrom(...'abcXYZ019-+*$:_{}\xe4'), minLength: 1, maxLength: 10 });
  const blank = fc.string({ unit: fc.constantFrom(' ', '\t'), minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(plain, { maxLength: 8 }), blank, (expected, between) => {
      return JSON.stringify(words(between + expected.join(between))) === JSON.stringify(expected);
    }),
  );
});

t.test('whatever the line, the words take no more room than it', async () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab \\"\'xn0\r'), maxLength: 40 }), (line) => {
      const found = words(line);
      return found === null || found.join('').length <= line.length;
    }),
    { numRuns: 1000 },
  );
});

t.test('a NUL ends the line, as it does for Redis', async (t) => {
  t.same(words('a b\0c d'), ['a', 'b']);
  t.same(words('a \0'), ['a']);
  t.same(words('"a\0b"'), null);
});
