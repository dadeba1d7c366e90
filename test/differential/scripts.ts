/** Runs scripts of commands on redis-server and Sherd, in both protocols, each as a test of its own. */
import type { Test } from 'tap';
import { startRedis } from '../support/redis-server.js';
import { startSherd } from '../support/sherd-server.js';
import { compare, type Pair } from './comparison.js';

/** Differences that are told in full. */
const TOLD_MAX = 8;

export type Script = () => Iterable<string[]>;

/** Each script starts with empty servers and connections of its own. */
export async function compareScripts(t: Test, scripts: Readonly<Record<string, Script>>): Promise<void> {
  const redis = await startRedis(t);
  const sherd = await startSherd(t, { args: ['--shards', '3'] });
  for (const resp of ['2', '3']) {
    for (const [name, script] of Object.entries(scripts)) {
      t.test(`${name}, RESP${resp}`, async (t) => {
        const pair: Pair = { redis: await redis.connect(), sherd: await sherd.connect() };
        await compare(pair, [['FLUSHALL'], ['HELLO', resp]]);
        const commands = [...script()];
        report(t, commands.length, await compare(pair, commands));
      });
    }
  }
}

function report(t: Test, commands: number, differences: string[]): void {
  const unique = [...new Map(differences.map((one) => [one.split('\n  behind')[0], one])).values()];
  for (const one of unique.slice(0, TOLD_MAX)) t.fail(one);
  if (unique.length > TOLD_MAX) t.comment(`and ${unique.length - TOLD_MAX} more that differ`);
  if (unique.length === 0) t.pass(`${commands} commands`);
}
