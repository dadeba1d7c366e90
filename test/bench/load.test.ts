/**
 * The benchmark keeps working: its parts by themselves, then the whole thing, so small that its figures mean nothing.
 * The whole is what was built into dist, as `npm run bench` runs it.
 */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import tap, { type Test, test } from 'tap';
import { Batch } from '../../bench/load/batch.js';
import { cpuUse, statTicks } from '../../bench/load/cpu.js';
import { type LoadPlan, runLoad } from '../../bench/load/generator.js';
import { type Options, parseOptions } from '../../bench/load/options.js';
import { parseCsv, redisBenchmarkArguments } from '../../bench/load/redis-benchmark.js';
import { ReplyCounter } from '../../bench/load/reply-counter.js';
import { boundOf, resultOf } from '../../bench/load/results.js';
import type { Round } from '../../bench/load/rounds.js';
import { listeningPort } from '../../bench/load/servers.js';
import { quantile, quartiles } from '../../bench/load/statistics.js';
import { rowsOf, suites } from '../../bench/load/suites.js';
import { formatTable } from '../../bench/load/table.js';
import { MAIN, start } from './benchmark.js';

// Two servers, and a client process for every round, on a machine that may be busy.
tap.setTimeout(180_000);

const TINY = ['--rounds', '1', '--scale', '0.005', '--keys', '1000', '--load', 'own'];

function options(...args: string[]): Options {
  return parseOptions(args) as Options;
}

test('quantiles interpolate between neighbours', async (t) => {
  t.equal(quantile([7], 0.25), 7);
  t.equal(quantile([4, 1, 3, 2], 0.5), 2.5, 'whatever the order');
  t.same(quartiles([10, 2, 4, 8, 6]), { q1: 4, median: 6, q3: 8 });
  t.same(quartiles([1, 2, 3, 4]), { q1: 1.75, median: 2.5, q3: 3.25 });
  t.equal(quantile([10, 9], 0), 9);
  t.equal(quantile([10, 9], 1), 10);
  t.throws(() => quantile([], 0.5), RangeError);
});

test("redis-benchmark's CSV", async (t) => {
  const current = '"test","rps","avg_latency_ms","min_latency_ms"\n"SET","71022.73","5.505","0.736"\n';
  t.same(parseCsv(current), [{ test: 'SET', requestsPerSecond: 71022.73 }]);
  const old = '"SET","27027.03"\r\n"MSET (10 keys)","444"\r\n';
  t.same(parseCsv(old), [
    { test: 'SET', requestsPerSecond: 27027.03 },
    { test: 'MSET (10 keys)', requestsPerSecond: 444 },
  ]);
  const comma = 'WARNING: Could not fetch server CONFIG\n"eval return 1, 2","5.00","1.0"\n';
  t.same(parseCsv(comma), [{ test: 'eval return 1, 2', requestsPerSecond: 5 }]);
  t.same(parseCsv('"test","rps"\n"SET","inf"\n'), [], 'too short a round has no rate');
});

test('the arguments of redis-benchmark say what the row says', async (t) => {
  const [row] = rowsOf(options('--tests', 'get', '--pipelines', '16', '--clients', '5', '--scale', '0.5'));
  t.equal(
    redisBenchmarkArguments(7000, row).join(' '),
    '-h 127.0.0.1 -p 7000 -c 5 -n 500000 -d 64 -r 100000 -P 16 --csv -t get',
  );
});

const REPLIES = [
  '+OK\r\n',
  '$5\r\nhello\r\n',
  '$0\r\n\r\n',
  '$-1\r\n',
  ':-12\r\n',
  '$11\r\n+OK\r\n$3\r\n*2\r\n',
  '*0\r\n',
  '*-1\r\n',
  '*3\r\n$1\r\na\r\n*2\r\n:1\r\n$-1\r\n+x\r\n',
  '-ERR no such thing\r\n',
  '-WRONGTYPE later\r\n',
  `$300\r\n${'x'.repeat(300)}\r\n`,
];

test('replies are counted in every split', async (t) => {
  const stream = Buffer.from(REPLIES.join(''), 'latin1');
  const ends = REPLIES.map((_, i) => REPLIES.slice(0, i + 1).join('').length);
  const endedBy = (at: number) => ends.filter((end) => end <= at).length;
  const wrong: string[] = [];
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second += 7) {
      const counter = new ReplyCounter();
      const cuts = [0, first, second, stream.length];
      for (let i = 1; i < cuts.length; i++) {
        const count = counter.push(stream.subarray(cuts[i - 1], cuts[i]));
        if (count !== endedBy(cuts[i]) - endedBy(cuts[i - 1])) wrong.push(`${first}, ${second}: part ${i}`);
      }
      if (counter.error !== 'ERR no such thing') wrong.push(`${first}, ${second}: ${counter.error}`);
    }
  }
  t.same(wrong, []);
  const counter = new ReplyCounter();
  let total = 0;
  for (const byte of stream) total += counter.push(Uint8Array.of(byte));
  t.equal(total, REPLIES.length, 'byte by byte');
  t.throws(() => counter.push(Buffer.from('hello')), { message: "a reply can't start with byte 104" });
});

test('a batch is encoded once and gets new keys', async (t) => {
  const batch = new Batch(
    [['SET', 'key:__rand_int__', '__data__'], ['GET', 'key:__rand_int__'], ['PING']],
    3,
  );
  let next = 98;
  const text = (keys: number) => batch.fill(() => next++, keys).toString('latin1');
  const expected = (a: string, b: string) =>
    `*3\r\n$3\r\nSET\r\n$16\r\nkey:${a}\r\n$3\r\nxxx\r\n*2\r\n$3\r\nGET\r\n$16\r\nkey:${b}\r\n*1\r\n$4\r\nPING\r\n`;
  t.equal(text(1000), expected('000000000098', '000000000099'));
  t.equal(text(1000), expected('000000000100', '000000000101'));
  next = 7;
  t.equal(text(1000), expected('000000000007', '000000000008'), 'no digit is left of the key before');
});

test('options', async (t) => {
  t.match(options(), { suite: 'basic', rounds: 5, shards: 2, clients: 50, valueBytes: 64, keys: 100_000 });
  t.same(
    rowsOf(options()).map(({ workload, pipeline, requests }) => [workload.name, pipeline, requests]),
    [
      ['set', 1, 100_000],
      ['set', 16, 1_000_000],
      ['set', 64, 2_000_000],
      ['get', 1, 100_000],
      ['get', 16, 1_000_000],
      ['get', 64, 2_000_000],
    ],
  );
  t.same(
    rowsOf(options('--requests', '100', '--tests', 'get')).map(({ requests }) => requests),
    [100, 112, 128],
    'whole batches',
  );
  t.equal(parseOptions(['--help']), 'help');
  const bad = {
    "Unknown option '--foo'": ['--foo', '1'],
    "Option '--rounds <value>' argument missing": ['--rounds'],
    '--rounds 0: expected an integer from 1 to 1000': ['--rounds', '0'],
    '--scale -1: expected a number above 0, up to 1000': ['--scale=-1'],
    '--scale and --requests exclude each other': ['--scale', '1', '--requests', '1'],
    '--load fast: expected own or redis-benchmark': ['--load', 'fast'],
    '--pipelines : expected an integer from 1 to 10000': ['--pipelines', '1,,2'],
    "'other': one suite at a time": ['basic', 'other'],
    "there is no suite 'nosuch', only basic, sizes, mixes, several-keys, connections": ['nosuch'],
    "--tests: there is no test 'mset', only set, get": ['--tests', 'set,mset'],
  };
  for (const [message, args] of Object.entries(bad)) {
    t.throws(() => rowsOf(options(...args)), { name: 'BenchError', message }, args.join(' '));
  }
});

test('CPU figures', async (t) => {
  const stat = '42 (a (b) c d) S 1 1 1 0 -1 4194304 99 0 0 0 14 15 16 17 20 0 1 0\n';
  t.same(statTicks(stat, 14), [14, 15]);
  t.same(statTicks(stat, 16), [16, 17]);
  const before = new Map([
    [10, 1000],
    [11, 50],
    [12, 500],
  ]);
  const after = new Map([
    [10, 1500],
    [11, 60],
    [14, 700],
    [12, 800],
  ]);
  t.same(cpuUse(10, 2, before, after), { main: 500, shards: [300, 700], other: 10 });
  t.same(cpuUse(10, 0, before, after), { main: 500, shards: [], other: 1010 });
});

test('ratios are taken round by round, and a busy client is marked', async (t) => {
  const round = (requestsPerSecond: number, clientShare: number): Round => ({
    requestsPerSecond,
    clientShare,
    cpu: { main: 2e9, shards: [1e9, 0.5e9], other: 1e8 },
  });
  const [row] = rowsOf(options('--pipelines', '1'));
  const sherd = [round(50_000, 0.5), round(75_000, 0.6), round(60_000, 0.5)];
  const redis = [round(100_000, 0.95), round(100_000, 0.85), round(30_000, 0.92)];
  const both = resultOf(row, 'own', [sherd, redis]);
  t.same(both.ratio, { q1: 0.625, median: 0.75, q3: 1.375, rounds: [0.5, 0.75, 2] });
  t.match(both, { clientShare: 0.92, clientBound: true });
  t.same(both.sherd.cpuMicrosPerCommand, { main: 20, shards: [10, 5], other: 1, total: 36 });
  t.same(both.bound, { thread: 'main', requestsPerSecond: 50_000 });
  t.match(formatTable([both], 2), / main +50,000 .*\n/);
  t.match(formatTable([both], 2), /set +1 +60,000 +100,000 +0\.75 \[0\.6[23]-1\.3[78]\] .* 92%\*\n/);

  const alone = resultOf(row, 'own', [
    sherd.map((one) => ({ ...one, cpu: undefined, clientShare: undefined })),
  ]);
  t.match(alone, { redis: null, ratio: null, bound: null, clientShare: null, clientBound: false });
  t.equal(
    formatTable([alone], 2),
    'test  pipeline  sherd/s\nset          1   60,000\n\n/s: requests per second, median of the rounds.',
  );
});

test('the bound is the thread that spends most on a command', async (t) => {
  const cpu = (main: number, shards: number[]) => ({ main, shards, other: 9, total: 0 });
  t.same(boundOf(cpu(2, [1, 1.25])), { thread: 'main', requestsPerSecond: 500_000 });
  t.same(boundOf(cpu(2, [1, 2.5])), { thread: 'shard 1', requestsPerSecond: 400_000 });
  t.equal(boundOf(cpu(0, [0, 0])), null, 'so short a run that no CPU time was seen');
  t.equal(boundOf(null), null);
});

test("Sherd's port is in its log", async (t) => {
  t.equal(listeningPort('{"level":30,"addresses":["127.0.0.1:40123"],"shards":2}\n'), 40123);
  t.equal(listeningPort('{"level":30,"addresses":["[::1]:40123","127.0.0.1:1"]}\n'), 40123);
  t.equal(listeningPort('{"level":30,"msg":"starting"}\n'), undefined);
});

/** A port where every chunk is handled by `answer`, until the test ends. */
async function listen(t: Test, answer: (socket: Socket, chunk: string) => void): Promise<number> {
  const listener = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => answer(socket, chunk.toString('latin1')));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.teardown(() => listener.close());
  return (listener.address() as AddressInfo).port;
}

test('the own generator', async (t) => {
  const plan = (port: number): LoadPlan => ({
    port,
    clients: 3,
    pipeline: 4,
    requests: 42,
    valueBytes: 8,
    keys: 10,
    keyOrder: 'sequential',
    commands: [['SET', 'key:__rand_int__', '__data__'], ['GET', 'key:__rand_int__'], ['PING']],
  });
  const seen: string[] = [];
  const echo = await listen(t, (socket, chunk) => {
    // Small enough to come in one piece each.
    const commands = chunk.match(/\*\d\r\n/g) ?? [];
    seen.push(...(chunk.match(/SET|GET|PING/g) ?? []));
    socket.write('+OK\r\n'.repeat(commands.length));
  });
  t.match(await runLoad(plan(echo)), { requests: 44 }, 'rounded up to whole batches');
  t.equal(seen.length, 44);
  t.equal(new Set(seen).size, 3, 'the commands take turns');

  const refuses = await listen(t, (socket) => socket.write('+OK\r\n-ERR no\r\n'));
  await t.rejects(runLoad(plan(refuses)), { message: 'the server answered: ERR no' });
  const chatters = await listen(t, (socket) => socket.write('+OK\r\n'.repeat(5)));
  await t.rejects(runLoad(plan(chatters)), { message: 'the server sent more replies than it got commands' });
  const leaves = await listen(t, (socket) => socket.end('+OK\r\n'));
  await t.rejects(runLoad(plan(leaves)), { message: 'the server closed a connection' });
  const babbles = await listen(t, (socket) => socket.write('HTTP/1.1 400\r\n'));
  await t.rejects(runLoad(plan(babbles)), { message: "a reply can't start with byte 72" });
});

interface JsonServer {
  requestsPerSecond: { median: number };
  cpuMicrosPerCommand: { main: number; shards: number[] } | null;
}
interface JsonReport {
  redis: string | null;
  rows: {
    test: string;
    pipeline: number;
    sherd: JsonServer;
    redis: JsonServer | null;
    ratio: unknown;
    bound: { thread: string; requestsPerSecond: number } | null;
  }[];
}

function checkRows(t: Test, { redis, rows }: JsonReport): void {
  t.same(
    rows.map(({ test, pipeline }) => `${test} ${pipeline}`),
    ['set 1', 'set 16', 'set 64', 'get 1', 'get 16', 'get 64'],
  );
  for (const row of rows) {
    const name = `${row.test} ${row.pipeline}`;
    t.ok(row.sherd.requestsPerSecond.median > 0, `${name}: a rate`);
    t.equal(row.redis !== null, redis !== null, `${name}: redis-server's where there is one`);
    t.equal(row.ratio !== null, redis !== null, `${name}: and the ratio`);
    if (process.platform === 'linux') {
      t.ok(row.sherd.cpuMicrosPerCommand!.main > 0, `${name}: the main thread's CPU`);
      t.equal(row.sherd.cpuMicrosPerCommand!.shards.length, 2, `${name}: each shard's`);
      t.match(row.bound!.thread, /^(main|shard [01])$/, `${name}: the bound`);
      t.ok(row.bound!.requestsPerSecond > 0, `${name}: and what it allows`);
    }
  }
}

test('a tiny run gives a row for each test and pipeline', async (t) => {
  t.ok(existsSync(MAIN), 'npm run build comes before the tests');
  const { status, stdout, stderr } = await start([...TINY, '--json', '-']).ended;
  t.equal(status, 0, status === 0 ? 'ends well' : stderr);
  checkRows(t, JSON.parse(stdout) as JsonReport);
  t.match(stderr, /\[6\/6\] get, pipeline 64: \d+ requests\/s/, 'progress');
});

test('the rows of every suite are bounded', async (t) => {
  for (const suite of Object.keys(suites)) {
    for (const { workload, pipeline, clients, valueBytes, keys, requests } of rowsOf(options(suite))) {
      const name = `${workload.name}, pipeline ${pipeline}`;
      t.ok(keys * valueBytes <= 2 ** 30, `${name}: ${keys} keys of ${valueBytes} bytes`);
      t.ok(
        requests * valueBytes <= 2 ** 30 + clients * pipeline * valueBytes,
        `${name}: ${requests} requests`,
      );
      t.ok(requests >= clients * pipeline, `${name}: every connection has something to send`);
    }
  }
});

test('every suite runs', async (t) => {
  const tiny = ['--rounds', '1', '--requests', '100', '--keys', '100', '--pipelines', '2', '--json', '-'];
  for (const suite of Object.keys(suites)) {
    const { status, stdout, stderr } = await start([suite, ...tiny]).ended;
    t.equal(status, 0, status === 0 ? suite : stderr);
    const { rows } = JSON.parse(stdout) as JsonReport;
    t.same(
      rows.map(({ test }) => test),
      suites[suite].workloads.map(({ name }) => name),
    );
  }
});

test('without redis-server Sherd is measured alone', async (t) => {
  const args = ['--rounds', '1', '--scale', '0.005', '--keys', '100', '--tests', 'set', '--pipelines', '16'];
  const { status, stdout, stderr } = await start(args, { PATH: '/nonexistent' }).ended;
  t.equal(status, 0, status === 0 ? 'ends well' : stderr);
  t.match(stdout, /^set +16 +[\d,]+ /m);
  t.notMatch(stdout, /redis/);
  t.match(stderr, /no redis-server to compare with/);
});

test('a bad option ends with one line', async (t) => {
  const { status, stdout, stderr } = await start(['--rounds', 'many']).ended;
  t.same(
    { status, stdout, stderr },
    {
      status: 1,
      stdout: '',
      stderr: 'bench: --rounds many: expected an integer from 1 to 1000\n',
    },
  );
});

const childrenFile = (pid: number) => `/proc/${pid}/task/${pid}/children`;
const noSignals = process.platform === 'win32' ? 'signals are not Windows' : false;

test('Ctrl-C leaves no process behind', { skip: noSignals }, async (t) => {
  const { child, output, ended } = start(['--load', 'own']);
  while (!output.stderr.includes('suite basic')) await once(child.stderr, 'data');
  const file = childrenFile(child.pid!);
  const servers = existsSync(file) ? readFileSync(file, 'latin1').trim().split(' ').map(Number) : [];
  child.kill('SIGINT');
  t.match(await ended, { status: 130, stdout: '' });
  if (existsSync(childrenFile(process.pid))) t.ok(servers.length > 0, 'there were servers');
  const alive = (pid: number) =>
    existsSync(`/proc/${pid}`) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  for (let waited = 0; servers.some(alive) && waited < 100; waited++)
    await new Promise((next) => setTimeout(next, 50));
  t.same(servers.filter(alive), []);
});
