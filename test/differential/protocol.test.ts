/**
 * The same bytes to redis-server 7.0.15 and to Sherd: the parser's conversations, random inline requests, and requests
 * with a few bytes changed. All that comes back until the connection ends must be the same. SEED=n repeats a run.
 */
import t, { type Test } from 'tap';
import { conversations } from '../protocol/conversations.js';
import { createRandom, type Random, runSeed } from '../support/random.js';
import { type RedisServer, redisMissing, startRedis } from '../support/redis-server.js';
import { requests } from '../support/requests.js';
import { RespClient } from '../support/resp-client.js';
import { type SherdServer, startSherd } from '../support/sherd-server.js';

const INLINE_LINES = 1500;
const CHANGED_REQUESTS = 1500;
const TOLD_MAX = 8;
const AT_ONCE = 20;

/** Sends bytes and FIN, and gives what comes back until the end. */
async function answer(port: number, bytes: Buffer): Promise<string> {
  const client = await RespClient.connect(port);
  try {
    client.send(bytes);
    client.finish();
    return (await client.rest()).toString('latin1');
  } finally {
    client.destroy();
  }
}

interface Servers {
  readonly redis: RedisServer;
  readonly sherd: SherdServer;
}

async function compareBytes(t: Test, { redis, sherd }: Servers, inputs: readonly Buffer[]): Promise<void> {
  let differences = 0;
  for (let from = 0; from < inputs.length; from += AT_ONCE) {
    await Promise.all(
      inputs.slice(from, from + AT_ONCE).map(async (bytes) => {
        const [theirs, ours] = await Promise.all([answer(redis.port, bytes), answer(sherd.port, bytes)]);
        if (theirs === ours) return;
        differences++;
        if (differences > TOLD_MAX) return;
        const shown = (text: string): string => JSON.stringify(text.slice(0, 400));
        t.fail(`${shown(bytes.toString('latin1'))}\n  Redis: ${shown(theirs)}\n  Sherd: ${shown(ours)}`);
      }),
    );
  }
  if (differences > TOLD_MAX) t.comment(`${differences} differ`);
  if (differences === 0) t.pass(`${inputs.length} inputs`);
}

/** A line whose words come back in the reply. */
function inlineLine(random: Random): Buffer {
  const pieces = [
    'a',
    'bc',
    ' ',
    '  ',
    '\t',
    '"',
    '"',
    "'",
    "'",
    '\\',
    '\\n',
    '\\x41',
    '\\x',
    '\\"',
    "\\'",
    '\v',
    '\xe4',
    '*',
    '$1',
  ];
  const line = Array.from({ length: random.below(14) }, () => random.pick(pieces)).join('');
  const name = random.pick(['ECHO ', 'nonsense ', '', ' ']);
  return Buffer.from(`${name}${line}${random.pick(['\n', '\r\n', '\r\r\n'])}PING\r\n`, 'latin1');
}

/** Some requests, of which a few bytes are changed, lost, or come twice. */
function changedRequests(random: Random): Buffer {
  const words = ['PING', 'ECHO', 'nonsense', 'x', '', '\r\n', '12'];
  const commands = Array.from({ length: 1 + random.below(3) }, () =>
    Array.from({ length: 1 + random.below(3) }, () => random.pick(words)),
  );
  const bytes = [...requests(commands)];
  const changes = 1 + random.below(3);
  for (let i = 0; i < changes; i++) {
    const at = random.below(bytes.length);
    const byte = random.pick([...Buffer.from('*$0123456789-+\r\n \0"x\xff', 'latin1')]);
    // Changed, lost, or one more.
    const change = random.below(3);
    bytes.splice(at, change === 2 ? 0 : 1, ...(change === 1 ? [] : [byte]));
  }
  return Buffer.from(bytes);
}

t.test('redis-server and Sherd make the same of the same bytes', { skip: redisMissing() }, async (t) => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const servers = { redis: await startRedis(t), sherd: await startSherd(t, { args: ['--shards', '2'] }) };

  t.test('conversations', async (t) => {
    await compareBytes(
      t,
      servers,
      conversations.map(({ input }) => Buffer.from(input, 'latin1')),
    );
  });

  t.test('inline requests', async (t) => {
    const random = createRandom(seed);
    await compareBytes(
      t,
      servers,
      Array.from({ length: INLINE_LINES }, () => inlineLine(random)),
    );
  });

  t.test('requests with a few bytes changed', async (t) => {
    const random = createRandom(seed);
    await compareBytes(
      t,
      servers,
      Array.from({ length: CHANGED_REQUESTS }, () => changedRequests(random)),
    );
  });
});
