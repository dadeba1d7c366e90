/** The string commands: values, encodings, deadlines and errors as redis-server gives them. */
import t from 'tap';
import { createRandom, runSeed } from '../support/random.js';
import { redisMissing } from '../support/redis-server.js';
import { compareScripts } from './scripts.js';

const seed = runSeed();

const INTEGERS = [
  ...['0', '1', '-1', '9', '10', '-10', '99', '9999', '10000', '1073741823', '1073741824', '4294967296'],
  ...['9007199254740991', '9007199254740992', '-9007199254740991', '999999999999999', '1000000000000000'],
  ...['9223372036854775806', '9223372036854775807', '-9223372036854775807', '-9223372036854775808'],
];
const NO_INTEGERS = [
  ...['', ' ', 'abc', '1 ', ' 1', '+1', '01', '-0', '1.0', '1e3', '0x10', '1\0', '--1', 'inf', 'nan'],
  ...['9223372036854775808', '-9223372036854775809', '99999999999999999999', '1'.repeat(45)],
];
/** What strtold takes, and what it does not; at the ends of what a long double can be. */
const FLOATS = [
  ...[
    '1.5',
    '-1.5',
    '.5',
    '5.',
    '.',
    '-.5',
    '+2.25',
    '1e5',
    '1E-5',
    '1e',
    '1e+',
    '1.e2',
    '.e2',
    '3.0e0',
    '0.1',
  ],
  ...[
    '-0',
    '-0.0',
    '0e99999',
    '0e-99999',
    '1e4932',
    '1.18e4932',
    '1.19e4932',
    '1.2e4932',
    '-1e4933',
    '1e99999999999',
  ],
  ...['3.6e-4951', '3.7e-4951', '1e-4951', '1.8e-4951', '1.9e-4951', '1e-4950', '1e-5000', '1e-99999999999'],
  ...[
    '0x1',
    '0x1p4',
    '0X1.8P-1',
    '0x.8',
    '0x8.',
    '0x',
    '0x.',
    '0xp1',
    '0x1p',
    '0xg',
    '-0xffffffffffffffffff',
  ],
  ...['0x1p-16445', '0x1p-16446', '0x1.8p-16446', '0x1p16383', '0x1p16384', '0x0p99999', '0x1p99999999999'],
  ...['0xffffffffffffffffp16320', '0xffffffffffffffff8p16316', '0xffffffffffffffff7p16316'],
  ...['inf', '-inf', 'Infinity', 'INF', 'infinit', 'nan', 'NaN', 'nan(1)', '-nan', 'infx'],
  ...['1\n', '\t1', '1\0', '1_0', "1'000", '1,5', '١', '0.1f', '1.5L', '1e5e5', '0b1', '1..5', '1.5.5'],
  ...['18446744073709551615', '18446744073709551616', '18446744073709551617', '36893488147419103231'],
  ...[
    '9223372036854775807.5',
    '0.99999999999999999999',
    '0.5e-17',
    '0.50000000001e-17',
    '1.5e-17',
    '2.5e-17',
  ],
  ...[
    '9'.repeat(40),
    `0.${'0'.repeat(4000)}1`,
    `${'0'.repeat(5118)}1`,
    `${'0'.repeat(5119)}1`,
    `1${'0'.repeat(5000)}`,
  ],
  ...[
    '3.141592653589793238462643383279502884197',
    '1'.repeat(20),
    `1.${'3'.repeat(60)}`,
    `1e-${'0'.repeat(50)}1`,
  ],
];

/** What a key can be told by. */
const LOOKS = [['GET'], ['OBJECT', 'ENCODING'], ['OBJECT', 'REFCOUNT'], ['STRLEN'], ['TTL']];

function* look(): Iterable<string[]> {
  for (const words of LOOKS) yield [...words, 'k'];
}

/** The key with the value, without a deadline and with one; and no key. */
function* states(value: string): Iterable<string[]> {
  yield ['SET', 'k', value];
  yield ['SET', 'k', value, 'EX', '100000'];
}

function* integers(): Iterable<string[]> {
  for (const value of [...INTEGERS, ...NO_INTEGERS]) {
    for (const state of states(value)) {
      for (const command of ['INCR', 'decr']) {
        yield state;
        yield [command, 'k'];
        yield* look();
      }
    }
    for (const amount of [...INTEGERS, ...NO_INTEGERS]) {
      for (const command of ['INCRBY', 'DECRBY']) {
        yield ['SET', 'k', value];
        yield [command, 'k', amount];
        yield ['GET', 'k'];
        yield ['OBJECT', 'ENCODING', 'k'];
      }
    }
    for (const command of ['INCR', 'DECR', 'INCRBY', 'DECRBY', 'INCRBYFLOAT']) {
      yield ['DEL', 'k'];
      yield command.endsWith('R') ? [command, 'k'] : [command, 'k', value];
      yield* look();
    }
  }
}

function* floats(): Iterable<string[]> {
  const all = [...INTEGERS, ...NO_INTEGERS, ...FLOATS];
  for (const value of all) {
    for (const state of states(value)) {
      yield state;
      yield ['INCRBYFLOAT', 'k', '0'];
      yield* look();
    }
    yield ['DEL', 'k'];
    yield ['INCRBYFLOAT', 'k', value];
    yield* look();
  }
  for (const value of all) {
    for (const amount of all) {
      yield ['SET', 'k', value];
      yield ['INCRBYFLOAT', 'k', amount];
      yield ['GET', 'k'];
    }
  }
  // What was kept as text becomes an integer again when it is one of those that count.
  yield ['SET', 'k', '4'];
  yield ['INCRBYFLOAT', 'k', '1'];
  for (const words of [
    ['INCR', 'k'],
    ['INCRBYFLOAT', 'k', '1'],
    ['APPEND', 'k', ''],
    ['INCRBYFLOAT', 'k', '1'],
  ]) {
    yield words;
    yield* look();
  }
  yield ['SET', 'k', '5', 'KEEPTTL'];
  yield* look();
}

function* randomFloats(): Iterable<string[]> {
  const random = createRandom(seed);
  const digits = (most: number): string =>
    Array.from({ length: random.below(most) }, () => '0123456789'[random.below(10)]).join('');
  const hexadecimals = (most: number): string =>
    Array.from({ length: random.below(most) }, () => '0123456789abcdef'[random.below(16)]).join('');
  const exponent = (): number =>
    random.below(random.pick([10, 40, 400, 5200]) * 2) - random.pick([10, 40, 400, 5200]);
  const float = (): string => {
    const sign = random.pick(['', '', '-', '+']);
    if (random.chance(0.2)) {
      const power = random.chance(0.5) ? `p${exponent() * 3}` : '';
      return `${sign}0x${hexadecimals(20)}.${hexadecimals(20)}${power}`;
    }
    const whole = digits(random.pick([2, 5, 21, 60]));
    const fraction = random.chance(0.7) ? `.${digits(random.pick([2, 5, 25, 60]))}` : '';
    return `${sign}${whole}${fraction}${random.chance(0.3) ? `e${exponent()}` : ''}`;
  };
  for (let i = 0; i < 30_000; i++) {
    if (random.chance(0.5)) yield ['SET', 'k', float()];
    yield ['INCRBYFLOAT', 'k', float()];
  }
}

function* ranges(): Iterable<string[]> {
  const offsets = [
    ...[
      '0',
      '1',
      '3',
      '4',
      '5',
      '6',
      '43',
      '44',
      '45',
      '100',
      '20000',
      '-1',
      '-2',
      '-5',
      '-6',
      '-100',
      '-0',
      'x',
      '',
    ],
    ...['536870911', '536870912', '536870913', '2147483648', '-2147483649', '9223372036854775807'],
    ...['-9223372036854775808', '-9223372036854775807', '9223372036854775808'],
  ];
  const values = [
    '',
    'hello',
    '12345',
    '-7',
    'x'.repeat(44),
    'x'.repeat(45),
    'y'.repeat(16_383),
    'z'.repeat(20_000),
  ];
  for (const value of [null, ...values]) {
    const state = value === null ? ['DEL', 'k'] : ['SET', 'k', value, 'EX', '100000'];
    for (const start of offsets) {
      for (const end of offsets) {
        yield state;
        yield ['GETRANGE', 'k', start, end];
        yield ['substr', 'k', start, end];
      }
      // Half a gigabyte is written to by a test of its own.
      if (start === '536870911') continue;
      for (const written of ['', '!', '12', 'world'.repeat(10), 'w'.repeat(17_000)]) {
        yield state;
        yield ['SETRANGE', 'k', start, written];
        yield* look();
      }
    }
    for (const appended of ['', '0', 'x', '12', 'x'.repeat(40), 'x'.repeat(45), 'x'.repeat(20_000)]) {
      yield state;
      yield ['APPEND', 'k', appended];
      yield* look();
      yield ['APPEND', 'k', 'more'];
      yield* look();
    }
  }
}

/** GETSET, GETDEL, GETEX, SETNX, SETEX, PSETEX. */
function* replacements(): Iterable<string[]> {
  const times = [
    ...['200000', '300000000', '9999000000', '9999000000000', '0', '-1', '1.5', 'x', '', '01'],
    ...[
      '9223372036854775',
      '9223372036854776',
      '9223370000000000000',
      '9223372036854775807',
      '9223372036854775808',
    ],
  ];
  const options = [
    [],
    ['PERSIST'],
    ['persist', 'PERSIST'],
    ['nonsense'],
    ['KEEPTTL'],
    ['EXP', '200000'],
    ['NX'],
    ['GET'],
    ['EX'],
    ['PERSIST', 'EX', '200000'],
    ['EX', '200000', 'PERSIST'],
    ['EX', '200000', 'PX', '200000'],
    ['EX', '200000', 'EX', '300000'],
    ['EXAT', '1000'],
    ['PXAT', '1000'],
    ...['EX', 'px', 'EXAT', 'pxat'].flatMap((word) => times.map((time) => [word, time])),
  ];
  for (const state of [['DEL', 'k'], ...['v', '12', 'x'.repeat(50)].flatMap((value) => [...states(value)])]) {
    for (const option of options) {
      yield state;
      yield ['GETEX', 'k', ...option];
      yield* look();
      yield ['PEXPIRETIME', 'k'];
    }
    for (const value of ['new', '7', 'x'.repeat(44), 'x'.repeat(45), '']) {
      for (const command of [
        ['GETSET', 'k', value],
        ['SETNX', 'k', value],
        ['GETDEL', 'k'],
        ['GETDEL', 'k', value],
      ]) {
        yield state;
        yield command;
        yield* look();
      }
      for (const time of times) {
        for (const command of ['SETEX', 'psetex']) {
          yield state;
          yield [command, 'k', time, value];
          yield* look();
        }
      }
    }
  }
}

/** Random commands on a few keys, so that one meets what another has left. */
function* mixed(): Iterable<string[]> {
  const random = createRandom(seed);
  const number = (): string => random.pick([...INTEGERS, '1', '2', '-3', '1.5', 'x', ...INTEGERS]);
  const offset = (): string => String(random.pick([0, 1, 5, 44, 200, 17_000, -1, -3]));
  const bytes = (): string => random.pick(['', 'a', '12', 'x'.repeat(30), 'y'.repeat(300), 'z'.repeat(9000)]);
  for (let i = 0; i < 40_000; i++) {
    const key = `k${random.below(4)}`;
    yield random.pick([
      () => ['SET', key, random.chance(0.5) ? number() : bytes()],
      () => ['APPEND', key, random.chance(0.5) ? number() : bytes()],
      () => ['SETRANGE', key, offset(), bytes()],
      () => ['GETRANGE', key, offset(), offset()],
      () => [random.pick(['INCR', 'DECR', 'STRLEN', 'GET', 'GETDEL']), key],
      () => [random.pick(['INCRBY', 'DECRBY', 'INCRBYFLOAT', 'GETSET', 'SETNX']), key, number()],
      () => ['EXPIRE', key, '100000'],
      () => ['GETEX', key, 'PERSIST'],
    ])();
    yield ['OBJECT', 'ENCODING', key];
    yield ['TTL', key];
  }
}

function* subsequences(): Iterable<string[]> {
  const random = createRandom(seed);
  const word = (): string => {
    const letters = random.pick(['ab', 'acgt', 'abcdefghij', '\0\xff']);
    return Array.from({ length: random.below(random.pick([3, 20, 200])) }, () =>
      random.pick([...letters]),
    ).join('');
  };
  const options = [
    ...[
      [],
      ['LEN'],
      ['IDX'],
      ['idx', 'withmatchlen'],
      ['IDX', 'MINMATCHLEN', '3'],
      ['WITHMATCHLEN'],
      ['LEN', 'IDX'],
    ],
    ...[
      ['IDX', 'LEN'],
      ['IDX', 'MINMATCHLEN', '-1'],
      ['IDX', 'MINMATCHLEN', 'x'],
      ['IDX', 'MINMATCHLEN'],
    ],
    ...[['MINMATCHLEN', 'x', 'LEN', 'IDX'], ['LEN', 'IDX', 'MINMATCHLEN', 'x'], ['nonsense'], ['IDX', 'IDX']],
    ['IDX', 'MINMATCHLEN', '9223372036854775807', 'MINMATCHLEN', '2', 'WITHMATCHLEN'],
  ];
  const keys = ['a', 'b', '{a}1', '{a}2', 'none'];
  for (let i = 0; i < 3000; i++) {
    if (random.chance(0.4)) yield ['SET', random.pick(keys.slice(0, -1)), word()];
    if (random.chance(0.02)) yield ['DEL', random.pick(keys)];
    yield ['LCS', random.pick(keys), random.pick(keys), ...random.pick(options)];
  }
  // In a transaction, from several shards, with others behind it.
  for (let i = 0; i < 20; i++) {
    yield* [
      ['MULTI'],
      ['INCR', 'n'],
      ['LCS', 'a', 'b', 'LEN'],
      ['LCS', '{a}1', 'none'],
      ['GET', 'n'],
      ['EXEC'],
    ];
    yield ['INCR', 'n'];
  }
  // The table would be larger than a string may be.
  yield ['SET', 'a', 'x'.repeat(12_000)];
  yield ['SET', 'b', 'x'.repeat(11_184)];
  yield ['LCS', 'a', 'b'];
  yield ['LCS', 'a', 'b', 'LEN'];
  yield ['SETRANGE', 'a', '11999', ''];
  yield ['SET', 'a', `${'x'.repeat(1000)}y`];
  yield ['SET', 'b', 'x'.repeat(2000)];
  yield ['LCS', 'a', 'b', 'IDX', 'WITHMATCHLEN'];
  yield ['LCS', 'b', 'a', 'IDX', 'WITHMATCHLEN'];
}

/** What a string may be at the most is a setting, and counts for what comes after it was set. */
function* limits(): Iterable<string[]> {
  yield ['CONFIG', 'SET', 'proto-max-bulk-len', '1mb'];
  yield ['SETRANGE', 'k', '1048575', 'x'];
  yield ['STRLEN', 'k'];
  yield ['SETRANGE', 'k', '1048575', 'xy'];
  yield ['SETRANGE', 'none', '1048576', 'x'];
  yield ['SETRANGE', 'none', '1048576', ''];
  yield ['APPEND', 'k', ''];
  yield ['APPEND', 'k', 'x'];
  yield ['SETBIT', 'b', '8388607', '1'];
  yield ['SETBIT', 'b', '8388608', '1'];
  yield ['GETBIT', 'b', '8388608'];
  yield ['BITFIELD', 'b', 'SET', 'i64', '8388607', '-1', 'GET', 'u8', '8388608'];
  yield ['BITFIELD', 'b', 'SET', 'i64', '8388607', '-1', 'GET', 'u8', '8388607'];
  yield ['STRLEN', 'b'];
  yield ['SET', 'a', 'x'.repeat(511)];
  yield ['LCS', 'a', 'a', 'LEN'];
  yield ['APPEND', 'a', 'x'];
  yield ['LCS', 'a', 'a', 'LEN'];
  yield ['CONFIG', 'SET', 'proto-max-bulk-len', '512mb'];
  yield ['LCS', 'a', 'a', 'LEN'];
  yield ['FLUSHALL'];
}

/** What changes a key for those who watch it. */
function* watched(): Iterable<string[]> {
  const commands = [
    ['APPEND', 'k', ''],
    ['APPEND', 'k', 'x'],
    ['SETRANGE', 'k', '0', ''],
    ['SETRANGE', 'k', '0', '1'],
    ['GETRANGE', 'k', '0', '1'],
    ['STRLEN', 'k'],
    ['INCR', 'k'],
    ['INCRBY', 'k', '0'],
    ['INCRBY', 'k', 'x'],
    ['INCRBYFLOAT', 'k', '0'],
    ['INCRBYFLOAT', 'k', 'inf'],
    ['GETSET', 'k', '1'],
    ['GETDEL', 'k'],
    ['GETEX', 'k'],
    ['GETEX', 'k', 'PERSIST'],
    ['GETEX', 'k', 'EX', '100000'],
    ['GETEX', 'k', 'PXAT', '1'],
    ['SETNX', 'k', '1'],
    ['SETEX', 'k', '100000', '1'],
    ['SETEX', 'k', '0', '1'],
    ['LCS', 'k', 'k'],
  ];
  for (const state of [['DEL', 'k'], ...states('1')]) {
    for (const command of commands) {
      yield* [state, ['WATCH', 'k'], command, ['MULTI'], ['GET', 'k'], ['OBJECT', 'ENCODING', 'k'], ['EXEC']];
    }
  }
}

t.test('string commands', { skip: redisMissing() }, async (t) => {
  t.comment(`SEED=${seed}`);
  await compareScripts(t, {
    'INCR and its family': integers,
    INCRBYFLOAT: floats,
    'random floats': randomFloats,
    'parts of strings': ranges,
    'values replaced': replacements,
    'random commands': mixed,
    LCS: subsequences,
    limits,
    watched,
  });
});
