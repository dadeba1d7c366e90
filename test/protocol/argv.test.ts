/** Argv: arguments as byte ranges, large ones in buffers of their own. */
import fc from 'fast-check';
import t from 'tap';
import { Argv, equalsIgnoringCase } from '../../src/protocol/argv.js';

/** Small arguments lie one behind the other in a buffer, `base` bytes further than they say. */
function argvOf(words: readonly { bytes: Uint8Array; large: boolean }[], base: number): Argv {
  const argv = new Argv();
  argv.reset();
  const inline = words.filter(({ large }) => !large).map(({ bytes }) => bytes);
  argv.setBytes(Buffer.concat([Buffer.alloc(base), ...inline]));
  argv.base = base;
  let at = 0;
  for (const { bytes, large } of words) {
    if (large) argv.pushLarge(Buffer.from(bytes));
    else argv.push(at, at + bytes.length);
    if (!large) at += bytes.length;
  }
  return argv;
}

const words = fc.array(fc.record({ bytes: fc.uint8Array({ maxLength: 8 }), large: fc.boolean() }), {
  maxLength: 40,
});

t.test('arguments are what was pushed, and a copy is the same', async () => {
  fc.assert(
    fc.property(words, fc.nat({ max: 10 }), (pushed, base) => {
      const argv = argvOf(pushed, base);
      const expected = pushed.map(({ bytes }) => Buffer.from(bytes).toString('latin1'));
      return [argv, argv.copy()].every(
        (one) =>
          one.count === pushed.length &&
          expected.every(
            (text, i) =>
              one.latin1(i) === text &&
              one.latin1(i, 3) === text.slice(0, 3) &&
              one.length(i) === text.length &&
              one.source(i).toString('latin1', one.start(i), one.end(i)) === text,
          ),
      );
    }),
  );
});

t.test('large ones are told from the others', async (t) => {
  const argv = argvOf(
    [
      { bytes: Buffer.from('a'), large: false },
      { bytes: Buffer.from('b'), large: true },
    ],
    0,
  );
  t.equal(argv.largeValue(0), undefined);
  t.same(argv.largeValue(1), Buffer.from('b'));
  argv.reset();
  t.equal(argv.count, 0);
  argv.push(0, 0);
  t.equal(argv.largeValue(0), undefined);
});

t.test('a copy does not change with the original', async (t) => {
  const argv = argvOf([{ bytes: Buffer.from('abc'), large: false }], 2);
  const copy = argv.copy();
  argv.bytes.fill(0);
  argv.reset();
  t.equal(copy.latin1(0), 'abc');
});

t.test('more than a thousand arguments, and few again', async (t) => {
  const argv = new Argv();
  argv.setBytes(Buffer.from('xyz'));
  for (let i = 0; i < 5000; i++) argv.push(i % 3, (i % 3) + 1);
  t.equal(argv.count, 5000);
  t.equal(argv.latin1(4999), 'y');
  argv.reset();
  argv.push(0, 3);
  t.equal(argv.latin1(0), 'xyz');
});

t.test('words in any case', async (t) => {
  const bytes = Buffer.from('xGeT-{@[`x');
  t.ok(equalsIgnoringCase(bytes, 1, 4, 'get'));
  t.notOk(equalsIgnoringCase(bytes, 1, 5, 'get'));
  t.notOk(equalsIgnoringCase(bytes, 1, 3, 'get'));
  t.ok(equalsIgnoringCase(bytes, 5, 9, '{@[`'), 'only letters have a case');
  t.notOk(equalsIgnoringCase(Buffer.from('@'), 0, 1, '`'));
  t.notOk(equalsIgnoringCase(Buffer.from('['), 0, 1, '{'));
});
