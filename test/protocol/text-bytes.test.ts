/** Bytes as text and back: nothing is lost, whatever they are. */
import fc from 'fast-check';
import t from 'tap';
import { bytesOf, textOf } from '../../src/protocol/text-bytes.js';

t.test('any bytes come back', async () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const buffer = Buffer.from(bytes);
      return bytesOf(textOf(buffer)).equals(buffer);
    }),
  );
});

t.test('UTF-8 is what it says', async (t) => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => textOf(Buffer.from(text)) === text));
  t.equal(textOf(Buffer.from('größe 🙂')), 'größe 🙂');
});
