/** The client libraries that people use, in both protocols. */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { createClient, RESP_TYPES } from 'redis';
import t, { type Test } from 'tap';
import { type SherdServer, startSherd } from '../support/sherd-server.js';

const KEYS = Array.from({ length: 50 }, (_, i) => `key:${i}`);

/** What the tests ask of a client library; values as Buffers. */
interface Client {
  set(key: string, value: string | Buffer, ttlSeconds?: number): Promise<unknown>;
  get(key: string): Promise<Buffer | null>;
  mset(pairs: Record<string, string>): Promise<unknown>;
  mget(keys: string[]): Promise<(string | null)[]>;
  command(...words: string[]): Promise<unknown>;
  pipeline(commands: string[][]): Promise<unknown[]>;
  close(): Promise<unknown>;
}

function ioredis(port: number, protocol: 2 | 3): Client {
  const redis = new Redis({ port, protocol, lazyConnect: false, retryStrategy: () => null });
  return {
    set: (key, value, ttl) => (ttl === undefined ? redis.set(key, value) : redis.set(key, value, 'EX', ttl)),
    get: (key) => redis.getBuffer(key),
    mset: (pairs) => redis.mset(pairs),
    mget: (keys) => redis.mget(keys),
    command: (name, ...args) => redis.call(name, ...args),
    async pipeline(commands) {
      const results = await redis
        .pipeline(commands.map(([name, ...args]) => [name.toLowerCase(), ...args]))
        .exec();
      return results!.map(([error, reply]) => error ?? reply);
    },
    close: () => redis.quit(),
  };
}

async function nodeRedis(port: number, RESP: 2 | 3): Promise<Client> {
  const redis = createClient({ url: `redis://127.0.0.1:${port}`, RESP });
  const failures: Error[] = [];
  redis.on('error', (error: Error) => failures.push(error));
  await redis.connect();
  const binary = redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  return {
    set: (key, value, ttl) =>
      redis.set(key, value, ttl === undefined ? {} : { expiration: { type: 'EX', value: ttl } }),
    get: (key) => binary.get(key),
    mset: (pairs) => redis.mSet(pairs),
    mget: (keys) => redis.mGet(keys),
    command: (...words) => redis.sendCommand(words),
    pipeline: (commands) => Promise.all(commands.map((words) => redis.sendCommand(words))),
    async close() {
      await redis.close();
      if (failures.length > 0) throw failures[0];
    },
  };
}

async function exercise(t: Test, client: Client): Promise<void> {
  t.equal(await client.command('FLUSHALL'), 'OK');
  t.equal(await client.set('greeting', 'hello'), 'OK');
  t.same(await client.get('greeting'), Buffer.from('hello'));
  t.equal(await client.get('none'), null);

  await client.mset(Object.fromEntries(KEYS.map((key, i) => [key, `value ${i}`])));
  t.same(await client.mget([...KEYS, 'none']), [...KEYS.map((_, i) => `value ${i}`), null]);
  t.equal(await client.command('DBSIZE'), 51);

  await client.set('short-lived', 'x', 100);
  const ttl = Number(await client.command('TTL', 'short-lived'));
  t.ok(ttl > 90 && ttl <= 100, `TTL ${ttl}`);
  t.equal(await client.command('EXPIRE', 'greeting', '100'), 1);
  t.equal(await client.command('PERSIST', 'greeting'), 1);
  t.equal(await client.command('TTL', 'greeting'), -1);

  const replies = await client.pipeline(
    KEYS.flatMap((key) => [
      ['SET', key, `${key}!`],
      ['GET', key],
    ]),
  );
  t.same(
    replies,
    KEYS.flatMap((key) => ['OK', `${key}!`]),
    'pipelined over all shards, in order',
  );

  const binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  await client.set('binary', binary);
  t.same(await client.get('binary'), binary);
  for (const megabytes of [1, 20]) {
    const value = randomBytes(megabytes << 20);
    await client.set(`${megabytes} MB`, value);
    t.ok((await client.get(`${megabytes} MB`))?.equals(value), `a value of ${megabytes} MB`);
  }

  t.equal(await client.command('SELECT', '3'), 'OK');
  t.equal(await client.get('greeting'), null, 'another database');
  t.equal(await client.command('SELECT', '0'), 'OK');
  t.match(String(await client.command('INFO', 'server')), /redis_version:7\.0\.15/);
  t.match(String(await client.command('INFO')), /# Keyspace\r\ndb0:keys=\d+/);
  await t.rejects(client.command('NONSENSE', 'x'), { message: /unknown command 'NONSENSE'/ });
  await t.rejects(client.command('GET'), { message: /wrong number of arguments for 'get' command/ });
  t.equal(await client.command('FLUSHALL'), 'OK');
  t.equal(await client.command('DBSIZE'), 0);
}

const libraries: [name: string, connect: (port: number, resp: 2 | 3) => Client | Promise<Client>][] = [
  ['ioredis', ioredis],
  ['node-redis', nodeRedis],
];

for (const shards of [4, 1]) {
  t.test(`${shards} shards`, async (t) => {
    const server: SherdServer = await startSherd(t, { args: ['--shards', String(shards)] });
    for (const [name, connect] of libraries) {
      for (const resp of [2, 3] as const) {
        t.test(`${name}, RESP${resp}`, async (t) => {
          const client = await connect(server.port, resp);
          t.teardown(() => client.close());
          await exercise(t, client);
        });
      }
    }
  });
}
