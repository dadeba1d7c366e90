/** CONFIG GET and SET of every parameter that Redis has too: the same default, checks and texts. */
import t from 'tap';
import type { Parameter } from '../../src/config/parameter.js';
import { allParameters, parameterNames } from '../../src/config/parameters.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import { decode } from '../support/replies.js';
import { startSherd } from '../support/sherd-server.js';

/** Sherd's own. */
const OWN = new Set(['shards']);
/** What both are told where they listen, and what Sherd limits otherwise or lets change otherwise. */
const OTHERWISE = new Set([
  ...['port', 'bind', 'dir', 'logfile', 'maxclients', 'proto-max-bulk-len'],
  // Redis has two words for one of its values.
  'oom-score-adj',
]);

const VALUES = [
  ...[
    '',
    'x',
    'yes',
    'NO',
    '0',
    '1',
    '-1',
    '-2',
    '-3',
    '7',
    '01',
    '+1',
    ' 1',
    '1.5',
    '1kb',
    '1Mb',
    'k',
    '100%',
  ],
  ...['2147483647', '2147483648', '-2147483649', '9007199254740993', '9223372036854775807'],
  ...['9223372036854775808', '18446744073709551615', '99999999999999999999', '99999999999999999999gb'],
];

const comparable = allParameters.filter(({ name }) => !OWN.has(name) && !OTHERWISE.has(name));

/** Values beyond the generic ones; those that Sherd refuses on purpose are not compared. */
function valuesOf(parameter: Parameter): readonly string[] {
  const all = parameter.type === 'enum' ? [...VALUES, ...parameter.values] : VALUES;
  if (!('refuse' in parameter) || parameter.refuse === undefined) return all;
  return parameter.type === 'string' || parameter.type === 'list'
    ? ['']
    : all.filter((value) => !/^(\+?0*[1-9]|yes|k)/i.test(value));
}

t.test('every parameter of Redis is as Redis has it', { skip: redisMissing() }, async (t) => {
  const redis = await (await startRedis(t)).connect();
  const sherd = await (await startSherd(t, { args: ['--shards', '1'] })).connect();
  const names = [...parameterNames].filter(([, parameter]) => comparable.includes(parameter));
  for (const [name, parameter] of names) {
    const both = async (...words: string[]): Promise<[theirs: string, ours: string]> => [
      (await redis.raw(...words)).toString('latin1'),
      (await sherd.raw(...words)).toString('latin1'),
    ];
    const [theirs, ours] = await both('CONFIG', 'GET', name);
    t.equal(ours, theirs, `${name}: default`);
    const differences: unknown[] = [];
    for (const value of valuesOf(parameter)) {
      const [theirReply, ourReply] = await both('CONFIG', 'SET', name, value);
      const [theirValue, ourValue] = await both('CONFIG', 'GET', name);
      if (theirReply !== ourReply || theirValue !== ourValue) {
        differences.push({ value, theirReply, ourReply, theirValue, ourValue });
      }
    }
    t.same(differences, [], `${name}: what it can be set to`);
  }
  const patterns = ['hash-max-*', '*ziplist*', 'LIST-max-LISTPACK-size', 'lua-*', '*-slaves-*'];
  for (const pattern of patterns) {
    const sorted = (reply: unknown): unknown[] => [...(reply as unknown[])].sort();
    const theirs = sorted(decode(await redis.raw('CONFIG', 'GET', pattern)));
    t.same(sorted(decode(await sherd.raw('CONFIG', 'GET', pattern))), theirs, pattern);
  }
});

t.test('values that are not ASCII come back as they were', { skip: redisMissing() }, async (t) => {
  const redis = await (await startRedis(t)).connect();
  const sherd = await (await startSherd(t, { args: ['--shards', '2'] })).connect();
  const words = ['proc-title-template', 'gr\u00f6\u00dfe {title} \u{1f642}'];
  const values = [Buffer.from(words[1]), Buffer.from('caf\xe9 {title} \x80\xff', 'latin1')];
  for (const value of values) {
    for (const command of [
      ['CONFIG', 'SET', words[0], value],
      ['CONFIG', 'GET', words[0]],
    ]) {
      const [theirs, ours] = [await redis.raw(...command), await sherd.raw(...command)];
      t.equal(ours.toString('latin1'), theirs.toString('latin1'));
    }
  }
});
