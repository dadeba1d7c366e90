/** Rope: pieces in, one buffer out, every byte copied at most twice. */
import fc from 'fast-check';
import t from 'tap';
import { copyBytes } from '../../src/protocol/copy-bytes.js';
import { Rope } from '../../src/protocol/rope.js';

const sizes = fc.array(
  fc.oneof(fc.nat({ max: 20 }), fc.constantFrom(511, 512, 513, 4095, 4096, 4097, 65535, 65536, 65537)),
  { maxLength: 40 },
);

t.test('pieces of any size come out in order', async () => {
  fc.assert(
    fc.property(sizes, (lengths) => {
      const rope = new Rope();
      let next = 0;
      const pieces = lengths.map((length) => Buffer.from(Array.from({ length }, () => next++ & 0xff)));
      for (const piece of pieces)
        rope.append(Buffer.concat([Buffer.alloc(3), piece, Buffer.alloc(3)]), 3, 3 + piece.length);
      const whole = Buffer.concat(pieces);
      if (rope.length !== whole.length) return false;
      const flat = rope.flatten();
      return (
        flat.equals(whole) && rope.bytesCopied <= 2 * whole.length && flat.buffer.byteLength === flat.length
      );
    }),
  );
});

t.test('short and long ranges are copied alike', async () => {
  fc.assert(
    fc.property(fc.nat({ max: 200 }), fc.nat({ max: 200 }), fc.nat({ max: 10 }), (a, b, at) => {
      const [start, end] = a < b ? [a, b] : [b, a];
      const source = Buffer.from(Array.from({ length: 200 }, (_, i) => i));
      const target = Buffer.alloc(220);
      const copied = copyBytes(source, start, end, target, at);
      const expected = Buffer.alloc(220);
      source.copy(expected, at, start, end);
      return copied === Math.min(end, 200) - start && target.equals(expected);
    }),
  );
});
