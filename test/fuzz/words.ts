/** The words that random commands are made of, whatever the command: keys, values, numbers, each chosen for its edges. */
import type { Random } from '../support/random.js';

/** Every byte there is, and the ends of lines and commands that a parser might see in it. */
const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');

/** Few, so that commands meet each other's values; of one slot and of several. None is a number. */
export const KEYS = [
  ...['a', 'b', 'c', 'key:1', 'key:2', 'key:3'],
  ...['{tag}1', '{tag}2', '{tag}3', 'x{tag}', '{}a', '{a}b', 'a{', '}{'],
  ...['', '\0\r\n\xff', ALL_BYTES, 'k'.repeat(300)],
];

export const VALUES = [
  ...['', 'v', 'value', 'Value', 'a b', '\r\n$1\r\n', '\0\x01\xfe', '\0', '\xff\xff', ALL_BYTES],
  ...['0', '1', '12', '-7', '3.5', '-0', '10000', '1e3', ' 1', '01', '123456789012'],
  ...['9223372036854775807', '9223372036854775806', '-9223372036854775808', '9223372036854775808'],
  ...['x'.repeat(20), 'x'.repeat(44), 'x'.repeat(45), 'x'.repeat(64), 'ab'.repeat(33), 'y'.repeat(2000)],
];

/** No time soon to come, in seconds or milliseconds from now or since 1970, and none that is past but positive. */
export const ODD_NUMBERS = [
  ...['0', '-1', '-1000', '-0', '01', '+5000', ' 5000', '5000 ', '5000.0', '5e3', '0x1388', 'abc', ''],
  ...['1\x002', '-2147483649', '99999999999999', '9007199254740991', '9007199254740993'],
  ...['9223372036854775', '9223372036854776', '-9223372036854775', '-9223372036854776'],
  ...['9223370000000000000', '9223372036854775807', '-9223372036854775808', '-9223372036854775809'],
  ...['9223372036854775808', '18446744073709551615', '18446744073709551616'],
];

/** Where no time is meant. Nothing that would make a string of hundreds of megabytes. */
export const NUMBERS = [
  ...['0', '1', '2', '3', '4', '5', '7', '8', '10', '16', '31', '63', '64', '100', '1000', '3000'],
  ...['-1', '-2', '-3', '-5', '-100', '-3000'],
];

export const FLOATS = [
  ...[
    '1.5',
    '-2.25',
    '3.0e3',
    '0.1',
    '1e-10',
    '1e17',
    '123456789.123456789',
    'inf',
    '-inf',
    '+inf',
    'Infinity',
  ],
  ...[
    '1e308',
    '0x1p3',
    '0x10',
    '-0',
    '-0.0',
    '.5',
    '5.',
    '+1',
    '9223372036854775807',
    '3.14159265358979323846',
  ],
];
export const ODD_FLOATS = [
  ...[
    'nan',
    '-nan',
    'NaN',
    '1e400',
    '-1e400',
    '1e-400',
    ' 1',
    '1 ',
    '1e',
    '',
    'abc',
    '1,5',
    '1e4932',
    '1e-4951',
    '0x',
  ],
  ...['1\x00', '--1', '1'.repeat(300), `0.${'0'.repeat(400)}1`, 'infinity!', 'in'],
];

/** Elements, members and fields, few so that they are met again. */
export const ELEMENTS = ['a', 'b', 'c', 'd', '1', '2', '3', '-5', '', '\0\xff'];

export const PATTERNS = [
  ...[
    '*',
    'key:*',
    '?',
    '[ab]',
    '[^a]*',
    '{tag}?',
    '\\*',
    '*\xff',
    '',
    '**1',
    '[',
    'k*k',
    '\0*',
    '[a-c]',
    '\\',
  ],
];
export const NAMES = ['', 'name', 'default', 'a b', 'a\nb', '\xc3\xa4', '~!', '\x7f'];
/** Words in the place of others; no number among them could be a time. */
export const ODD_WORDS = ['', 'nonsense', '\0', '*', 'a', '(', '[', '+', '-', '$', '>', '=', '~', ALL_BYTES];

/** Some KB now and then, and rarely some hundred. */
export function longValue(random: Random): string {
  const length = random.chance(0.03) ? 20_000 + random.below(150_000) : 1000 + random.below(8000);
  const unit = random.pick(['x', 'ab', '0', '\0\xff', ALL_BYTES, '{"name": 1}, ']);
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}
