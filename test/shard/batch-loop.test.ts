/**
 * BatchLoop with a clock, an event loop and a doorbell of the test's: a thread on paper, to which batches come at given
 * times. It goes back to its event loop in time, sleeps there when nothing comes, and forgets no batch.
 */
import t from 'tap';
import { Batch } from '../../src/shard/batch.js';
import { BatchLoop, SLICE_MS } from '../../src/shard/batch-loop.js';
import { Doorbell } from '../../src/shard/doorbell.js';
import { createRandom, runSeed } from '../support/random.js';

class Thread {
  nowMs = 0;
  /** When batches come, in ascending order, and what is done with each. */
  readonly arrivals: { readonly atMs: number; readonly runMs: number }[] = [];
  readonly ranAtMs: number[] = [];
  /** When the event loop got its turn. */
  readonly turnsAtMs: number[] = [];
  /** What the test knows of the waiting. */
  waitedMs = 0;
  /** Called while a batch is run. */
  onRun: () => void = () => {};
  readonly loop: BatchLoop;
  private readonly bell: Doorbell;
  private readonly deferred: (() => void)[] = [];

  constructor() {
    const thread = this;
    /** Waiting lets time pass, until the next batch comes. */
    class PaperBell extends Doorbell {
      override wait(timeoutMs: number, hasWork: () => boolean): void {
        if (hasWork()) return;
        const [next] = thread.arrivals;
        const untilMs = Math.min(thread.nowMs + timeoutMs, next?.atMs ?? Number.POSITIVE_INFINITY);
        thread.waitedMs += untilMs - thread.nowMs;
        thread.nowMs = untilMs;
      }
    }
    this.bell = new PaperBell();
    this.loop = new BatchLoop({
      bell: this.bell,
      hasArrived: () => this.hasArrived,
      poll: () => (this.hasArrived ? Batch.ofSize(8) : null),
      run: () => {
        const { runMs } = this.arrivals.shift()!;
        this.ranAtMs.push(this.nowMs);
        this.nowMs += runMs;
        this.onRun();
      },
      nowMs: () => this.nowMs,
      defer: (callback) => this.deferred.push(callback),
    });
  }

  get hasArrived(): boolean {
    return this.arrivals.length > 0 && this.arrivals[0].atMs <= this.nowMs;
  }

  get sleeps(): boolean {
    return this.deferred.length === 0;
  }

  /** One turn of the event loop; false if nothing will ever happen any more. */
  turn(): boolean {
    this.turnsAtMs.push(this.nowMs);
    const callbacks = this.deferred.splice(0);
    for (const callback of callbacks) callback();
    if (callbacks.length > 0) return true;
    // It sleeps: only a message wakes it, which is sent if it said that it sleeps.
    if (this.arrivals.length === 0) return false;
    this.nowMs = Math.max(this.nowMs, this.arrivals[0].atMs);
    let woken = false;
    this.bell.ring(() => {
      woken = true;
    });
    if (!woken) throw new Error('it sleeps and has not said so');
    this.loop.wake();
    return true;
  }

  /** Until it sleeps and no more batches will come. */
  finish(): void {
    while (this.turn());
  }
}

t.test('under constant load the event loop gets its turn after every slice', async (t) => {
  const thread = new Thread();
  for (let i = 0; i < 1000; i++) thread.arrivals.push({ atMs: 0, runMs: 0.3 });
  thread.loop.wake();
  while (thread.arrivals.length > 100) thread.turn();
  const { turnsAtMs } = thread;
  const gaps = turnsAtMs.map((atMs, i) => atMs - (turnsAtMs[i - 1] ?? 0));
  t.ok(Math.max(...gaps) <= SLICE_MS + 0.3 + 1e-9, `at most ${Math.max(...gaps)} ms`);
  t.ok(Math.min(...gaps.slice(0, -1)) >= SLICE_MS, 'and no oftener than that');
  t.equal(thread.waitedMs, 0);
  t.equal(thread.loop.waitedMs, 0);
});

t.test('a slice that brings nothing ends in the event loop, and a ring wakes it', async (t) => {
  const thread = new Thread();
  thread.loop.wake();
  t.ok(thread.sleeps);
  t.equal(thread.nowMs, SLICE_MS, 'it has waited for one slice');
  t.equal(thread.loop.waitedMs, SLICE_MS);
  thread.arrivals.push({ atMs: 100, runMs: 1 });
  thread.finish();
  t.same(thread.ranAtMs, [100]);
  t.ok(thread.sleeps);
  t.equal(thread.nowMs, 100 + 2 * SLICE_MS, 'the rest of that slice, and an empty one');
  t.equal(
    thread.loop.waitedMs,
    SLICE_MS + 1 + SLICE_MS,
    'without the time in the event loop and of the batch',
  );
});

t.test('what comes while it is going to sleep keeps it awake', async (t) => {
  const thread = new Thread();
  // Nothing when it polls for the last time in its slice, but then.
  thread.arrivals.push({ atMs: SLICE_MS, runMs: 0.1 });
  thread.loop.wake();
  t.equal(thread.ranAtMs.length, 0);
  t.notOk(thread.sleeps);
  thread.finish();
  t.equal(thread.ranAtMs.length, 1);
});

t.test('woken while it runs it goes on as before', async (t) => {
  const thread = new Thread();
  let depth = 0;
  thread.onRun = () => {
    t.equal(++depth, 1, 'one batch at a time');
    thread.loop.wake();
    depth--;
  };
  for (let i = 0; i < 20; i++) thread.arrivals.push({ atMs: 0, runMs: 0.5 });
  thread.loop.wake();
  thread.loop.wake();
  thread.turn();
  t.ok(thread.turnsAtMs.length === 1 && thread.nowMs <= 2 * (SLICE_MS + 0.5), 'one slice a turn');
  thread.finish();
  t.equal(thread.ranAtMs.length, 20);
});

t.test('what a batch throws comes out, and nothing is run afterwards', async (t) => {
  for (const turns of [0, 1]) {
    const thread = new Thread();
    for (let i = 0; i < 20; i++) thread.arrivals.push({ atMs: 0, runMs: 1 });
    let left = turns * 3;
    thread.onRun = () => {
      if (left-- === 0) throw new Error('a broken shard');
    };
    t.throws(
      () => {
        thread.loop.wake();
        for (let i = 0; i < turns; i++) thread.turn();
      },
      /a broken shard/,
      turns === 0 ? 'to who woke it' : 'to its event loop',
    );
    const { length } = thread.ranAtMs;
    thread.loop.wake();
    t.ok(thread.sleeps);
    t.equal(thread.ranAtMs.length, length);
  }
});

const seed = runSeed();
t.comment(`SEED=${seed}`);

t.test('batches that come at any time are run at once or when the one before is done', async (t) => {
  for (let round = 0; round < 300; round++) {
    const random = createRandom(seed + round);
    const thread = new Thread();
    let atMs = 0;
    const arrivals = Array.from({ length: 50 }, () => {
      atMs += random.pick([() => 0, () => random.below(20) / 10, () => 2, () => random.below(100)])();
      return { atMs, runMs: random.below(15) / 10 };
    });
    thread.arrivals.push(...arrivals);
    thread.loop.wake();
    thread.finish();
    let freeAtMs = 0;
    const expected = arrivals.map(({ atMs, runMs }) => {
      const startMs = Math.max(atMs, freeAtMs);
      freeAtMs = startMs + runMs;
      return startMs;
    });
    const late = thread.ranAtMs.findIndex((ranMs, i) => Math.abs(ranMs - expected[i]) > 1e-6);
    if (late >= 0 || thread.ranAtMs.length !== 50) {
      t.fail(`SEED=${seed + round}: batch ${late} at ${thread.ranAtMs[late]}, not ${expected[late]}`);
    }
    if (Math.abs(thread.waitedMs - thread.loop.waitedMs) > 1e-6) {
      t.fail(`SEED=${seed + round}: waited ${thread.waitedMs} ms, not ${thread.loop.waitedMs}`);
    }
  }
});
