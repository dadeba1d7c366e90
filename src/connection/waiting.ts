/**
 * Waiting: a client in a command that blocks it, until the time is up, CLIENT UNBLOCK, or the client has gone. Main thread.
 * Its connection parses nothing meanwhile, but goes on reading: that is how it is noticed that the client has gone.
 */
import type { Held, Holder } from '../router/gate.js';

export class Waiting implements Holder {
  readonly readsOn = true;
  private readonly answer: (error: string | null) => void;
  private held: Held | null = null;
  private over = false;
  /** Undoes the timer. */
  private cancel: () => void = () => {};

  /** `answer` fills the reply: with the error, or with what there is to say when the time is up. */
  constructor(answer: (error: string | null) => void) {
    this.answer = answer;
  }

  /** Has it end when `after` says so. */
  limit(after: (end: () => void) => () => void): void {
    this.cancel = after(() => this.end(null));
  }

  hold(held: Held): void {
    this.held = held;
  }

  /** Ends it; returns whether it had not ended before. */
  end(error: string | null): boolean {
    if (this.over) return false;
    this.over = true;
    this.cancel();
    // Not at once: whoever ends it may be writing a reply of its own.
    queueMicrotask(() => {
      this.answer(error);
      this.held?.resume();
    });
    return true;
  }
}
