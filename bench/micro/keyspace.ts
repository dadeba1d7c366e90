/**
 * Keyspace: the Database door (hash table and slabs) beside a Map from strings to Buffers. Both are given keys of 16
 * bytes and values of 64 as byte ranges of a batch, as a shard gets them, and must copy what they keep; what the Map
 * needs for a key is a string. `ahead` is the door with the keys of the next commands looked ahead at, as a shard does
 * it; keys come in an order that caches can't foresee.
 */
import { Database, NO_ENTRY } from '../../keyspace/database.js';
import { KeyRanges, LOOK_AHEAD_MAX } from '../../keyspace/look-ahead.js';
import { Argv } from '../../protocol/argv.js';
import type { Contest } from './contest.js';
import { shuffled, sink } from './numbers.js';

const KEY_BYTES = 16;
const VALUE_BYTES = 64;
const KEY = 1;
const VALUE = 2;

/** Of the round that runs, unless it is the Map's. */
let database: Database | null = null;

export const keyspace: Contest = {
  summary: 'hash table and slabs, by the Database door, beside a Map of strings',
  count: 1_000_000,
  item: 'key',
  weighedAfter: 'insert',
  sharedBytes: () => database?.reservedBytes ?? 0,
  contenders(count) {
    const inserted = batchOfKeys(count, 1);
    const asked = batchOfKeys(count, 2);
    const argv = new Argv();
    /** Does `work` with argv as for SET with each key of the batch, `prepare` before each of those looked ahead at. */
    const each = (batch: Int32Array, work: () => void, prepare?: (first: number) => void) => () => {
      argv.setBytes(Buffer.from(batch.buffer));
      argv.words = batch;
      for (let i = 0; i < count; i++) {
        if (prepare !== undefined && i % LOOK_AHEAD_MAX === 0) prepare(i);
        argv.reset();
        argv.push(0, 0);
        argv.push(i * KEY_BYTES, (i + 1) * KEY_BYTES);
        argv.push(count * KEY_BYTES, count * KEY_BYTES + VALUE_BYTES);
        work();
      }
    };
    const door = (looksAhead: boolean) => {
      const counters = { hits: 0, misses: 0, expired: 0 };
      const opened = new Database({ nowMs: 1 }, counters, [0x12345678, 0x23456789]);
      database = opened;
      const keys = new KeyRanges();
      keys.lengths.fill(KEY_BYTES);
      const lookAhead = (batch: Int32Array) => (first: number) => {
        keys.count = Math.min(LOOK_AHEAD_MAX, count - first);
        for (let i = 0; i < keys.count; i++) keys.starts[i] = ((first + i) * KEY_BYTES) >> 2;
        opened.lookAhead(batch, keys);
      };
      const eachOf = (batch: Int32Array, work: () => void) =>
        each(batch, work, looksAhead ? lookAhead(batch) : undefined);
      const set = () => {
        const handle = opened.lookupWrite(argv, KEY);
        if (handle === NO_ENTRY) opened.insertString(argv, KEY, VALUE);
        else opened.setString(handle, argv, VALUE);
      };
      return {
        insert: eachOf(inserted, set),
        get: eachOf(asked, () => {
          const handle = opened.lookupRead(argv, KEY);
          sink.value += opened.stringSource(handle)[opened.stringStart(handle)];
        }),
        overwrite: eachOf(inserted, set),
        delete: eachOf(asked, () => opened.delete(opened.lookupWrite(argv, KEY))),
      };
    };
    return {
      sherd: () => door(false),
      ahead: () => door(true),
      Map: () => {
        database = null;
        const map = new Map<string, Buffer>();
        const set = () => {
          // A copy of its own, not a part of a pool.
          const value = Buffer.allocUnsafeSlow(VALUE_BYTES);
          argv.bytes.copy(value, 0, argv.start(VALUE), argv.end(VALUE));
          map.set(argv.latin1(KEY), value);
        };
        return {
          insert: each(inserted, set),
          get: each(asked, () => {
            sink.value += map.get(argv.latin1(KEY))![0];
          }),
          overwrite: each(inserted, set),
          delete: each(asked, () => map.delete(argv.latin1(KEY))),
        };
      },
    };
  },
};

/** `key:` and twelve digits each, the numbers below `count` in a random order, and one value behind them all. */
function batchOfKeys(count: number, seed: number): Int32Array {
  const words = new Int32Array((count * KEY_BYTES + VALUE_BYTES) >> 2);
  const bytes = Buffer.from(words.buffer);
  shuffled(count, seed).forEach((number, i) => {
    bytes.write(`key:${String(number).padStart(12, '0')}`, i * KEY_BYTES, 'latin1');
  });
  bytes.fill('x', count * KEY_BYTES);
  return words;
}
