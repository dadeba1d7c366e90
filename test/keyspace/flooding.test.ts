/**
 * Hash flooding: a million keys that all collide under a hash people use cost no more than random keys, and hashes that
 * are broken on purpose don't blow up the directory. Work is counted in slots looked at, not timed.
 *
 * The keys are multicollisions (Joux 2004): a hash that works block by block with 32 bits of state has two blocks that lead
 * from any state to the same next one; twenty such pairs in a row give 2^20 keys with one hash.
 */
import t from 'tap';
import { halfSipHash } from '../../src/keyspace/half-siphash.js';
import { HashTable } from '../../src/keyspace/hash-table.js';
import { SlabAllocator } from '../../src/keyspace/slab-allocator.js';
import { slotOf } from '../../src/router/slots.js';
import { createRandom, type Random, runSeed } from '../support/random.js';
import { SEED } from './stores.js';

const seed = runSeed();
t.comment(`SEED=${seed}`);

const PAIRS = 20;
const KEYS = 2 ** PAIRS;
const BLOCK_BYTES = 8;

/** A hash without its last step: the state behind some more bytes. */
type Step = (state: number, bytes: Uint8Array) => number;

const fnv1a: Step = (state, bytes) => {
  let hash = state;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
};

const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});
const crc32: Step = (state, bytes) => {
  let crc = state;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff];
  return crc | 0;
};

/** Blocks of four bytes. */
const murmur3: Step = (state, bytes) => {
  let hash = state;
  for (let at = 0; at < bytes.length; at += 4) {
    let word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    word = Math.imul(word, 0xcc9e2d51);
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash ^= word;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  return hash;
};

const hashes: Readonly<Record<string, readonly [step: Step, start: number]>> = {
  'FNV-1a': [fnv1a, 0x811c9dc5 | 0],
  MurmurHash3: [murmur3, 0],
  'CRC-32': [crc32, -1],
};

const LETTERS = Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_');

function block(random: Random): Buffer {
  return Buffer.from(Array.from({ length: BLOCK_BYTES }, () => LETTERS[random.below(LETTERS.length)]));
}

/** For each place in the key two blocks, either of which leads to the same state. */
function collidingPairs(random: Random, [step, start]: readonly [Step, number]): [Buffer, Buffer][] {
  let state = start;
  return Array.from({ length: PAIRS }, () => {
    const byState = new Map<number, Buffer>();
    for (;;) {
      const one = block(random);
      const next = step(state, one);
      const other = byState.get(next);
      byState.set(next, one);
      if (other === undefined || other.equals(one)) continue;
      state = next;
      return [one, other];
    }
  });
}

/** Writes the key that the bits of `index` choose into `key`. */
function writeKey(pairs: readonly [Buffer, Buffer][], index: number, key: Buffer): void {
  for (let at = 0; at < PAIRS; at++) pairs[at][(index >>> at) & 1].copy(key, at * BLOCK_BYTES);
}

interface Work {
  readonly mean: number;
  readonly most: number;
  readonly depth: number;
}

/** Fills a table with the keys and counts what finding each one costs. */
function work(write: (index: number, key: Buffer) => void): Work {
  const words = new Int32Array((PAIRS * BLOCK_BYTES) >> 2);
  const key = Buffer.from(words.buffer);
  const table = new HashTable(new SlabAllocator());
  const all = new Int32Array(KEYS);
  for (let i = 0; i < KEYS; i++) {
    write(i, key);
    all[i] = halfSipHash(words, 0, key.length, SEED[0], SEED[1]);
    table.insert(all[i], i + 1);
  }
  let sum = 0;
  let most = 0;
  let wanted = 0;
  const matcher = { matches: (address: number): boolean => address === wanted };
  for (let i = 0; i < KEYS; i++) {
    wanted = i + 1;
    const probes = table.probes(all[i], matcher);
    sum += probes;
    most = Math.max(most, probes);
  }
  return { mean: sum / KEYS, most, depth: table.directoryDepth };
}

t.test('a million colliding keys cost what random ones cost', async (t) => {
  const random = createRandom(seed);
  const randomKeys = work((_, key) => {
    for (let at = 0; at < 16; at += 4) key.writeInt32LE(random.below(2 ** 32) | 0, at);
  });
  t.comment(`random keys: ${randomKeys.mean.toFixed(3)} slots a key, at most ${randomKeys.most}`);
  for (const [name, hash] of Object.entries(hashes)) {
    const pairs = collidingPairs(random, hash);
    const key = Buffer.alloc(PAIRS * BLOCK_BYTES);
    const [step, start] = hash;
    const slots = new Set<number>();
    const results = new Set<number>();
    const view = new DataView(key.buffer, key.byteOffset, key.length);
    // Of all keys, not a sample: slots are linear in the pairs' differences, which now and then span half of them only.
    for (let i = 0; i < KEYS; i++) {
      writeKey(pairs, i, key);
      if (i % 61 === 0) results.add(step(start, key));
      slots.add(slotOf(view, 0, key.length));
    }
    t.equal(results.size, 1, `${name}: they do collide`);
    t.ok(slots.size > 8000, `in ${slots.size} slots`);
    const flooded = work((index, into) => writeKey(pairs, index, into));
    t.comment(`${name}: ${flooded.mean.toFixed(3)} slots a key, at most ${flooded.most}`);
    t.ok(flooded.mean < randomKeys.mean * 1.1, `${name}: ${flooded.mean.toFixed(3)} slots a key`);
    t.ok(flooded.most < randomKeys.most * 2.5, `at most ${flooded.most}`);
    t.ok(flooded.depth <= randomKeys.depth + 1, 'and the directory is no deeper');
  }
});

t.test('a hash that is broken grows segments, not the directory', async (t) => {
  const broken: Readonly<Record<string, (i: number) => number>> = {
    'only low bits': (i) => i & 0xfff,
    'only eight values': (i) => (i & 7) << 29,
    'all the same top half': (i) => 0x12340000 | (i & 0xffff),
  };
  for (const [name, hash] of Object.entries(broken)) {
    const table = new HashTable(new SlabAllocator());
    const empty = table.usedBytes;
    const count = 6000;
    for (let i = 0; i < count; i++) table.insert(hash(i), i + 1);
    t.ok(table.directoryDepth <= 10, `${name}: depth ${table.directoryDepth}`);
    t.ok(table.usedBytes < 100 * count, `${name}: ${table.usedBytes} bytes`);
    let wrong = 0;
    for (let i = 0; i < count; i++) {
      if (table.find(hash(i), { matches: (address) => address === i + 1 }) !== i + 1) wrong++;
    }
    t.equal(wrong, 0, 'and everything is found');
    for (let i = 0; i < count; i++) table.remove(hash(i), i + 1);
    t.equal(table.size, 0);
    t.ok(table.usedBytes <= empty + 1024, `${table.usedBytes} bytes when it is empty again`);
  }
});
