/**
 * What is kept of the uses of keys, beside redis-server: which commands count as a use, what becomes of it when a key is
 * overwritten, renamed, copied or moved, and what RESTORE, OBJECT and DEBUG make of it.
 */
import t, { type Test } from 'tap';
import { redisMissing, startRedis } from '../support/redis-server.js';
import { decode, ErrorReply, type Reply } from '../support/replies.js';
import { request, requests } from '../support/requests.js';
import type { RespClient } from '../support/resp-client.js';
import { startSherd } from '../support/sherd-server.js';

/** Of `k`, which is there, and `d`, which is not. */
const COMMANDS = [
  ...[
    'GET k',
    'MGET k',
    'MGET k k',
    'STRLEN k',
    'GETRANGE k 0 1',
    'SUBSTR k 0 1',
    'DUMP k',
    'LCS k k',
    'LCS k d',
  ],
  ...[
    'TYPE k',
    'TTL k',
    'PTTL k',
    'EXPIRETIME k',
    'PEXPIRETIME k',
    'EXISTS k',
    'EXISTS k k',
    'TOUCH k',
    'TOUCH k k d',
  ],
  ...['OBJECT ENCODING k', 'OBJECT REFCOUNT k', 'OBJECT IDLETIME k', 'OBJECT FREQ k', 'MEMORY USAGE k'],
  ...['RANDOMKEY', 'KEYS *', 'SCAN 0', 'DEBUG OBJECT k', 'WATCH k', 'COMMAND GETKEYS GET k', 'DBSIZE'],
  ...['SET k v', 'SET k v XX', 'SET k v NX', 'SET k v GET', 'SET k v KEEPTTL', 'SET k v EX 100', 'SETNX k v'],
  ...[
    'SETEX k 100 v',
    'PSETEX k 100000 v',
    'GETSET k v',
    'GETDEL k',
    'GETEX k',
    'GETEX k EX 100',
    'GETEX k PERSIST',
  ],
  ...[
    'MSET k v',
    'MSET k v d w',
    'MSET k v k w',
    'MSETNX k v',
    'MSETNX k v d w',
    'APPEND k x',
    'SETRANGE k 1 x',
  ],
  ...['SETRANGE k 1000 x', 'SETRANGE k 100000 x', 'INCR k', 'DECR k', 'INCRBY k 5', 'INCRBYFLOAT k 1.5'],
  ...['SETBIT k 1 1', 'SETBIT k 1 0', 'GETBIT k 1', 'BITCOUNT k', 'BITPOS k 1', 'BITFIELD k GET u8 0'],
  ...['BITFIELD k SET u8 0 1', 'BITFIELD_RO k GET u8 0', 'BITOP NOT d k', 'BITOP NOT k k', 'BITOP AND d k k'],
  ...['BITOP AND k d d', 'PFCOUNT k', 'PFCOUNT k d', 'PFADD k a', 'PFMERGE k', 'PFMERGE k d', 'PFADD d a'],
  ...[
    'EXPIRE k 100',
    'EXPIRE k 100 XX',
    'PERSIST k',
    'COPY k d',
    'COPY k d REPLACE',
    'COPY d k',
    'RENAME k d',
  ],
  ...[
    'RENAME k k',
    'RENAMENX k d',
    'RENAMENX k k',
    'RENAME d k',
    'MOVE k 1',
    'DEL d',
    'UNLINK d',
    'RESTORE k 0 bad',
  ],
];

/** The same with a key `d` that was used at another time. */
const ONTO = [
  ...[
    'COPY k d',
    'COPY k d REPLACE',
    'RENAME k d',
    'RENAMENX k d',
    'BITOP NOT d k',
    'MSET k v d w',
    'MSETNX k v d w',
  ],
  ...['LCS k d', 'SET d v'],
];

const IDLE_TIMES = [
  ...['0', '1', '100', '16777214', '16777215', '16777216', '100000000', '1795000000', '9223372036854775'],
  ...['9223372036854775807', '+1', '-1', 'x'],
];
const FREQUENCIES = ['0', '1', '5', '6', '254', '255', '256', '-1'];

/** Seconds by which two servers, asked one after the other, may differ. */
const SLACK_SECONDS = 3;
const CLOCK_SECONDS = 2 ** 24 - 1;

async function ask(client: RespClient, line: string | readonly (string | Buffer)[]): Promise<Reply> {
  client.send(request(...(typeof line === 'string' ? line.split(' ') : line)));
  return decode(await client.reply());
}

function alike(theirs: Reply, ours: Reply): boolean {
  if (typeof theirs !== 'number' || typeof ours !== 'number') return textOf(theirs) === textOf(ours);
  const apart = Math.abs(theirs - ours);
  // The clock comes round: behind its longest idle time is the shortest.
  return Math.min(apart, CLOCK_SECONDS - apart) <= SLACK_SECONDS;
}

function textOf(reply: Reply): string {
  return reply instanceof ErrorReply ? reply.text : String(reply);
}

/** The payload of a string. */
async function payloadOf(client: RespClient, text: string): Promise<Buffer> {
  client.send(
    requests([
      ['SET', 'x', text],
      ['DUMP', 'x'],
      ['DEL', 'x'],
    ]),
  );
  const [, reply] = await client.replies(3);
  return reply.subarray(reply.indexOf('\n') + 1, -2);
}

interface Case {
  readonly line: string;
  /** The values of k, and of d, where that is there. */
  readonly payloads: readonly Buffer[];
}

/** Runs a command, and tells what is known then of the uses of k and d, also in another database. */
async function usesAfter(client: RespClient, { line, payloads }: Case, word: string): Promise<Reply[]> {
  const restores = payloads.map((payload, i) => [
    'RESTORE',
    i === 0 ? 'k' : 'd',
    '0',
    payload,
    word,
    i === 0 ? '100' : '50',
  ]);
  const before = [['UNWATCH'], ['FLUSHALL'], ...restores, line.split(' ')];
  const after = [
    ['OBJECT', word, 'k'],
    ['OBJECT', word, 'd'],
    ['SELECT', '1'],
    ['OBJECT', word, 'k'],
    ['SELECT', '0'],
  ];
  client.send(requests([...before, ...after]));
  const replies = (await client.replies(before.length + after.length)).slice(before.length).map(decode);
  return [replies[0], replies[1], replies[3]];
}

async function compareUses(t: Test, shards: number, policy: string): Promise<void> {
  const allowed = ['--enable-debug-command', 'yes'];
  const args = ['--shards', String(shards), ...allowed];
  const clients = [
    await (await startRedis(t, allowed)).connect(),
    await (await startSherd(t, { args })).connect(),
  ];
  const word = policy.endsWith('lfu') ? 'FREQ' : 'IDLETIME';
  for (const client of clients) {
    await ask(client, `CONFIG SET maxmemory-policy ${policy}`);
    // Every use counts, and no minute that passes takes anything away.
    await ask(client, 'CONFIG SET lfu-log-factor 0 lfu-decay-time 0');
  }
  const cases: Case[] = [];
  for (const text of ['hello', '1000000']) {
    const payload = await payloadOf(clients[0], text);
    for (const line of COMMANDS) cases.push({ line, payloads: [payload] });

    for (const line of ONTO) cases.push({ line, payloads: [payload, payload] });
  }
  for (const one of cases) {
    const [theirs, ours] = await Promise.all(clients.map((client) => usesAfter(client, one, word)));
    const same = theirs.every((reply, i) =>
      word === 'FREQ' ? textOf(reply) === textOf(ours[i]) : alike(reply, ours[i]),
    );
    if (!same) t.fail(`${one.line}: Redis has ${theirs.map(textOf)}, Sherd ${ours.map(textOf)}`);
  }
  t.equal(cases.length, 2 * COMMANDS.length + 2 * ONTO.length, 'all were compared');
}

for (const policy of ['noeviction', 'allkeys-lfu']) {
  for (const shards of [1, 2]) {
    t.test(`uses that count, ${policy}, ${shards} shards`, { skip: redisMissing() }, (t) =>
      compareUses(t, shards, policy),
    );
  }
}

t.test('RESTORE says when, or how often, and OBJECT tells', { skip: redisMissing() }, async (t) => {
  const allowed = ['--enable-debug-command', 'yes'];
  const clients = [
    await (await startRedis(t, allowed)).connect(),
    await (await startSherd(t, { args: ['--shards', '2', ...allowed] })).connect(),
  ];
  for (const policy of ['volatile-lfu', 'noeviction']) {
    for (const client of clients) await ask(client, `CONFIG SET maxmemory-policy ${policy}`);
    const rows = [
      ...IDLE_TIMES.map((seconds) => ['IDLETIME', seconds]),
      ...FREQUENCIES.map((count) => ['FREQ', count]),
      [],
    ];
    for (const options of rows) {
      const [theirs, ours] = await Promise.all(
        clients.map(async (client) => {
          const payload = await payloadOf(client, 'value');
          const replies = [await ask(client, ['RESTORE', 'k', '0', payload, 'REPLACE', ...options])];
          for (const subcommand of ['IDLETIME', 'FREQ', 'idletime', 'nonsense']) {
            replies.push(await ask(client, ['OBJECT', subcommand, 'k']));
            replies.push(await ask(client, ['OBJECT', subcommand, 'nothere']));
          }
          return replies;
        }),
      );
      for (const [i, one] of theirs.entries()) {
        if (!alike(one, ours[i]))
          t.fail(`${policy} ${options}: reply ${i}: Redis ${textOf(one)}, Sherd ${textOf(ours[i])}`);
      }
    }
  }
});
