/**
 * DUMP and RESTORE beside redis-server 7.0.15: the same payloads to the byte, payloads exchanged both ways, and the same
 * refusals of damaged ones, also of those whose checksum is right. SEED=n repeats a run.
 */
import t from 'tap';
import { Crc64 } from '../../src/rdb/crc64.js';
import { createRandom, type Random, runSeed } from '../support/random.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import type { Reply } from '../support/replies.js';
import { startSherd } from '../support/sherd-server.js';
import { compareScripts } from './scripts.js';

/** Random values dumped and restored, and damaged payloads tried. */
const VALUES = 1500;
const DAMAGED = 4000;
const TOLD_MAX = 5;

/** Strings of every encoding and of many sizes, some with repetitions near and far. */
function someString(random: Random): string {
  const length = random.below(random.pick([8, 30, 500, 5000, 30_000, 90_000]));
  if (random.chance(0.15))
    return String(random.below(2 ** 32) * random.pick([1, -1, 1000]) - random.below(200));
  const alphabet = random.pick([1, 2, 3, 10, 60, 256]);
  let text = '';
  while (text.length < length) {
    if (random.chance(0.2)) text += text.substring(random.below(text.length), random.below(text.length));
    else if (random.chance(0.1)) text += 'x'.repeat(random.below(400));
    else text += latin1(Buffer.from(random.bytes(random.below(200)).map((byte) => byte % alphabet)));
  }
  return text.slice(0, length);
}

/** The value with a right footer behind it. */
function withFooter(value: Buffer, version = 10): Buffer {
  const bytes = Buffer.concat([value, Buffer.alloc(10)]);
  bytes.writeUInt16LE(version, value.length);
  const { high, low } = new Crc64().update(bytes, 0, value.length + 2);
  bytes.writeInt32LE(low, value.length + 2);
  bytes.writeInt32LE(high, value.length + 6);
  return bytes;
}

function latin1(bytes: Buffer): string {
  return bytes.toString('latin1');
}

/** What RESTORE checks, in which order, and what becomes of the key. */
function* options(): Iterable<string[]> {
  const payload = latin1(withFooter(Buffer.from([0, 3, 97, 98, 99])));
  const past = latin1(withFooter(Buffer.from([0, 1, 97]), 11));
  const states = [
    ['DEL', 'k'],
    ['SET', 'k', 'old'],
    ['SET', 'k', 'old', 'EX', '100000'],
  ];
  const rows = [
    ...[
      'REPLACE',
      'replace ABSTTL',
      'ABSTTL',
      'IDLETIME',
      'IDLETIME x',
      'IDLETIME -1',
      'IDLETIME 5',
      'FREQ',
      'FREQ 5',
    ],
    ...[
      'FREQ 256',
      'FREQ -1',
      'FREQ x',
      'FREQ 255 REPLACE',
      'IDLETIME 5 FREQ 5',
      'IDLETIME 0 FREQ x',
      'FREQ 0 IDLETIME',
    ],
    ...[
      'FREQ 1 FREQ 2',
      'IDLETIME 1 IDLETIME -2',
      'nonsense',
      'REPLACE nonsense',
      'nonsense IDLETIME x',
      'IDLETIME x nonsense',
    ],
    ...['REPLACE REPLACE', 'REPLACE IDLETIME 9223372036854775807', 'IDLETIME 9223372036854775808', ''],
  ];
  for (const name of ['RESTORE', 'restore-asking']) {
    for (const row of rows) {
      for (const state of states) {
        for (const ttl of ['0', '5000', '-1', 'x', '', '9223372036854775807', '9223372036854775808', '1']) {
          // What is due in a millisecond may be gone or not.
          if (ttl === '1' && !/ABSTTL/i.test(row)) continue;
          yield state;
          yield [name, 'k', ttl, ttl === '-1' ? 'nonsense' : payload, ...row.split(' ').filter(Boolean)];
          yield ['GET', 'k'];
          yield ['PTTL', 'k'];
        }
      }
    }
  }
  for (const bad of ['', 'x', 'x'.repeat(9), 'x'.repeat(10), past, payload.slice(0, -1), `${payload}x`]) {
    for (const ttl of ['0', '-1', '1']) {
      yield ['SET', 'k', 'old'];
      yield ['RESTORE', 'k', ttl, bad, 'REPLACE', 'ABSTTL'];
      yield ['RESTORE', 'k', ttl, bad];
      yield ['RESTORE', 'none', ttl, bad];
      yield ['GET', 'k'];
    }
  }
  for (const name of ['DUMP', 'RESTORE', 'restore-asking']) {
    yield [name];
    yield [name, 'k'];
    yield [name, 'k', '0'];
  }
  yield ['DUMP', 'none'];
}

/** Values that are none, or that say too much, all with a right checksum. */
function* damaged(random: Random): Iterable<string[]> {
  const values: Buffer[] = [];
  for (const length of [
    [0x80, 255, 255, 255, 255],
    [0x80, 0, 0, 0, 6],
    [0x81, 255, 255, 255, 255, 255, 255, 255, 255],
  ]) {
    values.push(Buffer.from([0, ...length, 97, 98, 99]));
    values.push(Buffer.from([0, 0xc3, 3, ...length, 2, 97, 98, 99]));
    values.push(Buffer.from([0, 0xc3, ...length, 3, 2, 97, 98, 99]));
  }
  for (const type of [20, 50, 128, 255]) values.push(Buffer.from([type, 3, 97, 98, 99]));
  // A value that reaches into its footer.
  for (let length = 0; length < 20; length++) values.push(Buffer.from([0, length, 97, 98, 99]));
  for (let encoding = 0xc0; encoding <= 0xff; encoding++)
    values.push(Buffer.from([0, encoding, 5, 97, 98, 99]));
  for (let first = 0x80; first < 0xc0; first++) values.push(Buffer.from([0, first, 0, 0, 0, 3, 97, 98, 99]));
  while (values.length < DAMAGED) {
    const good = goodValue(random);
    const bytes = Buffer.from(
      good.subarray(0, random.chance(0.4) ? random.below(good.length + 1) : good.length),
    );
    // The first byte is the type, of which there are others in Redis.
    for (let flips = random.below(4); flips > 0 && bytes.length > 1; flips--) {
      bytes[1 + random.below(bytes.length - 1)] = random.pick([0, 0xff, random.below(256)]);
    }
    if (bytes.length > 0) values.push(bytes);
  }
  for (const value of values) {
    yield ['RESTORE', 'k', '0', latin1(withFooter(value)), 'REPLACE'];
    yield ['GET', 'k'];
  }
}

function goodValue(random: Random): Buffer {
  const literals = random.bytes(1 + random.below(8));
  const lzf = [
    literals.length - 1,
    ...literals,
    ((1 + random.below(6)) << 5) | 0,
    random.below(literals.length + 1),
  ];
  const length = literals.length + (lzf[literals.length + 1] >> 5) + 2;
  return random.pick([
    Buffer.from([0, literals.length, ...literals]),
    Buffer.from([0, 0x40, literals.length, ...literals]),
    Buffer.from([0, 0xc3, lzf.length, length, ...lzf]),
    Buffer.from([0, 0xc0 + random.below(3), ...random.bytes(4)]),
  ]);
}

t.test('DUMP and RESTORE are those of redis-server', { skip: redisMissing() }, async (t) => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  await compareScripts(t, {
    'options, deadlines, refusals': options,
    'values that are damaged': () => damaged(createRandom(seed)),
  });
});

t.test(
  'payloads are those of redis-server, and each loads the other one',
  { skip: redisMissing() },
  async (t) => {
    const seed = runSeed();
    t.comment(`SEED=${seed}`);
    const random = createRandom(seed);
    const settings = ['--rdbcompression', 'no'];
    const redis = await (await startRedis(t, settings)).connect();
    const sherd = await (await startSherd(t, { args: ['--shards', '2', ...settings] })).connect();
    const both = (...words: string[]): Promise<Reply[]> =>
      Promise.all([redis, sherd].map((one) => one.call(...words)));
    const differences: string[] = [];
    for (let i = 0; i < VALUES; i++) {
      const value = someString(random);
      const told = `${value.length} bytes, ${JSON.stringify(value.slice(0, 80))}`;
      if (random.chance(0.02)) await both('CONFIG', 'SET', 'rdbcompression', random.pick(['yes', 'no']));
      await both('SET', 'from', value);
      const [theirs, ours] = await both('DUMP', 'from');
      if (theirs !== ours) differences.push(told);
      await redis.call('RESTORE', 'to', '0', String(ours), 'REPLACE');
      await sherd.call('RESTORE', 'to', '0', String(theirs), 'REPLACE');
      const back = await both('GET', 'to');
      if (back.some((one) => one !== value)) differences.push(`${told} do not come back`);
    }
    t.same(differences.slice(0, TOLD_MAX), []);
  },
);
