/**
 * HyperLogLogs beside redis-server 7.0.15: the same bytes after every command, the same counts, and the same replies when
 * the bytes are damaged. SEED=n repeats a run.
 */
import t from 'tap';
import { CHANGED, HyperLogLog } from '../../src/datatypes/hyperloglog.js';
import { codeBytes, HEADER_BYTES } from '../../src/datatypes/hyperloglog-registers.js';
import { createRandom, type Random, runSeed } from '../support/random.js';
import { redisMissing } from '../support/redis-server.js';
import { compareScripts } from './scripts.js';

const ROUNDS = 30;
const DAMAGED = 700;
/** They lie on several shards. */
const KEYS = ['a', 'b', 'c', 'd'];

function someElements(random: Random): string[] {
  const count = random.below(random.pick([3, 30, 300, 3000]));
  return Array.from({ length: count }, () =>
    random.bytes(random.below(random.pick([2, 20, 60]))).toString('latin1'),
  );
}

/** What any client may do with good ones. */
function* sound(random: Random): Iterable<string[]> {
  for (let round = 0; round < ROUNDS; round++) {
    if (random.chance(0.3)) {
      const bytes = random.pick([0, 18, 30, 100, 500, 3000, 12_000, 1_000_000]);
      yield ['CONFIG', 'SET', 'hll-sparse-max-bytes', String(bytes)];
    }
    for (let step = 0; step < 20; step++) {
      const key = random.pick(KEYS);
      const others = Array.from({ length: random.below(4) }, () => random.pick(KEYS));
      yield* random.pick([
        [['PFADD', key, ...someElements(random)]],
        [['PFADD', key, ...someElements(random)]],
        [['PFCOUNT', key]],
        [['PFCOUNT', key, ...others]],
        [['PFMERGE', key, ...others], ...others.map((other) => ['GET', other])],
        [['PFDEBUG', 'encoding', key]],
        [['PFDEBUG', 'DECODE', key]],
        [['PFDEBUG', random.pick(['todense', 'getreg', 'nonsense']), key]],
      ]);
      yield ['GET', key];
      yield ['OBJECT', 'ENCODING', key];
      if (random.chance(0.1)) yield ['DUMP', key];
      if (random.chance(0.15)) yield ['DEL', key];
    }
  }
  yield ['CONFIG', 'SET', 'hll-sparse-max-bytes', '3000'];
}

/** Arities, keys that hold something else, keys there are not. */
function* refusals(): Iterable<string[]> {
  const values = [
    '',
    '5',
    'x'.repeat(15),
    'x'.repeat(16),
    `HYLL\0${'\0'.repeat(11)}`,
    `HYLL\x01${'\0'.repeat(11)}`,
  ];
  const longer = ['HYLL\x02', 'HYLL\x00', 'hYLL\x01', 'HYLL\x01'].map((start) => start + '\0'.repeat(12299));
  for (const value of [null, ...values, ...longer, `${longer[1]}\0`]) {
    yield value === null ? ['DEL', 'k'] : ['SET', 'k', value];
    yield ['PFADD', 'other{k}', 'x'];
    for (const key of ['k', 'other{k}', 'far']) {
      yield ['PFADD', key];
      yield ['PFADD', key, 'x', 'y', 'x'];
      yield ['PFCOUNT', key, 'k'];
      yield ['PFCOUNT', 'k', key];
      yield ['PFMERGE', key];
      yield ['PFMERGE', key, 'k'];
      yield ['PFMERGE', 'k', key, 'none'];
      for (const sub of ['GETREG', 'decode', 'Encoding', 'todense', 'nonsense', ''])
        yield ['PFDEBUG', sub, key];
      yield ['GET', key];
    }
    yield ['PFCOUNT', 'k'];
    yield ['DEL', 'far', 'other{k}'];
  }
  for (const words of [
    ['PFADD'],
    ['PFCOUNT'],
    ['PFMERGE'],
    ['PFDEBUG'],
    ['PFDEBUG', 'x'],
    ['PFDEBUG', 'x', 'y', 'z'],
  ]) {
    yield words;
  }
  yield ['PFSELFTEST'];
  yield ['PFSELFTEST', 'x'];
}

/** One with some elements, in either encoding. */
function someSketch(random: Random): Buffer {
  const sketch = new HyperLogLog();
  sketch.create(random.pick([3000, 20]));
  for (let left = random.below(random.pick([5, 100, 2000])); left > 0; left--) {
    if (sketch.add(random.bytes(8), 0, 8) === CHANGED && random.chance(0.01)) sketch.makeDense();
  }
  return Buffer.from(sketch.bytes.subarray(sketch.start, sketch.start + sketch.length));
}

/**
 * Whether the last code lacks its second byte. Redis counts that as 0, but when it changes such a code it writes behind the
 * end of the string, where it then finds something else.
 */
function isCutOff(bytes: Buffer): boolean {
  let at = HEADER_BYTES;
  while (at < bytes.length) at += codeBytes(bytes[at]);
  return at > bytes.length && bytes.length > HEADER_BYTES;
}

/** Bytes that may be anything, as anybody can SET them. */
function* damaged(random: Random): Iterable<string[]> {
  for (let i = 0; i < DAMAGED; i++) {
    let bytes = someSketch(random);
    const from = random.chance(0.2) ? 0 : 16;
    for (let flips = random.below(6); flips > 0 && bytes.length > from; flips--) {
      bytes[from + random.below(bytes.length - from)] = random.pick([
        0,
        0x40,
        0x7f,
        0x80,
        0xff,
        random.below(256),
      ]);
    }
    if (random.chance(0.3))
      bytes = Buffer.concat([
        bytes.subarray(0, random.below(bytes.length + 1)),
        random.bytes(random.below(5)),
      ]);
    // Cardinalities that are noted count for nothing if the highest bit is set.
    if (random.chance(0.7) && bytes.length > 15) bytes[15] |= 0x80;
    const key = isCutOff(bytes) ? 'none' : 'k';
    yield ['SET', 'k', bytes.toString('latin1')];
    yield* random.pick([
      [['PFCOUNT', 'k']],
      [['PFADD', key, 'a', 'b', 'c', 'd', 'e']],
      [['PFADD', key, ...someElements(random)]],
      [['PFCOUNT', 'k', 'none']],
      [
        ['PFMERGE', 'k'],
        ['GET', 'k'],
      ],
      [
        ['PFADD', 'a', 'x'],
        ['PFMERGE', 'a', 'k'],
        ['GET', 'a'],
        ['DEL', 'a'],
      ],
      [['PFDEBUG', random.pick(['GETREG', 'DECODE', 'TODENSE', 'ENCODING']), 'k']],
    ]);
    yield ['GET', 'k'];
    yield ['PFCOUNT', 'k'];
    yield ['GET', 'k'];
  }
}

/** Registers that no hash gives, and counts beyond what a number holds. */
function* extremes(): Iterable<string[]> {
  const header = `HYLL\0${'\0'.repeat(10)}\x80`;
  for (const fill of ['\xff', '\0', '\x01', '\xcf', '\xb6', '\xaa', '\x49']) {
    yield ['SET', 'k', header + fill.repeat(12288)];
    yield ['PFCOUNT', 'k'];
    yield ['PFCOUNT', 'k', 'k'];
    yield ['GET', 'k'];
    yield ['PFADD', 'k', 'x'];
    yield ['GET', 'k'];
  }
  for (let value = 0; value < 64; value++) {
    // All registers the same.
    const four = value | (value << 6) | (value << 12) | (value << 18);
    const three = String.fromCharCode(four & 0xff, (four >> 8) & 0xff, (four >> 16) & 0xff);
    yield ['SET', 'k', header + three.repeat(4096)];
    yield ['PFCOUNT', 'k'];
    yield ['PFCOUNT', 'k', 'k'];
    yield ['SET', 'k', `${header}${three.repeat(1000)}${'\0'.repeat(12288 - 3000)}`];
    yield ['PFCOUNT', 'k'];
  }
  for (const noted of [
    '\0\0\0\0\0\0\0\x7f',
    '\xff\xff\xff\xff\xff\xff\xff\x7f',
    '\x01\0\0\0\0\0\x20\0',
    '\xff'.repeat(8),
  ]) {
    yield ['SET', 'k', `HYLL\x01\0\0\0${noted}\x7f\xff`];
    yield ['PFCOUNT', 'k'];
    yield ['GET', 'k'];
  }
}

/** Which commands change a key for those who watch it, and several keys and a setting within a transaction. */
function* transactions(): Iterable<string[]> {
  for (const words of [
    ['PFADD', 'k', 'new'],
    ['PFADD', 'k', 'old'],
    ['PFADD', 'k'],
    ['PFCOUNT', 'k'],
    ['PFCOUNT', 'k', 'none'],
    ['PFMERGE', 'k'],
    ['PFMERGE', 'other', 'k'],
    ['PFDEBUG', 'ENCODING', 'k'],
  ]) {
    for (const isCounted of [false, true]) {
      yield ['DEL', 'k', 'other'];
      yield ['PFADD', 'k', 'old', 'older'];
      if (isCounted) yield ['PFCOUNT', 'k'];
      yield ['WATCH', 'k'];
      yield words;
      yield ['MULTI'];
      yield ['SET', 'x', 'y'];
      yield ['EXEC'];
    }
  }
  const elements = Array.from({ length: 40 }, (_, i) => `element ${i}`);
  yield ['MULTI'];
  yield ['PFADD', 'a', ...elements];
  yield ['PFADD', 'b', ...elements.slice(20), 'more'];
  yield ['PFCOUNT', 'a', 'b', 'c'];
  yield ['CONFIG', 'SET', 'hll-sparse-max-bytes', '20'];
  yield ['PFMERGE', 'c', 'a', 'b'];
  yield ['CONFIG', 'SET', 'hll-sparse-max-bytes', 'nonsense'];
  yield ['PFDEBUG', 'ENCODING', 'a'];
  yield ['PFDEBUG', 'ENCODING', 'c'];
  yield ['CONFIG', 'SET', 'hll-sparse-max-bytes', '3000'];
  yield ['DUMP', 'c'];
  yield ['RESTORE', 'a', '0', 'nonsense'];
  yield ['EXEC'];
  for (const key of ['a', 'b', 'c']) yield ['GET', key];
}

t.test('HyperLogLogs are those of redis-server', { skip: redisMissing(), timeout: 120_000 }, async (t) => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  await compareScripts(t, {
    sound: () => sound(createRandom(seed)),
    refusals,
    damaged: () => damaged(createRandom(seed)),
    extremes,
    transactions,
  });
});
