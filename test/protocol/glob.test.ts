/** Glob patterns against a model that is simple and slow, and against Redis's own KEYS and CONFIG GET. */
import fc from 'fast-check';
import t from 'tap';
import { matchesGlob } from '../../src/protocol/glob.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import { decode } from '../support/replies.js';
import { request, requests } from '../support/requests.js';

function matches(pattern: string, text: string): boolean {
  return matchesGlob(Buffer.from(pattern, 'latin1'), Buffer.from(text, 'latin1'));
}

/** Characters are compared as C compares its chars: from -128 to 127. */
const signed = (character: string): number => (character.charCodeAt(0) << 24) >> 24;

/** What an element that is no star takes: the rest of the pattern if it matches the character, else undefined. */
function behindElement(pattern: string, character: string): string | undefined {
  if (pattern[0] === '?') return pattern.slice(1);
  if (pattern[0] === '\\' && pattern.length > 1)
    return pattern[1] === character ? pattern.slice(2) : undefined;
  if (pattern[0] !== '[') return pattern[0] === character ? pattern.slice(1) : undefined;
  let rest = pattern.slice(1);
  const negated = rest[0] === '^';
  if (negated) rest = rest.slice(1);
  let matched = false;
  while (rest !== '' && rest[0] !== ']') {
    const range = rest[1] === '-' && rest.length > 2 && rest[0] !== '\\';
    const literal = rest[0] === '\\' && rest.length > 1 ? rest[1] : rest[0];
    if (range) {
      const [low, high] = [signed(rest[0]), signed(rest[2])].sort((a, b) => a - b);
      if (low <= signed(character) && signed(character) <= high) matched = true;
    } else if (literal === character) {
      matched = true;
    }
    rest = rest.slice(range ? 3 : rest[0] === '\\' && rest.length > 1 ? 2 : 1);
  }
  return matched === negated ? undefined : rest.slice(1);
}

function behindText(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*')
    return behindText(pattern.slice(1), text) || (text !== '' && behindText(pattern, text.slice(1)));
  if (text === '') return false;
  const rest = behindElement(pattern, text[0]);
  return rest !== undefined && behindText(rest, text.slice(1));
}

/** The empty text is matched by the empty pattern alone, since Redis looks at both while there is something of both. */
function model(pattern: string, text: string): boolean {
  return text === '' ? pattern === '' : behindText(pattern, text);
}

const pattern = fc.string({ unit: fc.constantFrom(...'abc*?[]^-\\\0\x7f\x80\xff'), maxLength: 10 });
const text = fc.string({ unit: fc.constantFrom(...'abc*[]-\\^\0\x7f\x80\xff'), maxLength: 8 });
/** Mostly classes, for what is odd about them. */
const classes = fc
  .array(fc.string({ unit: fc.constantFrom(...'ab^-]\\\x80\xff'), maxLength: 5 }), { maxLength: 3 })
  .map((bodies) => bodies.map((body) => `[${body}`).join(']'));

t.test('patterns that people use', async (t) => {
  const yes = [
    '*:maxclients',
    'max*:maxclients',
    '*c*:maxclients',
    'm?x*:maxclients',
    '[a-m]*:maxclients',
    ':',
    '**:x',
  ];
  const no = ['max:maxclients', '[^m]*:maxclients', 'MAX*:maxclients', '?:', '*:', '**:', 'a:b'];
  for (const [cases, expected] of [
    [yes, true],
    [no, false],
  ] as const) {
    for (const one of cases) {
      const [pattern, text] = one.split(':');
      t.equal(matches(pattern, text), expected, one);
    }
  }
});

t.test('a part of a buffer', async (t) => {
  const bytes = Buffer.from('xxabcxx');
  t.ok(matchesGlob(Buffer.from('a*c'), bytes, 2, 5));
  t.notOk(matchesGlob(Buffer.from('a*c'), bytes, 2, 6));
  t.notOk(matchesGlob(Buffer.from('*'), bytes, 2, 2));
});

t.test('any pattern and text: as the model has it', async () => {
  for (const patterns of [pattern, classes]) {
    fc.assert(
      fc.property(patterns, text, (pattern, text) => matches(pattern, text) === model(pattern, text)),
      { numRuns: 20_000 },
    );
  }
});

/** The bytes with their reads counted. */
function counted(bytes: Buffer, count: () => void): Buffer {
  return new Proxy(bytes, {
    get(target, property) {
      if (typeof property === 'string' && /^\d+$/.test(property)) count();
      return Reflect.get(target, property);
    },
  });
}

t.test('the work is at most the product of the lengths, whatever the pattern', async (t) => {
  for (const [pattern, text] of [
    [`${'a*'.repeat(50)}b`, 'a'.repeat(200)],
    [`${'*a'.repeat(50)}b`, 'a'.repeat(200)],
    [`${'*[ab]'.repeat(20)}c`, 'ab'.repeat(100)],
    [`*[${'b'.repeat(100)}`, 'a'.repeat(200)],
  ]) {
    let reads = 0;
    const bytes = counted(Buffer.from(pattern), () => reads++);
    t.notOk(matchesGlob(bytes, Buffer.from(text)));
    // An element is looked at a few times for each byte of the text that it is tried on.
    t.ok(reads <= 8 * pattern.length * text.length, `${pattern.slice(0, 20)}: ${reads} reads`);
  }
});

t.test('any pattern and text: as Redis has it', { skip: redisMissing() }, async (t) => {
  const redis = await startRedis(t);
  const client = await redis.connect();
  const texts = fc.sample(text, 300);
  const patterns = [...fc.sample(pattern, 1000), ...fc.sample(classes, 1000)].filter((one) => one !== '*');
  client.send(request('MSET', ...texts.flatMap((one) => [one, ''])));
  await client.reply();
  client.send(requests(patterns.map((one) => ['KEYS', one])));
  const unique = [...new Set(texts)].sort();
  for (const one of patterns) {
    const found = (decode(await client.reply()) as string[]).sort();
    const ours = unique.filter((candidate) => matches(one, candidate));
    if (JSON.stringify(found) !== JSON.stringify(ours)) t.same(ours, found, one);
  }
  t.pass(`${patterns.length} patterns on ${unique.length} texts`);
});

t.test('without regard to case: as CONFIG GET has it', { skip: redisMissing() }, async (t) => {
  const redis = await startRedis(t);
  const client = await redis.connect();
  const name = 'slave-read-only';
  const part = fc.constantFrom(
    ...[
      '*',
      '?',
      'S',
      's',
      'SLAVE',
      'slave-',
      '[A-Z]',
      '[Z-a]',
      '[a-Z]',
      '[^A-s]',
      '[_-Z]',
      '[\\S]',
      '-READ',
    ],
    ...['read-only', '\\S', '\\l', '[SlAv', '[\xff-s]', '[s-\xff]'],
  );
  const patterns = fc
    .sample(
      fc.array(part, { maxLength: 4 }).map((parts) => parts.join('')),
      3000,
    )
    .filter((one) => /[[*?]/.test(one));
  client.send(requests(patterns.map((one) => ['CONFIG', 'GET', one])));
  let matched = 0;
  for (const one of patterns) {
    const found = (decode(await client.reply()) as string[]).filter((_, i) => i % 2 === 0).includes(name);
    const ours = matchesGlob(Buffer.from(one, 'latin1'), Buffer.from(name), 0, name.length, true);
    if (ours) matched++;
    if (found !== ours) t.equal(ours, found, one);
  }
  t.ok(matched > 20, `${matched} of ${patterns.length} patterns match`);
});
