/**
 * What a server on a network must stand: garbage of every kind, half commands, connections that come and go. A steady
 * client beside them must see no error and no wrong reply, and the memory must come back. SEED=n repeats a run.
 */
import t, { type Test } from 'tap';
import { createRandom, type Random, runSeed } from '../support/random.js';
import { request, requests } from '../support/requests.js';
import { RespClient } from '../support/resp-client.js';
import { type SherdServer, startSherd } from '../support/sherd-server.js';
import { until } from '../support/until.js';

const MB = 1 << 20;
/** How much larger than before the server may be, and how soon. */
const GROWTH_BYTES_MAX = 32 * MB;
const SETTLE_MS = 10_000;
const CONNECTIONS = 1000;
/** Connections that are open at one time. */
const AT_ONCE = 50;

/** A TLS client's first words. */
const CLIENT_HELLO = Buffer.from('16030100c8010000c40303', 'hex');

const garbage: ((random: Random) => Buffer | string)[] = [
  (random) => random.bytes(1 + random.below(20_000)),
  (random) => Buffer.concat([CLIENT_HELLO, random.bytes(200)]),
  () => 'GET / HTTP/1.1\r\nHost: example.org\r\nUser-Agent: x\r\n\r\n',
  () => 'POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nSET k hack',
  () => '\xff\xfb\x1f\xff\xfb\x20\xff\xfb\x18',
  () => 'x'.repeat(200_000),
  () => `*1${'0'.repeat(100_000)}`,
  () => '\0'.repeat(100_000),
  () => '*2147483647\r\n$536870912\r\nabc',
  () => `*1000000\r\n${'$3\r\nabc\r\n'.repeat(10_000)}`,
  () => `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$400000000\r\n${'v'.repeat(500_000)}`,
  (random) => `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$20000000\r\n${'v'.repeat(random.below(10 * MB))}`,
  () => '*3\r\n$3\r\nSET\r\n$5\r\nab',
  () => 'SET "unbalanced\r\n',
  () => 'SET half a comm',
  () => '*-5\r\n*0\r\n\r\n\r\n*1\r\n$-1\r\n',
  () => '*1\r\n*1\r\n*1\r\n',
  () => '+OK\r\n-ERR\r\n:1\r\n$3\r\nabc\r\n',
  (random) => request(...Array.from({ length: 1 + random.below(8) }, () => random.bytes(random.below(50)))),
  () => requests(Array.from({ length: 500 }, (_, i) => ['GET', `none:${i}`])),
  () => requests([['NONSENSE'], ['GET'], ['SET', 'k'], ['CLIENT', 'NONSENSE'], ['CONFIG', 'SET', 'x', 'y']]),
  () => '',
];

/** Some bytes, in some chunks, and one of the ways to go away. */
async function visit(port: number, random: Random): Promise<void> {
  const client = await RespClient.connect(port);
  const bytes = Buffer.from(random.pick(garbage)(random) as string, 'latin1');
  const cut = random.below(bytes.length + 1);
  client.send(bytes.subarray(0, cut));
  client.send(bytes.subarray(cut));
  switch (random.below(4)) {
    case 0:
      client.reset();
      return;
    case 1:
      client.destroy();
      return;
    case 2:
      client.finish();
      await client.rest();
      await client.close();
      return;
    default:
      // Goes away when the server has had a look at it, whatever it thinks of it.
      client.send(request('PING'));
      client.socket.once('data', () => client.destroy());
      client.socket.setTimeout(50, () => client.destroy());
      await client.close();
  }
}

/** A client that checks every reply, until it is told to stop; gives the number of its commands. */
async function steady(client: RespClient, stopped: () => boolean): Promise<number> {
  let commands = 0;
  while (!stopped()) {
    const keys = Array.from({ length: 20 }, (_, i) => `steady:${i}`);
    const value = `value ${commands}`;
    client.send(
      requests([
        ['MSET', ...keys.flatMap((key) => [key, value])],
        ['MGET', ...keys],
        ['ECHO', value],
      ]),
    );
    const replies = (await client.replies(3)).join('');
    const bulk = `$${value.length}\r\n${value}\r\n`;
    if (replies !== `+OK\r\n*20\r\n${bulk.repeat(20)}${bulk}`)
      throw new Error(`wrong: ${replies.slice(0, 500)}`);
    commands += 3;
  }
  return commands;
}

/** Waits until the server has grown by no more than `growthBytesMax`, and says how large it is. */
async function settle(
  t: Test,
  server: SherdServer,
  baseBytes: number,
  growthBytesMax: number,
): Promise<void> {
  const startedAt = performance.now();
  const grown = (): number => server.residentBytes() - baseBytes;
  const first = grown();
  await until('the memory to come back', () => grown() <= growthBytesMax, SETTLE_MS).catch(() => {});
  const last = grown();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const inMb = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`;
  t.comment(
    `resident size: base ${inMb(baseBytes)}, at once +${inMb(first)}, after ${seconds} s +${inMb(last)}`,
  );
  const info = String(await (await server.connect()).call('INFO', 'memory'));
  t.comment(`what it says itself: ${[...info.matchAll(/^used_memory_\w+(?<!human):\d+/gm)].join(', ')}`);
  t.ok(last <= growthBytesMax, `within ${inMb(growthBytesMax)} of its base`);
}

/** Runs what a client does until nothing new is compiled and allocated for it, and gives the resident size then. */
async function warmUp(server: SherdServer): Promise<number> {
  const client = await server.connect();
  let rounds = 0;
  await steady(client, () => ++rounds > 5000);
  client.destroy();
  return server.residentBytes();
}

t.test('garbage, half commands, and a thousand connections that come and go', async (t) => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = createRandom(seed);
  const server = await startSherd(t, { args: ['--shards', '2'] });
  const baseBytes = await warmUp(server);

  let visited = false;
  const beside = steady(await server.connect(), () => visited);
  for (let visits = 0; visits < CONNECTIONS; visits += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, () => {
        const own = createRandom(random.below(2 ** 32));
        // What becomes of such a connection is the server's business; the steady client is the judge.
        return visit(server.port, own).catch(() => {});
      }),
    );
  }
  visited = true;
  const commands = await beside;
  t.pass(`the steady client had ${commands} right replies`);
  await settle(t, server, baseBytes, GROWTH_BYTES_MAX);
  const witness = await server.connect();
  t.equal(await witness.call('GET', 'k'), null, 'no half command was run');
  await until('every connection to be gone but three', async () => {
    return /connected_clients:3\r\n/.test(String(await witness.call('INFO', 'clients')));
  });
});

t.test('of large requests and replies not one is kept', async (t) => {
  const server = await startSherd(t, { args: ['--shards', '2'] });
  const baseBytes = await warmUp(server);
  const value = Buffer.alloc(40 * MB, 'v');
  const client = await server.connect();
  for (let round = 0; round < 3; round++) {
    client.send(
      requests([
        ['ECHO', value],
        ['SET', 'large', value],
        ['GET', 'large'],
        ['MGET', 'large', 'a', 'b'],
      ]),
    );
    await client.replies(4);
  }
  t.equal(await client.call('DEL', 'large'), 1);
  // A server with nothing to do collects no garbage; this one goes on.
  let settled = false;
  const beside = steady(client, () => settled);
  await settle(t, server, baseBytes, value.length);
  settled = true;
  await beside;
});
