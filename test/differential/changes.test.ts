/** rdb_changes_since_last_save beside redis-server's, after every kind of command that writes. */
import t, { type Test } from 'tap';
import { redisMissing, startRedis } from '../support/redis-server.js';
import { requests } from '../support/requests.js';
import type { RespClient } from '../support/resp-client.js';
import { startSherd } from '../support/sherd-server.js';

/** Commands that prepare, and one whose changes are counted. */
const CASES: readonly (readonly [before: string, command: string])[] = [
  ...[
    'FLUSHALL|FLUSHDB|SWAPDB 0 1|SWAPDB 0 0|SETBIT k 0 0|MSET a 1 a 2 b 3|MSETNX a 1 b 2|MSETNX a 1 a 2|PFADD a|SET a 1',
    'BITFIELD k SET u8 0 0|BITFIELD k SET u8 0 1|BITFIELD k GET u8 0|BITOP NOT d a|DEL a|GET a|INCR a|APPEND a x|SETRANGE a 5 x',
    'SETRANGE a 0 |GETSET a 1|SETEX a 100 1|SETNX a 1|RENAME a b|COPY a b|MOVE a 1|EXPIRE a 100|GETEX a|PFMERGE d|SET a 1 PX 100000',
    'SET a 1 EXAT 1|INCRBYFLOAT a 1.5|APPEND a ',
  ].flatMap((line) => line.split('|').map((command) => ['', command] as const)),
  ...[
    'FLUSHALL|FLUSHDB|SWAPDB 0 1|DEL a b a c|UNLINK a|EXPIRE a 100|EXPIRE a -1|EXPIRE a 100 XX|PERSIST a|GETEX a|GETEX a EX 100',
    'GETEX a PERSIST|GETEX a EXAT 1|GETDEL a|GETSET a 2|SET a 1|SET a 1 EX 100|SET a 1 EXAT 1|SET a 1 KEEPTTL|SET a 2 NX|SET a 2 XX GET',
    'SETEX a 100 1|SETNX a 2|RENAME a b|RENAME a a|RENAMENX a d|RENAMENX a b|RENAMENX a a|COPY a d|COPY a b|COPY a b REPLACE|MOVE a 1',
    'INCR a|INCRBY a 0|DECR a|INCRBYFLOAT a 0|TOUCH a|MSETNX a 1 c 2|BITOP NOT a d|BITOP NOT d a|BITOP AND a a b|APPEND a |APPEND a x',
    'SETRANGE a 0 1|SETRANGE a 0 x|SETRANGE a 9 x|SETRANGE a 0 |GET a|MGET a b|PFADD a x|INCR b|SET c 1|LCS a b',
  ].flatMap((line) => line.split('|').map((command) => ['SET a 1|SET b 2', command] as const)),
  ...[
    'PERSIST a|GETEX a PERSIST|SET a 2|SET a 2 KEEPTTL|INCR a|RENAME a b|COPY a b|MOVE a 1|EXPIRE a 5|EXPIRE a 5 LT|EXPIRE a 5 GT',
    'PEXPIREAT a 1|GETEX a PX 5|DEL a|FLUSHALL|APPEND a x|BITOP NOT a a|MSET a 1',
  ].flatMap((line) => line.split('|').map((command) => ['SET a 1 EX 100', command] as const)),
  ...[
    'SETBIT k 1 1|SETBIT k 1 0|SETBIT k 100 0|SETBIT k 100 1|BITFIELD k SET u8 0 97|BITFIELD k SET u8 0 1',
    'BITFIELD k INCRBY u8 0 0|BITFIELD k INCRBY u8 0 1|BITFIELD k SET u8 100 0|BITFIELD k OVERFLOW FAIL INCRBY u8 0 255',
    'GETBIT k 1|BITCOUNT k',
  ].flatMap((line) => line.split('|').map((command) => ['SET k abc', command] as const)),
  ['', 'PFADD a x'],
  ['', 'PFADD a x y x'],
  ['PFADD a x', 'PFADD a x y x z'],
  ['', 'BITFIELD k SET u8 0 1 SET u8 8 1'],
  ['SET k abc', 'BITFIELD k SET u8 0 97 SET u8 8 1 SET u8 16 1'],
  ['PFADD a x', 'PFADD a x'],
  ['PFADD a', 'PFADD a'],
  ['PFADD a x', 'PFMERGE d a'],
  ['PFADD a x', 'PFMERGE a'],
  ['PFADD a x', 'PFCOUNT a'],
  ['PFADD a x|PFCOUNT a', 'PFCOUNT a'],
];

const PROBES = ['INFO', 'persistence'];

async function changesBy(client: RespClient, before: string, command: string): Promise<number> {
  const lines = [
    ...['SELECT 1', 'FLUSHDB', 'SELECT 0', 'FLUSHALL'].map((line) => line.split(' ')),
    ...before
      .split('|')
      .filter(Boolean)
      .map((line) => line.split(' ')),
    PROBES,
    command.split(' '),
    PROBES,
  ];
  client.send(requests(lines));
  const replies = await client.replies(lines.length);
  const [from, to] = [replies.length - 3, replies.length - 1].map((i) =>
    Number(/rdb_changes_since_last_save:(\d+)/.exec(String(replies[i]))![1]),
  );
  return to - from;
}

async function compareChanges(t: Test, shards: number): Promise<void> {
  const redis = await (await startRedis(t)).connect();
  const sherd = await (await startSherd(t, { args: ['--shards', String(shards)] })).connect();
  for (const [before, command] of CASES) {
    const [theirs, ours] = [await changesBy(redis, before, command), await changesBy(sherd, before, command)];
    if (theirs !== ours) t.fail(`${before} | ${command}: Redis counts ${theirs}, Sherd ${ours}`);
  }
  t.ok(CASES.length > 0, 'all were compared');
}

for (const shards of [1, 3]) {
  t.test(`changes, ${shards} shards`, { skip: redisMissing() }, (t) => compareChanges(t, shards));
}
