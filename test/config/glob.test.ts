/** Glob patterns against a model that is simple and slow, and against Redis's own KEYS. */
import fc from 'fast-check';
import t from 'tap';
import { matchesGlob } from '../../src/config/glob.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import { decode } from '../support/replies.js';
import { request, requests } from '../support/requests.js';

function matches(pattern: string, text: string): boolean {
  return matchesGlob(Buffer.from(pattern, 'latin1'), Buffer.from(text, 'latin1'));
}

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
    const range = rest[0] !== '\\' && rest[1] === '-' && rest.length > 2;
    const literal = rest[0] === '\\' && rest.length > 1 ? rest[1] : rest[0];
    if (range) {
      const [low, high] = [rest[0], rest[2]].sort();
      if (low <= character && character <= high) matched = true;
    } else if (literal === character) {
      matched = true;
    }
    rest = rest.slice(range ? 3 : rest[0] === '\\' && rest.length > 1 ? 2 : 1);
  }
  return matched === negated ? undefined : rest.slice(1);
}

function model(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*')
    return model(pattern.slice(1), text) || (text !== '' && model(pattern, text.slice(1)));
  if (text === '') return false;
  const rest = behindElement(pattern, text[0]);
  return rest !== undefined && model(rest, text.slice(1));
}

const pattern = fc.string({ unit: fc.constantFrom(...'abc*?[]^-\\'), maxLength: 10 });
const text = fc.string({ unit: fc.constantFrom(...'abc*[]-\\^'), maxLength: 8 });

t.test('patterns that people use', async (t) => {
  const yes = [
    '*:maxclients',
    'max*:maxclients',
    '*c*:maxclients',
    'm?x*:maxclients',
    '[a-m]*:maxclients',
    ':',
    '**:',
  ];
  const no = ['max:maxclients', '[^m]*:maxclients', 'MAX*:maxclients', '?:', 'a:b'];
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

t.test('any pattern and text: as the model has it', async () => {
  fc.assert(
    fc.property(pattern, text, (pattern, text) => matches(pattern, text) === model(pattern, text)),
    { numRuns: 20_000 },
  );
});

t.test('many stars take no exponential time', async (t) => {
  t.notOk(matches(`${'a*'.repeat(1000)}b`, 'a'.repeat(5000)));
});

t.test('any pattern and text: as Redis has it', { skip: redisMissing() }, async (t) => {
  const redis = await startRedis(t);
  const client = await redis.connect();
  // Redis holds that no pattern with a star matches the empty text; nothing here has an empty name.
  const texts = fc.sample(text, 300).filter((one) => one !== '');
  const patterns = fc.sample(pattern, 1000);
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
