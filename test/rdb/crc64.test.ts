/** CRC-64: Redis's check vector, and that it does not matter in which pieces the bytes come. */
import fc from 'fast-check';
import t from 'tap';
import { Crc64 } from '../../src/rdb/crc64.js';

function hex({ high, low }: Crc64): string {
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** One bit at a time, with the polynomial as Jones gives it. */
function bitwise(bytes: Uint8Array): string {
  let crc = 0n;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const top = Boolean((crc >> 63n) & 1n) !== Boolean((byte >> bit) & 1);
      crc = BigInt.asUintN(64, crc << 1n) ^ (top ? 0xad93d23594c935a9n : 0n);
    }
  }
  const bits = [...crc.toString(2).padStart(64, '0')].reverse().join('');
  return BigInt(`0b${bits}`).toString(16).padStart(16, '0');
}

t.test("it is Redis's", async (t) => {
  const digits = Buffer.from('123456789');
  t.equal(hex(new Crc64().update(digits, 0, 9)), 'e9c6d914c4b8d9ca');
  t.equal(hex(new Crc64()), '0000000000000000');
  const bytes = Buffer.from(
    'This is a test of the emergency broadcast system. Please standby.And some more of no meaning',
  );
  t.equal(hex(new Crc64().update(bytes, 0, bytes.length)), bitwise(bytes));
});

t.test('it is that of the definition, in whatever pieces the bytes come', async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
  fc.assert(
    fc.property(pieces, fc.nat(9), (pieces, offset) => {
      const crc = new Crc64();
      for (const piece of pieces) {
        const within = Buffer.concat([Buffer.alloc(offset, 0xee), piece, Buffer.alloc(3, 0xee)]);
        crc.update(within, offset, offset + piece.length);
      }
      return hex(crc) === bitwise(Buffer.concat(pieces));
    }),
  );
});
