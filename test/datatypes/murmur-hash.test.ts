/** MurmurHash64A: what its definition gives, computed with bigints. */
import fc from 'fast-check';
import t from 'tap';
import { MurmurHash } from '../../src/datatypes/murmur-hash.js';

const M = 0xc6a4a7935bd1e995n;
const SEED = 0xadc83b19n;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const mixed = (value: bigint): bigint => {
  const product = u64(value * M);
  return u64((product ^ (product >> 47n)) * M);
};

function defined(bytes: Buffer): bigint {
  let hash = SEED ^ u64(BigInt(bytes.length) * M);
  const whole = bytes.length & ~7;
  for (let i = 0; i < whole; i += 8) hash = u64((hash ^ mixed(bytes.readBigUInt64LE(i))) * M);
  if (whole < bytes.length) {
    const last = Buffer.alloc(8);
    bytes.copy(last, 0, whole);
    hash = u64((hash ^ last.readBigUInt64LE(0)) * M);
  }
  hash = u64((hash ^ (hash >> 47n)) * M);
  return hash ^ (hash >> 47n);
}

t.test('it is the hash of its definition, wherever the bytes lie', async () => {
  const murmur = new MurmurHash();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(7), (bytes, offset) => {
      const within = Buffer.concat([Buffer.alloc(offset, 0xee), bytes, Buffer.alloc(8, 0xee)]);
      murmur.hash(within, offset, offset + bytes.length);
      const found = (BigInt(murmur.high >>> 0) << 32n) | BigInt(murmur.low >>> 0);
      return found === defined(Buffer.from(bytes));
    }),
    { numRuns: 2000 },
  );
});
