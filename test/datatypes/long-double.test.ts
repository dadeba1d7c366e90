/** Long doubles: what they read, how they round, and what they print. (The differential tests ask redis-server.) */
import fc from 'fast-check';
import t from 'tap';
import {
  addLongDoubles,
  formatLongDouble,
  type LongDouble,
  parseLongDouble,
} from '../../src/datatypes/long-double.js';

function parse(text: string): LongDouble | undefined {
  const bytes = Buffer.from(`#${text}#`, 'latin1');
  return parseLongDouble(bytes, 1, bytes.length - 1);
}

function shown(value: LongDouble | undefined): string {
  return value === undefined ? 'none' : typeof value === 'number' ? String(value) : formatLongDouble(value);
}

t.test('numbers and what is none', async (t) => {
  for (const [text, wanted] of [
    ['1', '1'],
    ['-0', '0'],
    ['0.1', '0.1'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['0x1.8p1', '3'],
    ['-0X.8', '-0.5'],
    ['iNf', 'Infinity'],
    ['-infinity', '-Infinity'],
    ['18446744073709551615', '18446744073709551615'],
    // Between two that can be had: the even one.
    ['18446744073709551617', '18446744073709551616'],
    ['36893488147419103231', '36893488147419103232'],
    ['1e-17', '0.00000000000000001'],
    ['1e-18', '0'],
    ['-1e-18', '0'],
    ['0x1p-16445', '0'],
  ]) {
    t.equal(shown(parse(text)), wanted, text);
  }
  for (const text of [
    '',
    ' 1',
    '1 ',
    '.',
    '1e',
    '0x',
    '0x1p',
    'nan',
    '1e4933',
    '0x1p-16446',
    '1\n',
    '1\0',
    'infinit',
  ]) {
    t.equal(parse(text), undefined, JSON.stringify(text));
  }
});

t.test('what a double can hold is read and added exactly', async (t) => {
  const number = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
  const eighths = fc.tuple(number, fc.constantFrom(1, 2, 4, 8, 1024)).map(([n, part]) => n / part);
  fc.assert(
    fc.property(eighths, eighths, (a, b) => {
      const sum = addLongDoubles(parse(a.toFixed(10))!, parse(b.toFixed(10))!);
      return Number(shown(sum)) === a + b;
    }),
    { numRuns: 2000 },
  );
  t.pass('as doubles');
});

t.test('infinities', async (t) => {
  const [one, inf, minus] = ['1', 'inf', '-inf'].map((text) => parse(text)!);
  t.equal(addLongDoubles(one, inf), Number.POSITIVE_INFINITY);
  t.equal(addLongDoubles(minus, one), Number.NEGATIVE_INFINITY);
  t.ok(Number.isNaN(addLongDoubles(inf, minus)));
  const most = parse('0xffffffffffffffffp16320')!;
  t.equal(addLongDoubles(most, most), Number.POSITIVE_INFINITY);
  t.not(typeof addLongDoubles(most, one), 'number');
});
