/** Grammars: arity, keys and options as they follow from declared arguments. */
import t from 'tap';
import {
  type Argument,
  block,
  compileGrammar,
  forEachKey,
  type Grammar,
  key,
  type OptionRules,
  oneof,
  token,
  value,
} from '../../src/commands/grammar.js';
import { Argv } from '../../src/protocol/argv.js';

function argvOf(line: string): Argv {
  const argv = new Argv();
  for (const word of line.split(' ')) argv.pushLarge(Buffer.from(word, 'latin1'));
  return argv;
}

const KEY = (): Argument => key('key', ['RW']);

t.test('arity and keys', async (t) => {
  const cases: [name: string, declared: Argument[], arity: number, keys: [number, number, number] | null][] =
    [
      ['nothing', [], 1, null],
      ['a value', [value('string', 'message')], 2, null],
      ['a value that may be missing', [value('string', 'message', { optional: true })], -1, null],
      ['a key', [KEY()], 2, [1, 1, 1]],
      ['a key and a value', [KEY(), value('string', 'value')], 3, [1, 1, 1]],
      ['a value before the key', [value('integer', 'n'), KEY()], 3, [2, 2, 1]],
      ['keys', [key('key', ['RO'], { multiple: true })], -2, [1, -1, 1]],
      [
        'keys with values',
        [block('pair', [key('key', ['OW']), value('string', 'value')], { multiple: true })],
        -3,
        [1, -1, 2],
      ],
      ['values that may be missing', [value('string', 'name', { optional: true, multiple: true })], -1, null],
      ['a key and options', [KEY(), token('NX', { optional: true })], -2, [1, 1, 1]],
      [
        'a key and one of several options',
        [KEY(), value('integer', 'n'), oneof('condition', [token('NX'), token('XX')], { optional: true })],
        -3,
        [1, 1, 1],
      ],
    ];
  for (const [name, declared, arity, keys] of cases) {
    const grammar = compileGrammar(declared, 1);
    t.equal(grammar.arity, arity, name);
    const found = grammar.keySpecs.map(({ first, last, step }) => [first, last, step]);
    t.same(found, keys === null ? [] : [keys], name);
  }
  const behindSubcommand = compileGrammar([KEY()], 2);
  t.equal(behindSubcommand.arity, 3);
  t.equal(behindSubcommand.keySpecs[0].first, 2);
});

t.test('every key argument has a key spec of its own', async (t) => {
  const declared = [key('to', ['OW']), key('from', ['RO'], { multiple: true })];
  const { keySpecs } = compileGrammar([value('string', 'operation'), ...declared], 1);
  t.same(keySpecs, [
    { first: 2, last: 2, step: 1, flags: ['OW'] },
    { first: 3, last: -1, step: 1, flags: ['RO'] },
  ]);
  const found: number[] = [];
  forEachKey(keySpecs, 6, (at) => found.push(at));
  t.same(found, [2, 3, 4, 5]);
});

t.test('what cannot be parsed is refused at start-up', async (t) => {
  t.throws(
    () => compileGrammar([value('string', 'a', { optional: true }), KEY()], 1),
    /a: optional, but not last/,
  );
});

/** Options in every shape: conditions, a word alone, values, an alias. */
function options(rules?: OptionRules) {
  const NX = token('NX');
  const XX = token('XX');
  const GET = token('GET', { optional: true });
  const EX = value('integer', 'seconds', { token: 'EX', aliases: ['EXP'] });
  const PX = value('integer', 'ms', { token: 'PX' });
  const KEEP = token('KEEPTTL');
  const grammar = compileGrammar(
    [
      KEY(),
      value('string', 'value'),
      oneof('condition', [NX, XX], { optional: true }),
      GET,
      oneof('expiration', [EX, PX, KEEP], { optional: true }),
    ],
    1,
    rules,
  );
  return { grammar, all: { NX, XX, GET, EX, PX, KEEP } };
}

/** Which options were found and where, or the error. */
function parse({ grammar, all }: { grammar: Grammar; all: Record<string, Argument> }, line: string) {
  const found = new Int32Array(64).fill(99);
  const error = grammar.parseOptions(argvOf(line), found);
  if (error !== null) return error;
  return Object.fromEntries(
    Object.entries(all)
      .map(([name, argument]): [string, number] => [name, found[argument.slot]])
      .filter(([, index]) => index !== 0),
  );
}

t.test('options in any order and case, where they stand', async (t) => {
  const set = options();
  t.equal(set.grammar.slots, 6);
  const cases: [line: string, expected: Record<string, number> | string][] = [
    ['SET k v', {}],
    ['SET k v NX', { NX: 3 }],
    ['SET k v xX gEt', { XX: 3, GET: 4 }],
    ['SET k v EX 10 NX', { EX: 4, NX: 5 }],
    ['SET k v ExP 10', { EX: 4 }],
    ['SET k v GET PX 5', { GET: 3, PX: 5 }],
    ['SET k v EX NX', { EX: 4 }],
    ['SET NX XX KEEPTTL', { KEEP: 3 }],
    ['SET k v NX XX', 'ERR syntax error'],
    ['SET k v EX 10 PX 10', 'ERR syntax error'],
    ['SET k v EX 10 KEEPTTL', 'ERR syntax error'],
    ['SET k v EX', 'ERR syntax error'],
    ['SET k v GETX', 'ERR syntax error'],
    ['SET k v E', 'ERR syntax error'],
    ['SET k v NX ', 'ERR syntax error'],
    ['SET k v w', 'ERR syntax error'],
  ];
  for (const [line, expected] of cases) t.same(parse(set, line), expected, line);
});

t.test('options with rules of their own', async (t) => {
  const set = options();
  const { NX, XX, GET } = set.all;
  const ruled = compileGrammar(
    [KEY(), value('string', 'v'), oneof('c', [NX, XX], { optional: true }), GET],
    1,
    {
      unknown: (word) => `ERR what is ${word}`,
      conflicts: [
        { one: NX, others: [XX], error: 'ERR one or the other' },
        { one: GET, others: [NX, XX], error: 'ERR get or set' },
      ],
    },
  );
  const parseRuled = (line: string) => parse({ grammar: ruled, all: { NX, XX, GET } }, line);
  t.same(parseRuled('SET k v GET'), { GET: 3 });
  t.equal(parseRuled('SET k v FOO'), 'ERR what is FOO');
  t.equal(parseRuled('SET k v XX NX'), 'ERR one or the other');
  t.equal(parseRuled('SET k v GET NX'), 'ERR get or set');
  t.equal(parseRuled('SET k v XX GET NX'), 'ERR one or the other', 'the first rule that is broken');
  t.equal(parseRuled('SET k v XX NX FOO'), 'ERR what is FOO', 'words before rules');
});

t.test('a grammar without options reads nothing', async (t) => {
  t.equal(compileGrammar([KEY()], 1).parseOptions(argvOf('GET k'), new Int32Array(0)), null);
});
