/** COMMAND DOCS, LIST, GETKEYS, GETKEYSANDFLAGS: what they say of every command that both have is what Redis says. */
import t from 'tap';
import { CommandTable } from '../../src/commands/table.js';
import { InProcessServer } from '../support/in-process-server.js';
import { createRandom, runSeed } from '../support/random.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import { decode, type Reply } from '../support/replies.js';
import type { Word } from '../support/requests.js';

/** Commands that Redis 7.0.15 does not have, or does not tell of. */
const NOT_IN_REDIS = new Set(['client|setinfo']);

const server = new InProcessServer({ shards: 1, random: createRandom(1) });
const client = server.client();

function raw(...words: Word[]): Buffer {
  client.send(...words);
  server.settle();
  return client.replies.shift()!;
}

const commands = new CommandTable().commands.filter(({ declaration }) => !declaration.hidden);
const compared = commands
  .flatMap((one) => [one, ...one.shownSubcommands])
  .filter(({ fullName }) => !NOT_IN_REDIS.has(fullName));

t.test('DOCS of every command, byte for byte', { skip: redisMissing() }, async (t) => {
  const redis = await (await startRedis(t)).connect();
  for (const resp of [2, 3] as const) {
    await redis.call('HELLO', resp);
    client.resp = resp;
    for (const { fullName, shownSubcommands } of compared) {
      const theirs = await redis.raw('COMMAND', 'DOCS', fullName);
      const ours = raw('COMMAND', 'DOCS', fullName);
      // Subcommands come in any order, and some are missing; each is compared by itself.
      if (shownSubcommands.length === 0 && !ours.equals(theirs)) {
        t.same(decode(ours), decode(theirs), `${fullName}, RESP${resp}`);
        t.equal(ours.toString('latin1'), theirs.toString('latin1'), `${fullName}, RESP${resp}: its bytes`);
      }
      if (shownSubcommands.length > 0) {
        t.same(own(decode(ours)), own(decode(theirs)), `${fullName} itself, RESP${resp}`);
      }
    }
    t.pass(`${compared.length} commands, RESP${resp}`);
  }
});

t.test('DOCS of several, of none, of all', async (t) => {
  client.resp = 2;
  const docs = (...names: string[]): Reply[] =>
    pairs(decode(raw('COMMAND', 'DOCS', ...names))).map(([name]) => name);
  t.same(docs('get', 'nonsense', 'GET', 'client|id', 'post'), ['get', 'get', 'client|id']);
  t.same(docs('nonsense'), []);
  t.same(docs().sort(), commands.map(({ fullName }) => fullName).sort());
});

t.test('LIST and its filters', { skip: redisMissing() }, async (t) => {
  const redis = await (await startRedis(t)).connect();
  client.resp = 2;
  const here = new Set(compared.map(({ fullName }) => fullName));
  for (const words of [
    [],
    ['x'],
    ['FILTERBY'],
    ['FILTERBY', 'MODULE'],
    ['FILTERBY', 'MODULE', 'x'],
    ['FILTERBY', 'nonsense', 'x'],
    ['filterby', 'aclcat', 'KEYSPACE'],
    ['FILTERBY', 'ACLCAT', 'admin'],
    ['FILTERBY', 'ACLCAT', 'fast'],
    ['FILTERBY', 'ACLCAT', 'nonsense'],
    ['FILTERBY', 'ACLCAT', ''],
    ['FILTERBY', 'PATTERN', '*'],
    ['FILTERBY', 'PATTERN', '*EXP*'],
    ['FILTERBY', 'PATTERN', 'client|[i-l]*'],
    ['FILTERBY', 'PATTERN', 'x', 'y'],
    ['FILTERBY', 'PATTERN', 'x', 'FILTERBY', 'PATTERN', 'y'],
  ]) {
    const [theirs, ours] = [await redis.raw('COMMAND', 'LIST', ...words), raw('COMMAND', 'LIST', ...words)];
    if (theirs[0] === 0x2d) {
      t.equal(ours.toString(), theirs.toString(), words.join(' '));
      continue;
    }
    const common = (decode(theirs) as string[]).filter((name) => here.has(name));
    const listed = (decode(ours) as string[]).filter((name) => !NOT_IN_REDIS.has(name));
    t.same(listed.sort(), common.sort(), words.join(' '));
  }
});

t.test('GETKEYS and GETKEYSANDFLAGS of random command lines', { skip: redisMissing() }, async (t) => {
  const redis = await (await startRedis(t)).connect();
  const random = createRandom(runSeed());
  t.comment(`SEED=${random.seed}`);
  const words = ['a', 'b', 'GET', 'get', '1', '2', '', '\0\xff', 'EX', 'x'.repeat(70_000)];
  let differences = 0;
  for (const resp of [2, 3] as const) {
    await redis.call('HELLO', resp);
    client.resp = resp;
    for (const { arity, declaration, fullName, grammar } of compared) {
      if (declaration.subcommands !== undefined) continue;
      for (let i = 0; i < (grammar.keySpecs.length > 0 ? 40 : 3); i++) {
        const length = Math.max(0, Math.abs(arity) - 1 + random.below(6) - 2);
        const line = [...fullName.split('|'), ...Array.from({ length }, () => random.pick(words))];
        const sub = random.pick(['GETKEYS', 'GETKEYSANDFLAGS']);
        const theirs = await redis.raw('COMMAND', sub, ...line);
        const ours = raw('COMMAND', sub, ...line);
        if (ours.equals(theirs) || ++differences > 5) continue;
        t.equal(
          ours.toString('latin1', 0, 300),
          theirs.toString('latin1', 0, 300),
          `${sub} ${line.join(' ').slice(0, 100)}`,
        );
      }
    }
  }
  t.equal(differences, 0);
  for (const line of [
    ['nonsense', 'a'],
    ['GET'],
    ['client', 'nonsense'],
    ['post', 'a'],
    ['object', 'x', 'y'],
  ]) {
    t.equal(
      raw('COMMAND', 'GETKEYS', ...line).toString(),
      (await redis.raw('COMMAND', 'GETKEYS', ...line)).toString(),
      line.join(' '),
    );
  }
});

/** A container's documentation without its subcommands, which come last. */
function own(docs: Reply): Reply {
  const [entry] = pairs(docs);
  return [entry[0], pairs(entry[1]).slice(0, -1)];
}

/** A map's pairs, which RESP2 gives one behind the other. */
function pairs(map: Reply): [Reply, Reply][] {
  const elements = map as Reply[];
  if (Array.isArray(elements[0])) return elements as [Reply, Reply][];
  return Array.from({ length: elements.length / 2 }, (_, i) => [elements[2 * i], elements[2 * i + 1]]);
}
