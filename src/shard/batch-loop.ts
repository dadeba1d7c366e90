/**
 * BatchLoop: when a shard looks for batches, and how it waits for them. Shard thread.
 *
 * While there is traffic the thread waits on its doorbell's word, which is quicker to wake from than an event loop. It goes
 * back to the event loop at least every SLICE_MS, so that timers, garbage watch and the end of the port get their turn, and
 * stays there when a whole slice has brought nothing: an idle shard costs nothing.
 */
import type { Batch } from './batch.js';
import type { Doorbell } from './doorbell.js';

/** The longest time away from the event loop, but for the batch that is being run. */
export const SLICE_MS = 2;

export interface BatchLoopOptions {
  readonly bell: Doorbell;
  readonly hasArrived: () => boolean;
  readonly poll: () => Batch | null;
  readonly run: (batch: Batch) => void;
  /** A steady clock in milliseconds. */
  readonly nowMs: () => number;
  /** Calls back after a turn of the event loop. */
  readonly defer: (callback: () => void) => void;
}

export class BatchLoop {
  /** Time spent waiting outside the event loop, which does not know that it was idle. */
  waitedMs = 0;
  private readonly options: BatchLoopOptions;
  /** Whether the loop runs or is about to; else it sleeps in the event loop until wake() is called. */
  private active = false;

  constructor(options: BatchLoopOptions) {
    this.options = options;
  }

  /** To be called when the thread has been woken in its event loop, and at the beginning. */
  wake(): void {
    this.options.bell.wake();
    if (this.active) return;
    this.active = true;
    this.slice();
  }

  private readonly slice = (): void => {
    const { bell, defer, hasArrived, nowMs, poll, run } = this.options;
    const endAtMs = nowMs() + SLICE_MS;
    let batches = 0;
    for (let atMs = nowMs(); atMs < endAtMs; atMs = nowMs()) {
      const batch = poll();
      if (batch !== null) {
        batches++;
        run(batch);
      } else {
        bell.wait(endAtMs - atMs, hasArrived);
        this.waitedMs += nowMs() - atMs;
      }
    }
    if (batches > 0 || !bell.enterLoop(hasArrived)) defer(this.slice);
    else this.active = false;
  };
}
