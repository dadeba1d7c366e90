/**
 * Keyspace: the Database door (hash table and slabs) beside a Map from strings to Buffers. Both are given keys of 16
 * bytes and values of 64 as byte ranges of a batch, as a shard gets them, and must copy what they keep; what the Map
 * needs for a key is a string.
 */
import { Database, NO_ENTRY } from '../../keyspace/database.js';
import { Argv } from '../../protocol/argv.js';
import type { Contest } from './contest.js';
import { shuffled, sink } from './numbers.js';

const KEY_BYTES = 16;
const VALUE_BYTES = 64;
const KEY = 1;
const VALUE = 2;

export const keyspace: Contest = {
  summary: 'hash table and slabs, by the Database door, beside a Map of strings',
  count: 1_000_000,
  item: 'key',
  weighedAfter: 'insert',
  contenders(count) {
    const order = shuffled(count);
    const batch = batchOfKeys(count);
    const argv = new Argv();
    argv.bytes = Buffer.from(batch.buffer);
    argv.words = batch;
    /** Sets up argv as for SET with the key of this number. */
    const point = (number: number) => {
      argv.reset();
      argv.push(0, 0);
      argv.push(number * KEY_BYTES, (number + 1) * KEY_BYTES);
      argv.push(count * KEY_BYTES, count * KEY_BYTES + VALUE_BYTES);
    };
    const inOrder = (work: () => void) => () => {
      for (let i = 0; i < count; i++) {
        point(order[i]);
        work();
      }
    };
    return {
      sherd: () => {
        const counters = { hits: 0, misses: 0, expired: 0 };
        const database = new Database({ nowMs: 1 }, counters, [0x12345678, 0x23456789]);
        const set = () => {
          const handle = database.lookupWrite(argv, KEY);
          if (handle === NO_ENTRY) database.insertString(argv, KEY, VALUE);
          else database.setString(handle, argv, VALUE);
        };
        return {
          insert: inOrder(set),
          get: inOrder(() => {
            const handle = database.lookupRead(argv, KEY);
            sink.value += database.stringSource(handle)[database.stringStart(handle)];
          }),
          overwrite: inOrder(set),
          delete: inOrder(() => database.delete(database.lookupWrite(argv, KEY))),
        };
      },
      Map: () => {
        const map = new Map<string, Buffer>();
        const set = () => {
          // A copy of its own, not a part of a pool.
          const value = Buffer.allocUnsafeSlow(VALUE_BYTES);
          argv.bytes.copy(value, 0, argv.start(VALUE), argv.end(VALUE));
          map.set(argv.latin1(KEY), value);
        };
        return {
          insert: inOrder(set),
          get: inOrder(() => {
            sink.value += map.get(argv.latin1(KEY))![0];
          }),
          overwrite: inOrder(set),
          delete: inOrder(() => map.delete(argv.latin1(KEY))),
        };
      },
    };
  },
};

/** `key:` and twelve digits each, and one value behind them all. */
function batchOfKeys(count: number): Int32Array {
  const words = new Int32Array((count * KEY_BYTES + VALUE_BYTES) >> 2);
  const bytes = Buffer.from(words.buffer);
  for (let i = 0; i < count; i++) bytes.write(`key:${String(i).padStart(12, '0')}`, i * KEY_BYTES, 'latin1');
  bytes.fill('x', count * KEY_BYTES);
  return words;
}
