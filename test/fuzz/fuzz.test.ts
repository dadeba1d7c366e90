/**
 * The fuzzer: a short run over all commands, SEED=n repeats it; and that it finds, and shrinks, what is planted.
 * `npm run fuzz` runs for longer.
 */
import t from 'tap';
import { CommandTable } from '../../src/commands/table.js';
import { redisServer, sherd, type UnitServer } from '../conformance/servers.js';
import { runSeed } from '../support/random.js';
import { redisMissing } from '../support/redis-server.js';
import { MAIN } from '../support/sherd-server.js';
import { Episode } from './episode.js';
import { type FuzzOptions, fuzz } from './fuzzer.js';
import { reportOf } from './report.js';

const COMMANDS = 12_000;
const EPISODE_COMMANDS = 2000;

const { commands } = new CommandTable();
const options = {
  commands,
  seed: runSeed(),
  redis: redisServer(),
  sherd: sherd(MAIN, 3),
  commandsMax: COMMANDS,
  episodeCommands: EPISODE_COMMANDS,
} satisfies FuzzOptions;

t.test('random commands get the same replies', { skip: redisMissing() }, async (t) => {
  t.comment(`SEED=${options.seed}`);
  const { coverage, found } = await fuzz(options);
  t.notOk(found, found === undefined ? 'nothing differs' : reportOf(found).join('\n'));
  t.same(coverage.onlyErrors, [], 'commands that had calls enough got more than errors');
});

t.test('a fault is found, and shrunk to what shows it', { skip: redisMissing() }, async (t) => {
  const { found } = await fuzz({
    ...options,
    // PERSIST that says it had nothing to do.
    alter: ([name], reply) =>
      name.toLowerCase() === 'persist' && reply.equals(Buffer.from(':1\r\n')) ? Buffer.from(':0\r\n') : reply,
  });
  t.ok(found, 'found');
  const { lines, difference } = found!.shrunk!;
  const names = lines.map(({ words }) => words[0].toLowerCase());
  t.equal(names.at(-1), 'persist');
  t.ok(lines.length <= 3, `${lines.length} commands are left of ${found!.history.length}`);
  t.same([difference.redis, difference.sherd], [':1\r\n', ':0\r\n']);
  const report = reportOf(found!).join('\n');
  t.match(report, `seed ${found!.seed}`);
  t.match(report, 'Redis: ":1\\r\\n"');
});

t.test(
  'a state that differs is found, whatever the commands replied',
  { skip: redisMissing() },
  async (t) => {
    // Nothing but the comparison of states asks for the encoding of the key with this name.
    const { found } = await fuzz({
      ...options,
      alter: ([name, sub, key], reply) =>
        name === 'OBJECT' &&
        sub === 'ENCODING' &&
        key === 'string:2' &&
        reply.equals(Buffer.from('$3\r\nint\r\n'))
          ? Buffer.from('$3\r\nraw\r\n')
          : reply,
    });
    const lines = found!.shrunk!.lines;
    t.ok(lines.length <= 3, `${lines.length} commands are left`);
    t.same(lines.at(-1)!.words, ['OBJECT', 'ENCODING', 'string:2']);
  },
);

t.test(
  'a server that ends is a difference, and is started again to shrink it',
  { skip: redisMissing() },
  async (t) => {
    let running: UnitServer | undefined;
    let starts = 0;
    const { found } = await fuzz({
      ...options,
      sherd: async () => {
        starts++;
        running = await options.sherd();
        return running;
      },
      alter: ([name], reply) => {
        if (name.toLowerCase() === 'mget' && starts === 1) running?.stop();
        return reply;
      },
    });
    t.match(found!.difference.sherd, /^no reply/);
    t.ok(starts > 1, `started ${starts} times`);
  },
);

t.test('the same seed gives the same commands', async (t) => {
  const burst = () => {
    const episode = new Episode(options.seed, commands, { commandNames: ['get'], payloads: [] }, {});
    return Array.from({ length: 50 }, () => episode.next());
  };
  t.same(burst(), burst());
});
