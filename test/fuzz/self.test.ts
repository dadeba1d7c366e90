/** redis-server beside itself, with all of its commands: what differs then is the fuzzer's own fault. */
import t from 'tap';
import { redisServer } from '../conformance/servers.js';
import { runSeed } from '../support/random.js';
import { redisMissing, startRedis } from '../support/redis-server.js';
import { fuzz } from './fuzzer.js';
import { redisCommands } from './redis-table.js';
import { reportOf } from './report.js';

const COMMANDS = Number(process.env.COMMANDS ?? 12_000);
/** Those that work on values. */
const GROUPS = new Set([
  ...['generic', 'string', 'bitmap', 'hyperloglog', 'list', 'set', 'hash', 'sorted-set', 'stream', 'geo'],
  ...['transactions', 'connection'],
]);

/** Of the elements of a set that compare alike any may come first. */
const UNSTABLE = new Set(['sort', 'sort_ro']);

t.test('redis-server does not differ from itself', { skip: redisMissing() }, async (t) => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const all = await redisCommands(await (await startRedis(t)).connect());
  const commands = all.filter(
    ({ declaration }) => GROUPS.has(declaration.group) && !UNSTABLE.has(declaration.name),
  );
  const { coverage, found, seconds } = await fuzz({
    commands,
    seed,
    redis: redisServer(),
    sherd: redisServer(),
    commandsMax: COMMANDS,
    episodeCommands: 4000,
  });
  t.comment(`${seconds} s`);
  for (const line of coverage.lines()) t.comment(line);
  t.notOk(found, found === undefined ? 'nothing differs' : reportOf(found).join('\n'));
  t.same(coverage.onlyErrors, [], 'commands that had calls enough got more than errors');
});
