/** Memory as a user sees it: what INFO says it is against what the system says, and that it comes back. */
import t from 'tap';
import { requests, type Word } from '../support/requests.js';
import type { RespClient } from '../support/resp-client.js';
import { startSherd } from '../support/sherd-server.js';
import { until } from '../support/until.js';

const MB = 1 << 20;
/** What the issue of the shard engine allows between `used_memory` and resident growth. */
const APART_MAX = 0.15;
const PIPELINE = 1000;

async function run(client: RespClient, commands: Iterable<readonly Word[]>): Promise<void> {
  let waiting: (readonly Word[])[] = [];
  const send = async (): Promise<void> => {
    client.send(requests(waiting));
    for (let i = 0; i < waiting.length; i++) await client.reply();
    waiting = [];
  };
  for (const command of commands) {
    waiting.push(command);
    if (waiting.length === PIPELINE) await send();
  }
  await send();
}

/** Keys of several sizes, some with a deadline. */
function* keys(count: number): Generator<Word[]> {
  const values = [8, 64, 64, 300, 64, 8, 1000, 64].map((bytes) => Buffer.alloc(bytes, 'v'));
  for (let i = 0; i < count; i++) {
    const set = ['SET', `key:${i}`, values[i % values.length]];
    yield i % 3 === 0 ? [...set, 'EX', '100000'] : set;
  }
}

t.test('used_memory grows as the resident size does, and both come back', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '2'] });
  const client = await server.connect();
  const used = async (): Promise<number> => {
    client.send('INFO memory\r\n');
    return Number(/used_memory:(\d+)/.exec(String(await client.reply()))![1]);
  };
  // What is compiled and pooled once is no growth.
  await run(client, keys(30_000));
  await run(client, [['FLUSHALL']]);
  const count = 500_000;
  const before = { used: await used(), resident: server.residentBytes() };
  await run(client, keys(count));
  const large = Buffer.alloc(MB, 'v');
  for (let i = 0; i < 30; i++) await run(client, [['SET', `large:${i}`, large]]);
  const usedGrowth = (await used()) - before.used;
  const grownBy = (): number => server.residentBytes() - before.resident;
  const loaded = grownBy();
  const apart = Math.abs(usedGrowth / loaded - 1);
  t.ok(
    apart <= APART_MAX,
    `used_memory +${(usedGrowth / MB).toFixed(1)} MB, resident +${(loaded / MB).toFixed(1)}`,
  );

  await run(
    client,
    (function* () {
      for (let i = 0; i < count; i++) if (i % 10 !== 0) yield ['DEL', `key:${i}`];
      for (let i = 0; i < 30; i++) yield ['DEL', `large:${i}`];
    })(),
  );
  await until('the resident size to fall after a mass delete', () => grownBy() < loaded * 0.5);
  t.pass(`+${(grownBy() / MB).toFixed(1)} MB for a tenth of the keys`);
  await run(client, [['FLUSHALL']]);
  await until('the resident size to fall after FLUSHALL', () => grownBy() < 32 * MB);
  t.ok((await used()) - before.used < 8 * MB, 'and by the books');
});
