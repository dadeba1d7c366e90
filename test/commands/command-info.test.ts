/** COMMAND: what it says of every command is what Redis says of it. */
import t from 'tap';
import type { Command } from '../../src/commands/command.js';
import { CommandTable } from '../../src/commands/table.js';
import { InProcessServer } from '../support/in-process-server.js';
import { createRandom } from '../support/random.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import { decode, type Reply } from '../support/replies.js';
import type { Word } from '../support/requests.js';

/** Commands that Redis 7.0.15 does not have. */
const NOT_IN_REDIS = new Set(['client|setinfo']);

const shown = new CommandTable().commands.filter(({ declaration }) => !declaration.hidden);

const server = new InProcessServer({ shards: 1, random: createRandom(1) });
const client = server.client();

function raw(...words: Word[]): Buffer {
  client.send(...words);
  server.settle();
  return client.replies.shift()!;
}

/** Index of the subcommands in an entry. */
const SUBCOMMANDS = 9;
/** Lists whose order says nothing: flags, categories, tips. */
const SETS = [2, 6, 7];

/** An entry without its subcommands, with its sets in order. */
function comparable(entry: Reply): Reply {
  if (!Array.isArray(entry)) return entry;
  return entry
    .slice(0, SUBCOMMANDS)
    .map((field, i) => (SETS.includes(i) ? [...(field as string[])].sort() : sortedFlags(field)));
}

/** Key specs with their flags in order. */
function sortedFlags(field: Reply): Reply {
  if (!Array.isArray(field)) return field;
  const isFlagsPair = field[0] === 'flags' && Array.isArray(field[1]);
  if (isFlagsPair) return ['flags', [...(field[1] as string[])].sort()];
  // RESP2 has no pairs: the list of flags stands behind the word.
  return field.map((element, i) =>
    field[i - 1] === 'flags' && Array.isArray(element)
      ? [...(element as string[])].sort()
      : sortedFlags(element),
  );
}

/** How often each type of RESP occurs, which tells sets and statuses from arrays and bulks. */
function types(bytes: Buffer): Record<string, number> {
  const count: Record<string, number> = {};
  for (const line of bytes.toString('latin1').split('\r\n')) {
    if (/^[*~%]\d/.test(line) || /^[+$:]/.test(line)) count[line[0]] = (count[line[0]] ?? 0) + 1;
  }
  return count;
}

t.test('every command we have is what Redis has by that name', { skip: redisMissing() }, async (t) => {
  const redis = await (await startRedis(t)).connect();
  for (const resp of [2, 3] as const) {
    await redis.call('HELLO', resp);
    client.resp = resp;
    const commands: Command[] = shown.flatMap((one) => [one, ...one.shownSubcommands]);
    for (const { fullName, shownSubcommands } of commands) {
      if (NOT_IN_REDIS.has(fullName)) continue;
      const theirs = await redis.raw('COMMAND', 'INFO', fullName);
      const ours = raw('COMMAND', 'INFO', fullName);
      const [theirEntry] = decode(theirs) as Reply[];
      const [ourEntry] = decode(ours) as Reply[];
      t.same(comparable(ourEntry), comparable(theirEntry), `${fullName}, RESP${resp}`);
      if (shownSubcommands.length === 0)
        t.same(types(ours), types(theirs), `${fullName}, RESP${resp}: the same types`);
      const ofContainer = (entry: Reply): Reply[] => (entry as Reply[])[SUBCOMMANDS] as Reply[];
      for (const sub of ofContainer(ourEntry) as Reply[][]) {
        if (NOT_IN_REDIS.has(String(sub[0]))) continue;
        const their = ofContainer(theirEntry).find((one) => (one as Reply[])[0] === sub[0]);
        t.same(comparable(sub), comparable(their ?? null), `${sub[0]} within ${fullName}, RESP${resp}`);
      }
    }
  }
});

t.test('COMMAND tells all, COMMAND COUNT their number, and neither those that are hidden', async (t) => {
  client.resp = 2;
  const all = decode(raw('COMMAND')) as Reply[][];
  t.same(all.map(([name]) => name).sort(), shown.map(({ fullName }) => fullName).sort());
  t.equal(decode(raw('COMMAND', 'COUNT')), all.length);
  t.same(decode(raw('COMMAND', 'INFO')), all);
  t.same(decode(raw('COMMAND', 'INFO', 'get', 'nonsense', 'GET', 'client|nonsense')), [
    all.find(([name]) => name === 'get'),
    null,
    all.find(([name]) => name === 'get'),
    null,
  ]);
  t.same(decode(raw('COMMAND', 'INFO', 'post', 'host:')), [null, null], 'as for Redis');
});
