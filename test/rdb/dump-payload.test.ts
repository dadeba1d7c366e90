/** DUMP payloads: they come back, are redis-server's own bytes, and are refused or loaded when they are damaged. */
import fc from 'fast-check';
import t from 'tap';
import { Crc64 } from '../../src/rdb/crc64.js';
import { hasGoodFooter, writeFooter } from '../../src/rdb/dump-payload.js';
import { BadData, TooLarge } from '../../src/rdb/errors.js';
import { RdbReader } from '../../src/rdb/rdb-reader.js';
import { RdbWriter } from '../../src/rdb/rdb-writer.js';
import { writeString } from '../../src/rdb/types/string.js';
import { readValue } from '../../src/rdb/values.js';

const writer = new RdbWriter();
const reader = new RdbReader();

function dumped(value: Uint8Array): Buffer {
  writer.reset();
  writeString(writer, value, 0, value.length);
  writeFooter(writer);
  return Buffer.from(writer.bytes.subarray(0, writer.position));
}

/** What a payload holds, or how it is refused. */
function loaded(payload: Buffer): Buffer | 'footer' | 'data' | 'large' {
  if (!hasGoodFooter(payload, 0, payload.length)) return 'footer';
  return valueIn(payload);
}

function valueIn(payload: Buffer): Buffer | 'data' | 'large' {
  try {
    const { bytes } = readValue(reader.open(payload, 0, payload.length));
    return bytes.source.subarray(bytes.start, bytes.start + bytes.length);
  } catch (error) {
    if (error instanceof TooLarge) return 'large';
    if (!(error instanceof BadData)) throw error;
    return 'data';
  }
}

/** A payload of these bytes whose checksum is right. */
function payloadOf(value: readonly number[], version = 10): Buffer {
  const bytes = Buffer.alloc(value.length + 10);
  bytes.set(value);
  bytes.writeUInt16LE(version, value.length);
  const { high, low } = new Crc64().update(bytes, 0, value.length + 2);
  bytes.writeInt32LE(low, value.length + 2);
  bytes.writeInt32LE(high, value.length + 6);
  return bytes;
}

/** Strings of every encoding. */
const strings = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map((value) => Buffer.from(String(value))),
  fc.integer({ min: -40000, max: 40000 }).map((value) => Buffer.from(String(value))),
  fc
    .string({ maxLength: 30, unit: fc.constantFrom('0', '1', '-', '+', ' ', '9') })
    .map((text) => Buffer.from(text)),
  fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.nat(2000)).map(([piece, count]) => {
    return Buffer.concat(Array.from({ length: count }, () => piece));
  }),
);

t.test('a string comes back', async () => {
  fc.assert(
    fc.property(strings, fc.boolean(), (value, compresses) => {
      writer.compresses = compresses;
      const back = loaded(dumped(value));
      writer.compresses = true;
      return typeof back !== 'string' && back.equals(value);
    }),
    { numRuns: 1000 },
  );
});

t.test('payloads are those of redis-server 7.0.15', async (t) => {
  const payloads: [value: string, payload: string][] = [
    ['', '00000a005d9b5c400f7fa2da'],
    ['a', '0001610a00bffeef9b8f367db4'],
    ['0', '00c0000a009840a778f8500308'],
    ['-1', '00c0ff0a000c937e2485089dc5'],
    ['127', '00c07f0a000db5eb315254c514'],
    ['128', '00c180000a00eb7ab3b510cf4b65'],
    ['-128', '00c0800a009966326d2f0c5bd9'],
    ['-129', '00c17fff0a001760822854808480'],
    ['32767', '00c1ff7f0a00495a37da17f4d52b'],
    ['32768', '00c2008000000a0045d82eedd5bda910'],
    ['-32769', '00c2ff7fffff0a00aee34c4d06c68536'],
    ['2147483647', '00c2ffffff7f0a002c74e59ee02eada1'],
    ['-2147483648', '00c2000000800a00c74f873e33558187'],
    ['2147483648', '000a323134373438333634380a00e7b129a34c1d76ee'],
    ['9223372036854775807', '0013393232333337323033363835343737353830370a003a657e9481e85f22'],
    ['01', '000230310a006cddc441144c7da4'],
    ['-0', '00022d300a00d5411fd9d6d050cc'],
    ['xxxxxxxxxxxxxxxxxxxx', '001478787878787878787878787878787878787878780a005b3c81eca58cc56b'],
    ['xxxxxxxxxxxxxxxxxxxxx', '00c30615017878e00a000a00941a83676017192f'],
    [
      'abcdefghijklmnopqrstuvwxyz',
      '001a6162636465666768696a6b6c6d6e6f707172737475767778797a0a009e1b3f34abfc5f79',
    ],
    [
      'ab'.repeat(5000),
      '00c34079671002616261e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0ff01e0da010161620a00c3f54592638f68fa',
    ],
  ];
  for (const [value, payload] of payloads) {
    t.equal(
      dumped(Buffer.from(value, 'latin1')).toString('hex'),
      payload,
      JSON.stringify(value.slice(0, 40)),
    );
  }
});

t.test('a payload that is cut or flipped is refused', async () => {
  fc.assert(
    fc.property(strings, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
      const payload = dumped(value);
      if (loaded(payload.subarray(0, at % payload.length)) !== 'footer') return false;
      payload[at % payload.length] ^= flip;
      return loaded(payload) === 'footer';
    }),
    { numRuns: 500 },
  );
});

t.test('a value that is cut, flipped or made up is refused or loaded, whatever its checksum', async () => {
  const damaged = fc.oneof(
    fc.record({ value: strings, at: fc.nat(), flip: fc.nat(255), cut: fc.nat(40) }).map((damage) => {
      const payload = dumped(damage.value);
      payload[damage.at % payload.length] ^= damage.flip;
      return payload.subarray(0, Math.max(0, payload.length - damage.cut));
    }),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from([0, ...bytes])),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from([0, 0xc3, ...bytes])),
  );
  fc.assert(
    fc.property(damaged, (payload) => {
      valueIn(payload);
      return true;
    }),
    { numRuns: 3000 },
  );
});

t.test('lengths: every form, and what is longer than the payload', async (t) => {
  const abc = [97, 98, 99];
  const cases: [name: string, value: number[], wanted: string][] = [
    ['six bits', [0, 3, ...abc], 'abc'],
    ['fourteen bits', [0, 0x40, 3, ...abc], 'abc'],
    ['32 bits', [0, 0x80, 0, 0, 0, 3, ...abc], 'abc'],
    ['64 bits', [0, 0x81, 0, 0, 0, 0, 0, 0, 0, 3, ...abc], 'abc'],
    ['an unknown form', [0, 0x82, 0, 0, 0, 3, ...abc], 'data'],
    ['an unknown encoding', [0, 0xc4, 3, ...abc], 'data'],
    ['2^32 - 1', [0, 0x80, 255, 255, 255, 255, ...abc], 'data'],
    ['2^64 - 1', [0, 0x81, 255, 255, 255, 255, 255, 255, 255, 255, ...abc], 'data'],
    ['2^32 + 3', [0, 0x81, 0, 0, 0, 1, 0, 0, 0, 3, ...abc], 'data'],
    ['8 bits', [0, 0xc0, 0x80], '-128'],
    ['16 bits', [0, 0xc1, 0xff, 0x7f], '32767'],
    ['32 bits, negative', [0, 0xc2, 0, 0, 0, 0x80], '-2147483648'],
    ['LZF', [0, 0xc3, 5, 5, 1, 97, 98, 0x20, 1], 'ababa'],
    ['LZF that is shorter than it says', [0, 0xc3, 5, 6, 1, 97, 98, 0x20, 1], 'data'],
    ['LZF that is longer than it says', [0, 0xc3, 5, 4, 1, 97, 98, 0x20, 1], 'data'],
    ['LZF of nothing, whatever there is', [0, 0xc3, 5, 0, 1, 97, 98, 0x20, 1], ''],
    ['LZF whose length is an encoding', [0, 0xc3, 0xc5, 5, 1, 97, 98, 0x20, 1], 'ababa'],
    ['LZF whose bytes are not there', [0, 0xc3, 0x80, 0xff, 0, 0, 0, 5, 1, 97], 'data'],
    ['LZF of 4 GB', [0, 0xc3, 5, 0x80, 255, 255, 255, 255, 1, 97, 98, 0x20, 1], 'data'],
    ['LZF of 2^63 bytes', [0, 0xc3, 5, 0x81, 128, 0, 0, 0, 0, 0, 0, 0, 1, 97, 98, 0x20, 1], 'data'],
    ['a type there is not', [99, 3, ...abc], 'data'],
    ['bytes behind the value', [0, 3, ...abc, 100, 100], 'abc'],
  ];
  for (const [name, value, wanted] of cases) {
    const found = loaded(payloadOf(value));
    t.equal(typeof found === 'string' ? found : found.toString('latin1'), wanted, name);
  }
});

t.test('older versions load, newer ones do not', async (t) => {
  for (const version of [0, 1, 9, 10]) t.not(loaded(payloadOf([0, 1, 97], version)), 'footer', `${version}`);
  for (const version of [11, 256, 65535])
    t.equal(loaded(payloadOf([0, 1, 97], version)), 'footer', `${version}`);
  for (const length of [0, 1, 9]) t.equal(loaded(Buffer.alloc(length)), 'footer', `${length} bytes`);
});

t.test('a writer gives the room of a large value back', async (t) => {
  dumped(Buffer.from(Array.from({ length: 200_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24)));
  t.ok(writer.bytes.length >= 200_000);
  writer.reset();
  t.ok(writer.bytes.length < 200_000);
});
