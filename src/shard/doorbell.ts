/**
 * Doorbell: wakes a thread that has nothing to do, and costs one load while it is awake. Both threads.
 *
 * The thread that may sleep says so in a shared word, looks for work once more, and sleeps; whoever brings it work
 * looks at the word behind that. One of the two always sees the other. A thread sleeps in one of two ways: waiting on the
 * word itself, which is the quickest to wake from, or in its event loop, where only a message wakes it.
 */

const AWAKE = 0;
/** Sleeps on the word (Atomics.wait). */
const WAITING = 1;
/** Sleeps in its event loop. */
const IN_LOOP = 2;

export class Doorbell {
  /** What the other threads need to make their own Doorbell of. */
  readonly shared: SharedArrayBuffer;
  private readonly word: Int32Array;

  constructor(shared = new SharedArrayBuffer(4)) {
    this.shared = shared;
    this.word = new Int32Array(shared);
  }

  /** Wakes the thread if it sleeps; `sendMessage` posts it any message, for the case that it sleeps in its loop. */
  ring(sendMessage: () => void): void {
    const state = Atomics.load(this.word, 0);
    if (state === AWAKE || Atomics.compareExchange(this.word, 0, state, AWAKE) !== state) return;
    if (state === WAITING) Atomics.notify(this.word, 0);
    else sendMessage();
  }

  /** For the thread itself: it is going to sleep in its event loop unless `hasWork`. Returns whether it may. */
  enterLoop(hasWork: () => boolean): boolean {
    return this.sleepAs(IN_LOOP, hasWork);
  }

  /** For the thread itself: it has been woken in its event loop, by whatever. */
  wake(): void {
    Atomics.store(this.word, 0, AWAKE);
  }

  /** For the thread itself: sleeps until it is rung for, `timeoutMs` at the most, unless `hasWork`. */
  wait(timeoutMs: number, hasWork: () => boolean): void {
    if (!this.sleepAs(WAITING, hasWork)) return;
    Atomics.wait(this.word, 0, WAITING, timeoutMs);
    this.wake();
  }

  private sleepAs(state: number, hasWork: () => boolean): boolean {
    Atomics.store(this.word, 0, state);
    if (!hasWork()) return true;
    this.wake();
    return false;
  }
}
