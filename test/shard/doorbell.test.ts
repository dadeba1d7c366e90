/**
 * Doorbell: who is sent a message and who is not, and that no ring is lost between two real threads. A ring that is lost
 * leaves the other thread asleep for good: the hand-off is then counted as lost when its time is up. SEED=n repeats a run.
 */
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { Doorbell } from '../../src/shard/doorbell.js';
import { createRandom, runSeed } from '../support/random.js';
import { within } from '../support/until.js';

const HAND_OFFS = 20_000;
/** After this time a hand-off that was not taken is lost. */
const LOST_MS = 10_000;
/** Random moments between steps, in turns of a loop of some ns. */
const PAUSES = 300;

// Words shared with support/sleeper.mjs.
const HANDED = 0;
const TAKEN = 1;
const ENDED = 2;

t.test('one that is awake is not sent a message', async (t) => {
  let messages = 0;
  const bell = new Doorbell();
  const ring = (): void =>
    bell.ring(() => {
      messages++;
    });
  ring();
  t.equal(messages, 0);
  t.ok(bell.enterLoop(() => false));
  ring();
  ring();
  t.equal(messages, 1, 'one that sleeps in its loop is sent one, not two');
  t.ok(bell.enterLoop(() => false));
  bell.wake();
  ring();
  t.equal(messages, 1, 'it was woken by something else');
  t.notOk(
    bell.enterLoop(() => true),
    'it does not go to sleep when there is work',
  );
  ring();
  t.equal(messages, 1, 'and is awake then');
});

t.test('waiting ends when it is rung, when there is work, and when the time is up', async (t) => {
  const bell = new Doorbell();
  const message = (): void => {
    t.fail('nobody sleeps in a loop');
  };
  const waited = (hasWork: () => boolean): number => {
    const before = performance.now();
    bell.wait(50, hasWork);
    return performance.now() - before;
  };
  t.ok(waited(() => false) >= 45, 'the time');
  t.ok(waited(() => true) < 45, 'there is work');
  // What another thread may do just when this one has looked.
  const rung = waited(() => {
    new Doorbell(bell.shared).ring(message);
    return false;
  });
  t.ok(rung < 45, 'rung for between the last look and the sleep');
  bell.ring(message);
  t.pass('it is awake after each of them');
});

const seed = runSeed();
t.comment(`SEED=${seed}`);

for (const modes of [['waiting'], ['in loop'], ['waiting', 'in loop']]) {
  t.test(`no ring is lost: ${modes.join(' and ')}`, async (t) => {
    const bell = new Doorbell();
    const words = new Int32Array(new SharedArrayBuffer(12));
    const random = createRandom(seed);
    const worker = new Worker(new URL('../support/sleeper.mjs', import.meta.url), {
      workerData: { bell: bell.shared, modes, pauses: PAUSES, seed, words: words.buffer },
      execArgv: [],
      env: {},
    });
    const ended = new Promise<void>((resolve, reject) => {
      worker.on('exit', () => resolve());
      worker.on('error', reject);
    });
    await new Promise((resolve) => worker.once('online', resolve));
    let messages = 0;
    const sendMessage = (): void => {
      messages++;
      worker.postMessage(null);
    };

    let taken = 0;
    /** Waits until all that was handed over is taken; false if it is not in time. */
    const awaitTaken = (handed: number): boolean => {
      const giveUpAt = performance.now() + LOST_MS;
      for (taken = Atomics.load(words, TAKEN); taken !== handed; taken = Atomics.load(words, TAKEN)) {
        const left = giveUpAt - performance.now();
        if (left <= 0) return false;
        Atomics.wait(words, TAKEN, taken, left);
      }
      return true;
    };
    let handed = 0;
    let lost = false;
    while (handed < HAND_OFFS && !lost) {
      // Mostly one at a time, so that each meets a thread that is going to sleep.
      const together = random.chance(0.2) ? 1 + random.below(4) : 1;
      for (let i = 0; i < together; i++) {
        Atomics.add(words, HANDED, 1);
        handed++;
        bell.ring(sendMessage);
      }
      lost = !awaitTaken(handed);
      for (let left = random.below(2 * PAUSES); left > 0; left--) Atomics.load(words, ENDED);
    }
    t.notOk(lost, 'none was lost');
    t.equal(taken, handed, 'each was taken');
    t.comment(`${handed} hand-offs, ${messages} messages`);
    if (modes.includes('in loop')) t.ok(messages > 0, 'one that sleeps in its loop is sent messages');
    else t.equal(messages, 0, 'no message for one that never sleeps in its loop');
    Atomics.store(words, ENDED, 1);
    bell.ring(sendMessage);
    if (lost) await worker.terminate();
    await within('the thread to end', ended);
  });
}
