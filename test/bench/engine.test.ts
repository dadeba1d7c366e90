/** The engine benchmark keeps working, and its instruments measure what they say. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import tap, { type Test, test } from 'tap';
import { runBystander } from '../../bench/engine/bystander.js';
import { readPage } from '../../bench/engine/key-walk.js';
import { formatLines, judge, type Line } from '../../bench/engine/line.js';
import { TurnLog } from '../../bench/engine/turn-log.js';
import { start } from './benchmark.js';

tap.setTimeout(180_000);

function temporaryDirectory(t: Test): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'sherd-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const LINE: Line = {
  measure: 'm',
  unit: 'times',
  bound: 'at least',
  wanted: 1,
  aim: 2,
  measured: 1.5,
  note: '',
};

test('a line is judged by its bound', async (t) => {
  t.equal(judge(LINE), 'ok');
  t.equal(judge({ ...LINE, measured: 0.99 }), 'NOT');
  t.equal(judge({ ...LINE, measured: 2 }), 'aim');
  const most: Line = { ...LINE, bound: 'at most', wanted: 2, aim: 1 };
  t.equal(judge(most), 'ok');
  t.equal(judge({ ...most, measured: 2.01 }), 'NOT');
  t.equal(judge({ ...most, measured: 1 }), 'aim');
  t.equal(judge({ ...LINE, measured: null }), 'NOT', 'what is not measured is not reached');
  t.equal(judge({ ...LINE, bound: 'told' }), '-');
  const { aim: _, ...withoutAim } = LINE;
  t.equal(judge({ ...withoutAim, measured: 9 }), 'ok');
  t.match(
    formatLines([LINE, { ...LINE, bound: 'told' }]),
    /^m +>= 1\.00 +>= 2\.00 +1\.50 +ok\n(?:.*\n)*1 of 1 reached$/m,
  );
});

const WATCH = fileURLToPath(new URL('../../dist/bench/engine/turn-watch.js', import.meta.url));
/** Its main thread says when it has started, computes for 60 ms after waiting for a second, and a worker does for 90 in three messages at once. */
const PROGRAM = `
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
const compute = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.once('message', () => setTimeout(() => console.log(Date.now()), 100));
  worker.once('message', () => setTimeout(() => {
    compute(60);
    for (let i = 0; i < 3; i++) worker.postMessage(30);
    let left = 3;
    worker.on('message', () => { if (--left === 0) setTimeout(() => process.exit(), 50); });
  }, 1000));
} else {
  parentPort.on('message', (ms) => { compute(ms); parentPort.postMessage('done'); });
  setTimeout(() => parentPort.postMessage('ready'), 100);
}`;

test('the longest turn of each thread is logged, as the loop sees it', async (t) => {
  const directory = temporaryDirectory(t);
  const program = path.join(directory, 'program.mjs');
  writeFileSync(program, PROGRAM);
  const log = new TurnLog(directory);
  const url = pathToFileURL(WATCH);
  url.searchParams.set('directory', log.directory);
  const { NODE_OPTIONS: _, ...env } = process.env;
  const watched = ['--import', url.href, program];
  t.same(log.nodeArguments.length, 2);
  const startedAt = execFileSync(process.execPath, watched, { env, timeout: 20_000, encoding: 'utf8' });
  const all = log.since(Number(startedAt));
  for (const [name, computesMs] of [
    ['main', 60],
    ['worker', 90],
  ] as const) {
    const turn = all.longest.find(({ thread }) => thread.startsWith(name))!;
    t.ok(turn.activeMs >= computesMs, `${name}: ${turn.activeMs} ms are one turn`);
    t.ok(turn.activeMs < computesMs + 900, `${name}: what the loop waits for is never counted`);
    // What it computes by the clock it may have spent in the run queue.
    t.ok(
      turn.lengthMs <= turn.activeMs && turn.lengthMs >= Math.min(turn.cpuMs, turn.activeMs),
      `${turn.lengthMs} ms`,
    );
  }
  t.same(log.since(Date.now() + 1000).longest, [], 'later there was nothing');
});

test('the log is read by thread, from an instant on', async (t) => {
  const log = new TurnLog(temporaryDirectory(t));
  const write = (thread: string, text: string) =>
    writeFileSync(path.join(log.directory, `turns-77-${thread}`), text);
  write(
    'main',
    'turn 1000.0 30.5 31.0 30.5\nturn 2000.0 4.5 9.0 4.0\ncollection 2001.0 2.5\nturn 3000.0 99 9',
  );
  write('worker-1', 'turn 2500.5 7.5 7.5 7.5\nturn 2600.0 3.0 3.0 3.0\n');
  t.match(log.since(1500), {
    longestMs: 7.5,
    longestCollectionMs: 2.5,
    longest: [
      { thread: 'worker-1', lengthMs: 7.5 },
      { thread: 'main', lengthMs: 4.5, activeMs: 9, cpuMs: 4 },
    ],
  });
  t.equal(log.since(0).longestMs, 30.5);
});

test("the bystander's latencies run from when a request was to be sent", async (t) => {
  const STALL_MS = 100;
  let received = 0;
  let stalled = false;
  const listener = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const gets = chunk.toString('latin1').match(/GET/g)?.length ?? 0;
      received += gets;
      const late = !stalled && received > 100;
      stalled ||= late;
      const answer = () => socket.write('$1\r\nx\r\n'.repeat(gets));
      if (late) {
        socket.pause();
        setTimeout(() => {
          answer();
          socket.resume();
        }, STALL_MS);
      } else answer();
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.teardown(() => listener.close());
  const fromMs = Date.now() + 50;
  const latencies = await runBystander({
    port: (listener.address() as AddressInfo).port,
    connections: 1,
    ratePerSecond: 1000,
    fromMs,
    untilMs: fromMs + 400,
    key: 'own:__rand_int__',
    keys: 10,
  });
  t.equal(latencies.length, 400);
  t.equal(received, 400, 'whatever the server does');
  t.ok(
    latencies.every((latency) => latency > 0),
    'nothing was sent before its time',
  );
  // Those that were to be sent while the server stalled waited too, the later the less: about 100 of them, half of
  // them for half the time or more.
  const held = [...latencies].filter((latency) => latency > STALL_MS / 2).length;
  t.ok(held >= STALL_MS / 4, `${held} waited long`);
});

test('a page of SCAN', async (t) => {
  const page = '*2\r\n$2\r\n17\r\n*2\r\n$16\r\nkey:000000000012\r\n$16\r\nkey:000012345678\r\n';
  t.same(readPage(Buffer.from(page)), { cursor: '17', numbers: [12, 12_345_678] });
  t.same(readPage(Buffer.from('*2\r\n$1\r\n0\r\n*0\r\n')), { cursor: '0', numbers: [] });
});

interface Report {
  redis: string | null;
  lines: { measure: string; measured: number | null; verdict: string; note: string }[];
}

test('a tiny run has a line for everything that must be reached', async (t) => {
  const tiny = ['engine', '--scale', '0.002', '--rounds', '1', '--runs', '1', '--json', '-'];
  const { status, stdout, stderr } = await start(tiny).ended;
  t.equal(status, 0, status === 0 ? 'ends well' : stderr);
  const { redis, lines } = JSON.parse(stdout) as Report;
  const wanted = [
    ...['SET', 'GET'].flatMap((command) =>
      [1, 16, 64].map((pipeline) => `throughput ÷ redis-server, ${command}, P=${pipeline}`),
    ),
    ...['SET', 'GET'].flatMap((command) =>
      [16, 64].map((pipeline) => `main thread's CPU ÷ redis-server's, ${command}, P=${pipeline}`),
    ),
    "memory per key ÷ redis-server's, 0.01M keys",
    'longest turn of any thread, filling 0.01M keys',
    '1,000 keys due at one instant, gone after',
    "a bystander's p99 meanwhile ÷ its control's",
    '0.04M keys in 4 shards: loaded',
    '0.04M keys in 4 shards: distinct keys shown by SCAN',
    'longest turn of any thread all that time',
  ];
  for (const measure of wanted) {
    const line = lines.find((one) => one.measure === measure);
    t.ok(line, measure);
    if (process.platform === 'linux' && redis !== null)
      t.ok(line?.measured !== null, `${measure}: ${line?.note}`);
  }
});

test('a part that there is not', async (t) => {
  t.match(await start(['engine', '--only', 'turns,nosuch']).ended, {
    status: 1,
    stderr: "bench: --only: there is no part 'nosuch', only throughput, memory, turns, expiry, large\n",
  });
});
