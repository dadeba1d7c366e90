/**
 * Random histories of several clients on the production router and shards, in one process, under a scheduler that
 * delivers batches in any order that keeps each channel FIFO. Every reply is held against a model that is one Map and
 * runs the commands in the router's order, and commands on groups of keys must never see half of another one.
 * The last tests break the order on purpose and must see both checks go red. SEED=n repeats a run.
 */
import t from 'tap';
import type { Batch, BatchPort } from '../../src/shard/batch.js';
import { type InProcessClient, InProcessServer } from '../support/in-process-server.js';
import { createRandom, type Random, runSeed } from '../support/random.js';
import { decode } from '../support/replies.js';
import { ANYTHING, StringModel } from '../support/string-model.js';

/** Keys of a group are always written together; six keys lie on several shards. */
const GROUPS = ['red', 'green', 'blue'].map((name) => Array.from({ length: 6 }, (_, i) => `${name}:${i}`));
const SINGLE_KEYS = Array.from({ length: 10 }, (_, i) => `single:${i}`);

interface History {
  readonly commands: number;
  /** Replies that are not the model's. */
  readonly wrong: string[];
  /** Replies that saw a part of a command on a group. */
  readonly torn: string[];
}

interface Sent {
  readonly words: readonly string[];
  readonly expected: unknown;
  readonly group: readonly string[] | null;
}

function groupCommand(random: Random, stamp: string): Pick<Sent, 'words' | 'group'> {
  const group = random.pick(GROUPS);
  const keys = [...group].sort(() => random.below(3) - 1);
  const value = random.chance(0.02) ? stamp.repeat(10_000) : stamp;
  const words = random.pick([
    () => ['MSET', ...keys.flatMap((key) => [key, value])],
    () => ['MSET', ...keys.flatMap((key) => [key, value])],
    () => ['MGET', ...keys],
    () => ['MGET', ...keys],
    () => ['EXISTS', ...keys],
    () => ['DEL', ...keys],
  ])();
  return { words, group };
}

function singleCommand(random: Random, stamp: string): Pick<Sent, 'words' | 'group'> {
  const key = random.pick(SINGLE_KEYS);
  const ms = String(1 + random.below(300));
  const words = random.pick([
    () => ['GET', key],
    () => [
      'SET',
      key,
      stamp,
      ...random.pick([[], ['PX', ms], ['KEEPTTL'], ['NX'], ['XX', 'GET'], ['GET', 'PX', ms]]),
    ],
    () => ['PEXPIRE', key, ms],
    () => ['PERSIST', key],
    () => ['PTTL', key],
    () => ['DEL', key, random.pick(SINGLE_KEYS)],
    () => ['MGET', key, random.pick(SINGLE_KEYS), key],
    () => ['DBSIZE'],
    () => (random.chance(0.1) ? ['FLUSHALL'] : ['EXISTS', key, key]),
  ])();
  return { words, group: null };
}

/** Whether the reply to a command on a whole group saw all of its keys in one state. */
function isWhole({ words, group }: Sent, reply: unknown): boolean {
  if (group === null) return true;
  if (words[0] === 'MGET') return new Set(reply as unknown[]).size === 1;
  if (words[0] === 'MSET') return reply === 'OK';
  return reply === 0 || reply === group.length;
}

function play(
  seed: number,
  shards: number,
  commands: number,
  wrapPort?: (random: Random) => (port: BatchPort, index: number) => BatchPort,
): History {
  const random = createRandom(seed);
  const server = new InProcessServer({
    shards,
    random,
    ...(wrapPort === undefined ? {} : { wrapPort: wrapPort(random) }),
  });
  const model = new StringModel();
  const clients = Array.from({ length: 4 }, () => ({ client: server.client(), sent: [] as Sent[] }));
  const wrong: string[] = [];
  const torn: string[] = [];

  const check = (client: InProcessClient, sent: Sent[]): void => {
    for (const bytes of client.replies.splice(0)) {
      const command = sent.shift()!;
      const reply = decode(bytes);
      const told = `${command.words.join(' ').slice(0, 200)} -> ${JSON.stringify(reply)?.slice(0, 200)}`;
      if (!isWhole(command, reply)) torn.push(told);
      if (command.expected !== ANYTHING && JSON.stringify(reply) !== JSON.stringify(command.expected)) {
        wrong.push(`${told}, not ${JSON.stringify(command.expected)?.slice(0, 200)}`);
      }
    }
  };

  let left = commands;
  while (left > 0) {
    if (random.chance(0.05)) server.clock.advance(random.below(50));
    const { client, sent } = random.pick(clients);
    if (random.chance(0.6) && !client.held) {
      left--;
      const stamp = `${seed}.${left}`;
      if (random.chance(0.02)) client.databaseIndex = random.below(2);
      const command = random.chance(0.6) ? groupCommand(random, stamp) : singleCommand(random, stamp);
      // Asked before the command is sent, as the router stamps it with this very time.
      const nowMs = server.router.currentMs();
      sent.push({ ...command, expected: model.run(client.databaseIndex, nowMs, command.words) });
      client.send(...command.words);
    } else {
      server.step();
    }
    check(client, sent);
  }
  server.settle();
  for (const { client, sent } of clients) {
    check(client, sent);
    if (client.waiting > 0) wrong.push(`${client.waiting} replies never came`);
  }
  if (wrapPort === undefined && server.ports.owed > 0)
    wrong.push(`${server.ports.owed} batches not given back`);
  return { commands, wrong, torn };
}

const seed = runSeed();
t.comment(`SEED=${seed}`);

t.test('every reply is the one that the one order gives, and no group is ever seen torn', async (t) => {
  for (const shards of [1, 2, 4, 5]) {
    let commands = 0;
    const wrong: string[] = [];
    const torn: string[] = [];
    for (let round = 0; round < 25; round++) {
      const history = play(seed + round, shards, 400);
      commands += history.commands;
      wrong.push(...history.wrong.map((one) => `SEED=${seed + round}: ${one}`));
      torn.push(...history.torn.map((one) => `SEED=${seed + round}: ${one}`));
    }
    t.same(wrong.slice(0, 3), [], `${commands} commands on ${shards} shards`);
    t.same(torn.slice(0, 3), [], 'none torn');
  }
});

/** Plants a fault: a port that now and then delivers two batches in the wrong order. */
function reordering(random: Random) {
  return (port: BatchPort): BatchPort => {
    let delayed: Batch | undefined;
    return {
      take: (bytes) => port.take(bytes),
      discard: (batch) => port.discard(batch),
      release: (batch) => port.release(batch),
      post(batch) {
        if (delayed === undefined && random.chance(0.3)) {
          delayed = batch;
          return;
        }
        port.post(batch);
        if (delayed !== undefined) port.post(delayed);
        delayed = undefined;
      },
    };
  };
}

t.test('the checks go red when two commands reach two shards in different orders', async (t) => {
  let torn = 0;
  let wrong = 0;
  for (let round = 0; round < 10; round++) {
    const history = play(seed + round, 4, 400, reordering);
    torn += history.torn.length;
    wrong += history.wrong.filter((one) => !one.endsWith('never came')).length;
  }
  t.comment(`${torn} torn and ${wrong} wrong replies`);
  t.ok(torn > 0, 'torn replies are noticed');
  t.ok(wrong > 0, 'wrong replies are noticed');
});

t.test('a reordering that only one shard sees is noticed by its replies', async (t) => {
  const wrong = Array.from({ length: 10 }, (_, round) => play(seed + round, 1, 400, reordering).wrong.length);
  t.ok(Math.max(...wrong) > 0);
});
