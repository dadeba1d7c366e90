/** The bitmap commands, as redis-server answers them. */
import t from 'tap';
import { createRandom, type Random, runSeed } from '../support/random.js';
import { redisMissing } from '../support/redis-server.js';
import { compareScripts } from './scripts.js';

const seed = runSeed();

const ODD = [
  ...['-1', '-0', '01', '+1', ' 1', '1 ', '1.0', '', 'x', '2', '#1', '#', '9223372036854775807'],
  ...['4294967296', '9223372036854775808', '-9223372036854775808'],
];
const VALUES = [
  ...['', '\0', '\xff', '12', '\xff\xf0\0', '\0\xff\xf0', '\0\0\0', '\xff\xff\xff', 'foobar'],
  ...[
    '\0'.repeat(40),
    '\xff'.repeat(40),
    `${'\0'.repeat(30)}\x10${'\0'.repeat(30)}`,
    `${'\xff'.repeat(37)}\xfe\xff`,
  ],
];

function* bits(): Iterable<string[]> {
  for (const value of [null, ...VALUES]) {
    const state = value === null ? ['DEL', 'k'] : ['SET', 'k', value, 'EX', '100000'];
    for (const offset of ['0', '1', '7', '8', '100', '319', '5000', '200000', ...ODD]) {
      yield state;
      yield ['GETBIT', 'k', offset];
      yield ['OBJECT', 'ENCODING', 'k'];
      // Half a gigabyte would be written to.
      for (const bit of ['0', '1', ...(offset === '0' ? ODD : [])]) {
        yield state;
        yield ['SETBIT', 'k', offset, bit];
        yield ['GET', 'k'];
        yield ['OBJECT', 'ENCODING', 'k'];
        yield ['TTL', 'k'];
      }
    }
  }
}

function* counts(): Iterable<string[]> {
  const indices = [
    ...['0', '1', '3', '8', '9', '20', '39', '300', '1000', '-1', '-2', '-9', '-40', '-1000'],
    ...ODD,
  ];
  const units = [[], ['BYTE'], ['bit'], ['nonsense'], ['BIT', 'x']];
  for (const value of [null, ...VALUES]) {
    yield value === null ? ['DEL', 'k'] : ['SET', 'k', value];
    yield ['BITCOUNT', 'k'];
    for (const bit of ['0', '1', ...ODD]) yield ['BITPOS', 'k', bit];
    for (const start of indices) {
      yield ['BITCOUNT', 'k', start];
      yield ['BITPOS', 'k', '0', start];
      yield ['BITPOS', 'k', '1', start];
      yield ['BITPOS', 'k', '2', start];
      for (const end of indices) {
        for (const unit of units) {
          yield ['BITCOUNT', 'k', start, end, ...unit];
          yield ['BITPOS', 'k', '0', start, end, ...unit];
          yield ['BITPOS', 'k', '1', start, end, ...unit];
        }
      }
    }
  }
}

function* randomCounts(): Iterable<string[]> {
  const random = createRandom(seed);
  for (let i = 0; i < 20_000; i++) {
    if (i % 20 === 0)
      yield ['SET', 'k', random.bytes(random.below(random.pick([4, 40, 400]))).toString('latin1')];
    const index = (): string => String(random.below(400) - 200);
    const unit = random.pick([[], ['BYTE'], ['BIT'], ['BIT']]);
    const range = random.pick([[], [index()], [index(), index(), ...unit], [index(), index(), ...unit]]);
    yield random.chance(0.4)
      ? ['BITCOUNT', 'k', ...range]
      : ['BITPOS', 'k', String(random.below(2)), ...range];
  }
}

function fieldOperation(random: Random): string[] {
  const width = random.pick([1 + random.below(64), 1 + random.below(16), 8, 32, 63, 64]);
  const kind = random.chance(0.5) ? `i${width}` : `u${width}`;
  const type = random.chance(0.02)
    ? random.pick(['', 'i', 'u0', 'i65', 'u64', 'I8', 'x8', 'u08', 'u-1', '8'])
    : kind;
  const place = random.below(random.pick([10, 300]));
  const offset = random.chance(0.03) ? random.pick(ODD.filter((odd) => odd !== '4294967296')) : String(place);
  const at = random.chance(0.3) ? `#${random.below(20)}` : offset;
  const number = random.pick([
    () => String(random.below(600) - 300),
    () => String(BigInt.asIntN(64, BigInt(`0x${random.bytes(8).toString('hex')}`))),
    () => random.pick(['9223372036854775807', '-9223372036854775808', '9223372036854775808', '0', 'x', '-1']),
    () => String((2 ** random.below(53) - random.below(3)) * random.pick([1, -1])),
  ]);
  const write = (): string[] => [random.pick(['SET', 'INCRBY', 'incrby']), type, at, number()];
  return random.pick([
    () => ['GET', type, at],
    write,
    write,
    () => ['OVERFLOW', random.pick(['WRAP', 'sat', 'FAIL', 'SAT', 'FAIL']), ...write()],
  ])();
}

function* fields(): Iterable<string[]> {
  const random = createRandom(seed);
  for (let i = 0; i < 40_000; i++) {
    if (i % 50 === 0) yield ['DEL', 'k'];
    if (i % 70 === 0) yield ['SET', 'k', random.bytes(random.below(60)).toString('latin1')];
    const operations = Array.from({ length: random.below(4) }, () => fieldOperation(random)).flat();
    if (random.chance(0.02))
      operations.splice(random.below(operations.length + 1), 1, random.pick(['', 'nonsense', 'GET']));
    yield [random.chance(0.9) ? 'BITFIELD' : 'BITFIELD_RO', 'k', ...operations];
    if (random.chance(0.3)) yield ['GET', 'k'];
    if (random.chance(0.1)) yield ['OBJECT', 'ENCODING', 'k'];
  }
  for (const words of [
    ['OVERFLOW', 'nonsense'],
    ['OVERFLOW'],
    ['OVERFLOW', 'SAT'],
    ['GET', 'u8'],
    ['SET', 'u8', '0'],
    ['GET', 'u8', '0', 'SET', 'u8', 'x', '1'],
    ['OVERFLOW', 'SAT', 'SET', 'i8', '0', '-9223372036854775808', 'SET', 'i8', '0', '9223372036854775807'],
    ['OVERFLOW', 'SAT', 'SET', 'u8', '0', '-1', 'INCRBY', 'u8', '0', '-300', 'GET', 'u8', '0'],
    ['GET', 'u8', '#4294967296', 'GET', 'u8', '#2305843009213693952', 'GET', 'u8', '#1152921504606846976'],
    ['GET', 'u1', '4294967295', 'GET', 'u63', '4294967295'],
  ]) {
    yield ['BITFIELD', 'k', ...words];
    yield ['BITFIELD_RO', 'k', ...words];
    yield ['GET', 'k'];
  }
}

/** Keys on the same shard and on others, the target among the sources and not. */
function* operations(): Iterable<string[]> {
  const random = createRandom(seed);
  const keys = ['a', 'b', 'c', 'd', '{a}1', '{a}2', '{a}3', 'none'];
  const sizes = [0, 1, 3, 4, 5, 40, 200, 200, 16_383, 16_385, 40_000];
  for (let i = 0; i < 4000; i++) {
    const key = random.pick(keys.slice(0, -1));
    if (random.chance(0.3)) yield ['SET', key, random.bytes(random.pick(sizes)).toString('latin1')];
    if (random.chance(0.1)) yield ['SET', key, String(random.below(100_000))];
    if (random.chance(0.1)) yield ['EXPIRE', key, '100000'];
    if (random.chance(0.1)) yield ['DEL', key];
    const tagged = random.chance(0.3) ? keys.filter((name) => name.startsWith('{a}')) : keys;
    const sources = Array.from({ length: 1 + random.below(4) }, () => random.pick(tagged));
    const operation = random.pick(['AND', 'or', 'XOR', 'xor', 'not', 'NOT', 'nand']);
    const target = random.pick(tagged);
    const given = operation.toLowerCase() === 'not' && random.chance(0.8) ? sources.slice(0, 1) : sources;
    yield ['BITOP', operation, target, ...given];
    for (const words of [['GET'], ['OBJECT', 'ENCODING'], ['TTL']]) yield [...words, target];
  }
  yield ['BITOP'];
  yield ['BITOP', 'NOT'];
  yield ['BITOP', 'NOT', 'a'];
}

/** What changes a key for those who watch it. */
function* watched(): Iterable<string[]> {
  const commands = [
    ['SETBIT', 'k', '0', '1'],
    ['SETBIT', 'k', '1', '1'],
    ['SETBIT', 'k', '30', '0'],
    ['GETBIT', 'k', '30'],
    ['BITFIELD', 'k', 'GET', 'u8', '100'],
    ['BITFIELD', 'k', 'SET', 'u8', '0', '98'],
    ['BITFIELD', 'k', 'SET', 'u8', '0', '99'],
    ['BITFIELD', 'k', 'SET', 'u8', '0', '98', 'SET', 'u8', '0', '97', 'SET', 'u8', '0', '98'],
    ['BITFIELD', 'k', 'SET', 'u8', '100', '0'],
    ['BITFIELD', 'k', 'OVERFLOW', 'FAIL', 'INCRBY', 'u4', '0', '100'],
    ['BITFIELD', 'k', 'INCRBY', 'u8', '0', '256'],
    ['BITOP', 'AND', 'k', 'k'],
    ['BITOP', 'AND', 'k', 'none'],
  ];
  for (const state of [
    ['DEL', 'k'],
    ['SET', 'k', 'b'],
    ['SETRANGE', 'k', '0', 'b'],
  ]) {
    for (const command of commands) {
      // Redis makes the key, and tells nobody that it did, though the only write has failed.
      if (state[0] === 'DEL' && command.includes('FAIL')) continue;
      yield* [state, ['WATCH', 'k'], command, ['MULTI'], ['GET', 'k'], ['OBJECT', 'ENCODING', 'k'], ['EXEC']];
    }
  }
}

t.test('bitmap commands', { skip: redisMissing() }, async (t) => {
  t.comment(`SEED=${seed}`);
  await compareScripts(t, {
    'SETBIT and GETBIT': bits,
    'BITCOUNT and BITPOS': counts,
    'random ranges': randomCounts,
    BITFIELD: fields,
    BITOP: operations,
    watched,
  });
});
