/**
 * Thread of test/shard/doorbell.test.ts: takes what it is handed, one piece at a time, and sleeps in between.
 *
 * `words` is | handed | taken | ended |; `modes` says how it may sleep. Whatever it does between two looks it does for
 * a random moment, so that hand-offs meet it everywhere.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Doorbell } from '../../dist/shard/doorbell.js';

const HANDED = 0;
const TAKEN = 1;
const ENDED = 2;
/** Longer than the test waits, so that no time-out hides a ring that was lost. */
const SLEEP_MS = 300_000;

const { bell: shared, modes, pauses, seed, words: sharedWords } = workerData;
const bell = new Doorbell(shared);
const words = new Int32Array(sharedWords);

let state = seed;
function below(limit) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

function pause() {
  for (let left = below(pauses); left > 0; left--) Atomics.load(words, ENDED);
}

/** Looks, and is slow to say what it saw. */
function hasWork() {
  const has = Atomics.load(words, HANDED) !== words[TAKEN];
  pause();
  return has;
}

function run() {
  bell.wake();
  for (;;) {
    while (hasWork()) {
      Atomics.add(words, TAKEN, 1);
      Atomics.notify(words, TAKEN);
      pause();
    }
    if (Atomics.load(words, ENDED) === 1) return parentPort.close();
    if (modes[below(modes.length)] === 'waiting') bell.wait(SLEEP_MS, hasWork);
    else if (bell.enterLoop(hasWork)) return undefined;
  }
}

parentPort.on('message', run);
run();
