/** Clock: where the router's time comes from, so that simulations and tests can own it. Main thread. */

import { performance } from 'node:perf_hooks';

export interface Clock {
  /** Unix time in milliseconds, whole. */
  nowMs(): number;
  /** Microseconds of a clock that never jumps; for measuring. */
  steadyMicros(): number;
  /** Calls `act` once, so much later; returns what undoes that. */
  after(ms: number, act: () => void): () => void;
  /** Calls `wake` once at the given time, in place of an earlier call's; Infinity for never. */
  wakeAt(atMs: number, wake: () => void): void;
}

/** Longest delay that setTimeout takes. */
const DELAY_MS_MAX = 2 ** 31 - 1;

export class SystemClock implements Clock {
  private timer: NodeJS.Timeout | undefined;
  private wakeAtMs = Number.POSITIVE_INFINITY;

  nowMs(): number {
    return Date.now();
  }

  steadyMicros(): number {
    return performance.now() * 1000;
  }

  after(ms: number, act: () => void): () => void {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      const next = left > DELAY_MS_MAX ? () => arm(left - DELAY_MS_MAX) : act;
      timer = setTimeout(next, Math.min(left, DELAY_MS_MAX));
    };
    arm(ms);
    return () => clearTimeout(timer);
  }

  wakeAt(atMs: number, wake: () => void): void {
    if (atMs === this.wakeAtMs) return;
    clearTimeout(this.timer);
    this.wakeAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(
      () => {
        this.wakeAtMs = Number.POSITIVE_INFINITY;
        wake();
      },
      Math.min(Math.max(atMs - Date.now(), 0), DELAY_MS_MAX),
    );
    // Expiry alone does not keep a process alive that has nothing else to do.
    this.timer.unref();
  }
}
