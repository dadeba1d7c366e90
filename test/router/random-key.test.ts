/** RANDOMKEY over several shards: every key has the same chance, however unevenly the shards share them. */
import t from 'tap';
import { DEVIATE_MAX, deviate } from '../support/chi-square.js';
import { InProcessServer } from '../support/in-process-server.js';
import { createRandom, runSeed } from '../support/random.js';
import { decode } from '../support/replies.js';

const seed = runSeed();
t.comment(`SEED=${seed}`);

/** Nine tenths of the keys lie in one slot, so on one shard. */
const KEYS = Array.from({ length: 200 }, (_, i) => (i % 10 === 0 ? `key:${i}` : `{one}:${i}`));

for (const shards of [1, 2, 5]) {
  t.test(`${shards} shards`, async (t) => {
    const server = new InProcessServer({ shards, random: createRandom(seed) });
    const client = server.client();
    const ask = (...words: string[]): unknown => {
      client.send(...words);
      server.settle();
      return decode(client.replies.shift()!);
    };
    t.equal(ask('RANDOMKEY'), null, 'no key yet');
    for (const key of KEYS) ask('SET', key, 'v');
    const draws = new Map(KEYS.map((key) => [key, 0]));
    for (let i = 0; i < KEYS.length * 30; i++) {
      const key = String(ask('RANDOMKEY'));
      draws.set(key, draws.get(key)! + 1);
    }
    t.equal(draws.size, KEYS.length, 'no other key');
    const z = deviate(
      [...draws.values()],
      KEYS.map(() => 1),
    );
    t.ok(Math.abs(z) < DEVIATE_MAX, `deviate ${z.toFixed(2)}`);
  });
}
