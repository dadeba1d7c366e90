/**
 * The same commands to redis-server 7.0.15 and to Sherd, in both protocols: every combination of options that can be
 * listed. Random commands are the fuzzer's (test/fuzz/).
 */
import t from 'tap';
import { declarations } from '../../src/commands/table.js';
import { redisMissing } from '../support/redis-server.js';
import { compareScripts, type Script } from './scripts.js';

/** Every way to put at most `length` of the items in a row, each at most twice. */
function* rows<T>(items: readonly T[], length: number, before: readonly T[] = []): Iterable<readonly T[]> {
  yield before;
  if (length === 0) return;
  for (const item of items) {
    if (before.filter((one) => one === item).length < 2) yield* rows(items, length - 1, [...before, item]);
  }
}

function* setOptions(): Iterable<string[]> {
  const options = [
    ['NX'],
    ['xx'],
    ['GET'],
    ['KEEPTTL'],
    ['EX', '200000'],
    ['px', '300000000'],
    ['PXAT', '9999000000000'],
    ['EX'],
    ['nonsense'],
  ];
  const states = [
    ['DEL', 'k'],
    ['SET', 'k', 'old'],
    ['SET', 'k', 'old', 'EX', '100000'],
  ];
  for (const row of rows(options, 3)) {
    for (const state of states) {
      yield state;
      yield ['SET', 'k', 'new', ...row.flat()];
      yield ['GET', 'k'];
      yield ['TTL', 'k'];
    }
  }
}

function* expireOptions(): Iterable<string[]> {
  const states = [
    ['DEL', 'k'],
    ['SET', 'k', 'v'],
    ['SET', 'k', 'v', 'EX', '100000'],
    ['SET', 'k', 'v', 'EX', '300000'],
  ];
  const commands = [
    ['EXPIRE', 'k', '200000'],
    ['pexpire', 'k', '200000000'],
    ['EXPIREAT', 'k', '9999000000'],
    ['PEXPIREAT', 'k', '9999000000000'],
    ['EXPIRE', 'k', '-1'],
    ['EXPIREAT', 'k', '0'],
  ];
  for (const row of rows(['NX', 'xx', 'GT', 'lt', 'nonsense'], 3)) {
    for (const state of states) {
      for (const command of commands) {
        yield state;
        yield [...command, ...row];
        yield ['TTL', 'k'];
      }
    }
  }
}

/** What numbers are refused, in which words, and what becomes of those that are not. */
function* numbers(): Iterable<string[]> {
  const odd = [
    '0',
    '-1',
    '-0',
    '01',
    '+1',
    ' 1',
    '1 ',
    '1.0',
    '1e5',
    '0x10',
    '',
    'abc',
    '1\0',
    '--1',
    '9007199254740993',
    '9223372036854775',
    '9223372036854776',
    '9223370336854775',
    '9223370000000000000',
    '9223372036854775806',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '-9223372036854775809',
    '99999999999999999999',
  ];
  const uses = [
    (n: string) => ['EXPIRE', 'k', n],
    (n: string) => ['PEXPIRE', 'k', n],
    (n: string) => ['EXPIREAT', 'k', n],
    (n: string) => ['PEXPIREAT', 'k', n],
    (n: string) => ['SET', 'k', 'v', 'EX', n],
    (n: string) => ['SET', 'k', 'v', 'PX', n],
    (n: string) => ['SET', 'k', 'v', 'EXAT', n],
    (n: string) => ['SET', 'k', 'v', 'PXAT', n],
    (n: string) => ['SET', 'k', 'v', 'EX', n, 'NX', 'GET'],
    (n: string) => ['SELECT', n],
    (n: string) => ['HELLO', n],
  ];
  for (const use of uses) {
    for (const number of odd) {
      yield ['SET', 'k', 'v'];
      yield use(number);
      yield ['EXISTS', 'k'];
      yield ['TTL', 'k'];
      yield ['PTTL', 'k'];
      yield ['PEXPIRETIME', 'k'];
      // Where the second of the deadline, rounded, is no 64-bit number any more, Redis's addition overflows.
      if (!number.startsWith('922337203685477580')) yield ['EXPIRETIME', 'k'];
      yield ['SELECT', '0'];
    }
  }
}

/** Deadlines that no double can tell apart are still compared exactly. */
function* deadlinesBeyondDoubles(): Iterable<string[]> {
  for (const [first, second] of [
    ['9007199254740992', '9007199254740993'],
    ['9007199254740993', '9007199254740992'],
    ['4611686018427387904', '4611686018427387905'],
    ['4611686018427387905', '4611686018427387904'],
    ['4611686018427387905', '4611686018427387905'],
  ]) {
    for (const condition of ['GT', 'LT', 'XX']) {
      yield ['SET', 'k', 'v', 'PXAT', first];
      yield ['PEXPIRETIME', 'k'];
      yield ['PEXPIREAT', 'k', second, condition];
      yield ['PEXPIRETIME', 'k'];
    }
  }
}

/** Arities, unknown names, and how errors show what was said. */
function* errors(): Iterable<string[]> {
  for (const { name } of declarations.filter(
    ({ name, hidden }) => !hidden && !['quit', 'shutdown', 'command', 'info'].includes(name),
  )) {
    yield [name, ...(name === 'ping' || name === 'time' || name === 'dbsize' ? ['a', 'b', 'c'] : [])];
    yield [name.toUpperCase(), ...Array.from({ length: 12 }, (_, i) => `arg${i}`)];
  }
  for (const words of [
    ['nonsense'],
    [''],
    ['NONSENSE', 'a', 'b'],
    ['nonsense', 'a\r\nb', '\n'],
    ['non\r\nsense', 'x'],
    ['nonsense\xff', '\xfe\x01'],
    ['x'.repeat(200), 'y'.repeat(200), 'z'],
    ['nonsense', ...Array.from({ length: 40 }, (_, i) => `argument ${i}`)],
    ['nonsense', '', '', ''],
    ['nonsense', 'x'.repeat(126), 'y', 'z'],
    ['nonsense', 'x'.repeat(127), 'y', 'z'],
    ['nonsense', 'x'.repeat(128), 'y', 'z'],
    ['get|x', 'a'],
    ['client'],
    ['client', 'nonsense'],
    ['CLIENT', 'NONSENSE', 'a', 'b'],
    ['client', ''],
    ['client', 'a\r\nb'],
    ['client', 'x'.repeat(300)],
    ['client', 'id', 'x'],
    ['client', 'setname'],
    ['client', 'setname', 'a', 'b'],
    ['config', 'nonsense', 'x'],
    ['config', 'get'],
    ['config', 'set'],
    ['config', 'set', 'maxclients'],
    ['config', 'set', 'maxclients', '1', 'timeout'],
    ['command', 'nonsense'],
    ['command', 'count', 'x'],
    ['command', 'info', 'nonsense'],
    ['mset', 'a', '1', 'b'],
    ['mset'],
    ['flushall', 'async', 'sync'],
    ['flushall', 'sync', 'sync'],
    ['flushdb', 'async', 'async'],
    ['flushall', 'nonsense'],
    ['flushall', 'SYNC'],
    ['flushdb', 'aSync'],
  ]) {
    yield words;
  }
}

function* sessions(): Iterable<string[]> {
  const hello = [
    ['HELLO'],
    ['HELLO', '3'],
    ['HELLO'],
    ['HELLO', '2', 'SETNAME', 'me'],
    ['CLIENT', 'GETNAME'],
    ['HELLO', '3', 'SETNAME', 'a b'],
    ['HELLO', '3', 'AUTH', 'default', 'x'],
    ['HELLO', '3', 'AUTH', 'nobody', 'x'],
    ['HELLO', '3', 'AUTH', 'default'],
    ['HELLO', '3', 'SETNAME'],
    ['HELLO', '3', 'NONSENSE', 'x\r\ny'],
    ['HELLO', '3', 'setname', 'you', 'auth', 'default', ''],
    ['CLIENT', 'GETNAME'],
    ['HELLO', '3', 'SETNAME', 'one', 'SETNAME', 'two'],
    ['CLIENT', 'GETNAME'],
    ['HELLO', '3', 'SETNAME', 'three', 'NONSENSE'],
    ['CLIENT', 'GETNAME'],
    ['HELLO', '1'],
    ['HELLO', '4'],
    ['HELLO', 'x'],
    ['GET', 'none'],
    ['HELLO', '2', 'SETNAME', ''],
    ['CLIENT', 'GETNAME'],
  ];
  yield* hello;
  for (const name of ['', 'x', 'a b', 'a\nb', '\x7f', '\x80', '~', '!', '\0', 'y'.repeat(500)]) {
    yield ['CLIENT', 'SETNAME', name];
    yield ['CLIENT', 'GETNAME'];
  }
  yield ['CLIENT', 'ID'];
  for (const words of [[], ['hello'], [''], ['a', 'b'], ['\r\n']]) {
    yield ['PING', ...words];
    yield ['ECHO', ...words];
  }
  yield ['TIME'];
  for (const index of ['0', '15', '16', '-1', 'x', '', '2147483647', '2147483648', '-2147483649', '0']) {
    yield ['SELECT', index];
    yield ['SET', 'where', index];
    yield ['DBSIZE'];
  }
  yield ['SELECT', '0'];
}

function* settings(): Iterable<string[]> {
  const get = ['CONFIG', 'GET', 'maxclients'];
  for (const [name, ...values] of [
    ['maxclients', '100', '0', '-1', 'x', '', '4294967295', '4294967296', '99999999999999999', '10000'],
    ['timeout', '5', '-1', 'x', '2147483648', '1.5', '0'],
    ['tcp-keepalive', '60', '-1', '300'],
    // What is below the least or above the most is refused in the same words, but Sherd's most is less.
    [
      'proto-max-bulk-len',
      '1mb',
      '1MB',
      '2000k',
      '2000KB',
      '3m',
      '1048576',
      '1g',
      'x',
      '1t',
      '1.5mb',
      '-5',
      '512mb',
    ],
    ['loglevel', 'debug', 'VERBOSE', 'x', '', 'notice'],
    ['databases', '1'],
    ['dir', '/'],
    ['save', ''],
    ['appendonly', 'no'],
    ['nonsense', '1'],
  ]) {
    for (const value of values) {
      yield ['CONFIG', 'SET', name, value];
      if (name !== 'dir') yield ['CONFIG', 'GET', name];
    }
  }
  yield ['CONFIG', 'SET', 'maxclients', '20', 'timeout', 'x'];
  yield get;
  yield ['CONFIG', 'SET', 'maxclients', '20', 'MAXCLIENTS', '30'];
  yield get;
  yield ['CONFIG', 'SET', 'timeout', '0', 'maxclients', '10000'];
  yield get;
  for (const pattern of [
    'MAXCLIENTS',
    'maxclient?',
    'maxcl[i]ents',
    'nonsense',
    '',
    'maxclients*',
    'tim[e-e]out',
  ]) {
    yield ['CONFIG', 'GET', pattern];
  }
  yield ['CONFIG', 'GET', 'timeout', 'nonsense', 'maxclients'];
  yield ['CONFIG', 'GET', 'timeou*', 'timeout', 'maxclients', 'maxclient?'];
  yield ['CONFIG', 'GET', 'TIMEOUT', 'timeout', 'Timeou?'];
  yield ['CONFIG', 'RESETSTAT'];
}

/** What OBJECT and MEMORY say of strings at the borders of their encodings. */
function* encodings(): Iterable<string[]> {
  const values = [
    ...['', '0', '-0', '1', '-1', '01', '+1', ' 1', '1 ', '1.0', '9999', '10000', '-9999', 'abc', '\0'],
    ...['9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809'],
    ...['99999999999999999999', '100000000000000000000', '000000000000000000001'],
    ...[43, 44, 45, 46, 1000, 16_383, 16_384, 100_000].map((length) => 'x'.repeat(length)),
    ...[19, 20, 21, 44, 45].map((length) => '7'.repeat(length)),
  ];
  for (const value of values) {
    yield ['SET', 'k', value];
    for (const sub of ['ENCODING', 'refcount', 'FREQ']) yield ['OBJECT', sub, 'k'];
    yield ['MEMORY', 'USAGE', 'k'];
  }
  yield ['DEL', 'k'];
  for (const sub of ['encoding', 'refcount', 'freq', 'nonsense', '']) {
    yield ['object', sub, 'k'];
    yield ['object', sub];
    yield ['object', sub, 'k', 'l'];
  }
  yield ['MEMORY', 'USAGE', 'k'];
  yield ['SET', 'k', 'v'];
  for (const count of ['0', '5', '-1', 'x', '', '9223372036854775807', '9223372036854775808']) {
    yield ['MEMORY', 'USAGE', 'k', 'SAMPLES', count];
    yield ['MEMORY', 'USAGE', 'k', 'samples', count, 'nonsense'];
    yield ['MEMORY', 'USAGE', 'k', 'SAMPLES', count, 'SAMPLES', '3'];
  }
  yield ['MEMORY', 'USAGE', 'k', 'SAMPLES'];
  yield ['MEMORY', 'USAGE', 'k', 'nonsense'];
  yield ['MEMORY', 'PURGE'];
  yield ['MEMORY', 'PURGE', 'x'];
  yield ['MEMORY', 'nonsense'];
  yield ['RANDOMKEY'];
  yield ['FLUSHDB'];
  yield ['RANDOMKEY'];
  yield ['RANDOMKEY', 'x'];
}

/** Whole scans of a database, and what is refused. */
function* scans(): Iterable<string[]> {
  yield ['FLUSHALL'];
  for (let i = 0; i < 300; i++)
    yield ['SET', `key:${i}`, String(i), ...(i % 3 === 0 ? ['EX', '100000'] : [])];
  for (const key of ['', '\0', '\xff\r\n', '[x]', '*', 'a\\b', 'k'.repeat(2000)]) yield ['SET', key, 'v'];
  for (const options of [
    [],
    ['MATCH', '*'],
    ['match', 'key:1*'],
    ['MATCH', 'key:[12]?'],
    ['MATCH', '\\[x]'],
    ['MATCH', 'nothing'],
    ['TYPE', 'string'],
    ['TYPE', 'STRING'],
    ['type', 'hash'],
    ['TYPE', 'nonsense'],
    ['TYPE', ''],
    ['MATCH', '*7', 'TYPE', 'string', 'MATCH', '*8'],
    ['COUNT', '1', 'COUNT', '100000'],
  ]) {
    yield ['SCAN', '0', 'COUNT', '100000', ...options];
  }
  for (const cursor of [
    ...['', '-1', '+5', ' 5', '5 ', '-', 'abc', '5abc', '5\0abc', '0x10', '1.5', '1e3', '00'],
    ...['18446744073709551615', '18446744073709551616', '-18446744073709551615', '-18446744073709551616'],
  ]) {
    yield ['SCAN', cursor, 'COUNT', '1'];
    yield ['SCAN', cursor, 'COUNT', '0'];
  }
  for (const count of ['0', '-1', '', 'abc', '1.5', '01', '9223372036854775807', '9223372036854775808']) {
    yield ['SCAN', '0', 'COUNT', count];
    yield ['SCAN', '0', 'COUNT', count, 'nonsense'];
    yield ['SCAN', '0', 'COUNT', count, 'MATCH'];
    yield ['SCAN', '0', 'nonsense', 'COUNT', count];
  }
  yield ['SCAN', '0', 'COUNT'];
  yield ['SCAN', 'abc', 'nonsense'];
}

/** Keys by pattern, and from one database to another. */
function* keysAndMoves(): Iterable<string[]> {
  yield ['FLUSHALL'];
  const names = ['', '\0', '\xff\r\n', '[x]', '*', 'a\\b', 'key:1', 'key:2', 'k'.repeat(2000), ':5', '$1'];
  for (const name of names)
    yield ['SET', name, `value of ${name}`, ...(name.length > 1 ? ['EX', '100000'] : [])];
  for (const pattern of ['*', '**', '', '?', 'key:*', '[', '[^a]*', '\\*', '*\xff*', ':*', 'nothing', 'K*']) {
    yield ['KEYS', pattern];
  }
  yield ['TOUCH', ...names, 'none', 'key:1'];
  yield ['TOUCH', 'none'];
  for (const db of ['x', '', '-1', '16', '2147483648', '99999999999999999999', '0', '00', '1.0']) {
    yield ['MOVE', 'key:1', db];
    yield ['MOVE', 'none', db];
  }
  for (const name of names) {
    yield ['MOVE', name, '3'];
    yield ['MOVE', name, '3'];
    yield ['EXISTS', name];
  }
  yield ['SET', 'key:1', 'another'];
  yield ['MOVE', 'key:1', '3'];
  yield ['SELECT', '3'];
  yield ['DBSIZE'];
  for (const name of names) {
    yield ['GET', name];
    yield ['TTL', name];
    yield ['MOVE', name, '3'];
    yield ['MOVE', name, '0'];
  }
  yield ['KEYS', '*'];
  yield ['SELECT', '0'];
  yield ['KEYS', '*'];
  // A string that has grown has room behind it, which is no part of it.
  for (const length of [10, 10_000, 20_000]) {
    yield ['SET', 'grown', 'x'.repeat(length)];
    yield ['APPEND', 'grown', 'y'.repeat(length / 10)];
    yield ['MOVE', 'grown', '5'];
    yield ['SELECT', '5'];
    yield ['GET', 'grown'];
    yield ['APPEND', 'grown', 'z'];
    yield ['STRLEN', 'grown'];
    yield ['DEL', 'grown'];
    yield ['SELECT', '0'];
  }
}

/** What a server without replicas, modules and a cluster says of them. */
function* alone(): Iterable<string[]> {
  yield ['ROLE'];
  yield ['MODULE', 'LIST'];
  yield ['MODULE', 'HELP'];
  yield ['MODULE', 'LOAD', '/nonsense'];
  yield ['MODULE', 'nonsense'];
  for (const sub of ['INFO', 'HELP', 'MYID', 'SLOTS', 'nonsense']) yield ['CLUSTER', sub];
  yield ['CLUSTER', 'KEYSLOT', 'a'];
  for (const words of [
    ['NO', 'ONE'],
    ['no', 'one'],
    ['no', 'two'],
    ['host', '70000'],
    ['host', '-1'],
    ['a'],
  ]) {
    yield ['REPLICAOF', ...words];
    yield ['SLAVEOF', ...words];
  }
}

/** What CLIENT refuses, and says without looking at anybody. */
function* clientRefusals(): Iterable<string[]> {
  const kills = [
    ['127.0.0.1:1'],
    ['127.0.0.1:1', 'x'],
    ['ID', '0'],
    ['id', 'x'],
    ['ID', '-1'],
    ['ID', '9223372036854775808'],
    ['ID', '9223372036854775807'],
    ['ID'],
    ['ID', '10', 'x'],
    ['TYPE', 'x\r\n'],
    ['TYPE', 'master'],
    ['type', 'SLAVE'],
    ['TYPE', 'replica', 'ID'],
    ['TYPE', 'pubsub', 'SKIPME', 'no'],
    ['TYPE', 'normal', 'SKIPME', 'x'],
    ['USER', 'nobody'],
    ['USER', 'default', 'TYPE', 'master'],
    ['ADDR', 'x', 'LADDR', 'y'],
    ['ADDR', '127.0.0.1:1'],
    ['nonsense', 'x'],
  ];
  for (const words of kills) yield ['CLIENT', 'KILL', ...words];
  for (const words of [
    ['x'],
    ['TYPE'],
    ['TYPE', 'x'],
    ['TYPE', 'normal', 'x'],
    ['ID'],
    ['ID', 'x'],
    ['ID', '99999', '-1'],
  ])
    yield ['CLIENT', 'LIST', ...words];
  for (const type of ['master', 'REPLICA', 'slave', 'pubsub']) yield ['CLIENT', 'LIST', 'TYPE', type];
  for (const words of [['x'], ['on'], ['x', 'y'], []]) yield ['CLIENT', 'REPLY', ...words];
  for (const words of [['x'], ['on'], ['OFF'], ['on', 'off']]) yield ['CLIENT', 'NO-EVICT', ...words];
  for (const words of [
    ['x'],
    ['99999'],
    ['99999', 'x'],
    ['99999', 'error'],
    ['x', 'TIMEOUT'],
    ['1', 'error', 'x'],
  ])
    yield ['CLIENT', 'UNBLOCK', ...words];
  yield ['CLIENT', 'GETREDIR'];
  yield ['CLIENT', 'TRACKINGINFO'];
  yield ['CLIENT', 'INFO', 'x'];
}

/** RESET gives everything back that a client can choose. */
function* resets(): Iterable<string[]> {
  yield ['HELLO', '3', 'SETNAME', 'me'];
  yield ['SELECT', '5'];
  yield ['SET', 'here', '5'];
  yield ['GET', 'none'];
  yield ['RESET', 'x'];
  yield ['RESET'];
  yield ['GET', 'none'];
  yield ['GET', 'here'];
  yield ['CLIENT', 'GETNAME'];
  yield ['HELLO'];
}

/** What COPY and SWAPDB say of databases, and in which order COPY looks at its options. */
function* databases(): Iterable<string[]> {
  const indices = ['x', '', '-1', '0', '3', '15', '16', '2147483647', '2147483648', '-2147483649'];
  for (const one of indices) for (const other of indices) yield ['SWAPDB', one, other];
  yield ['SET', 'k', 'v'];
  for (const db of indices) {
    for (const more of [[], ['REPLACE'], ['nonsense'], ['DB']]) {
      yield ['COPY', 'k', 'l', 'DB', db, ...more];
      yield ['COPY', 'k', 'k', ...more, 'DB', db];
    }
  }
}

const scripts: Record<string, Script> = {
  'options of SET': setOptions,
  'options of the EXPIRE family': expireOptions,
  'odd numbers': numbers,
  'deadlines beyond doubles': deadlinesBeyondDoubles,
  'refused commands': errors,
  'SCAN and its refusals': scans,
  'encodings, sizes, random keys': encodings,
  'KEYS, TOUCH, MOVE': keysAndMoves,
  'what there is none of': alone,
  resets,
  'refusals of CLIENT': clientRefusals,
  'databases of COPY and SWAPDB': databases,
  sessions,
  settings,
};

t.test('redis-server and Sherd give the same replies', { skip: redisMissing() }, (t) =>
  compareScripts(t, scripts),
);
