/**
 * GarbageWatch: gives memory back that a thread no longer needs. Both threads, one each.
 *
 * V8 collects when it allocates. A thread that has just let go of hundreds of megabytes of buffers and then allocates little
 * would keep them for minutes (measured: 240 MB after three 40 MB values had come and gone). So once a second what is in use
 * is compared with what the last collection left, and if it has grown by enough to be worth some milliseconds, garbage is
 * collected. What was still in use at that time may be garbage later without any growth, so a collection is also made,
 * ever more seldom while they find nothing, as long as more is in use than ever before after one. Who lets go of buffers
 * and knows it can say so: that counts like growth.
 */
import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const CHECK_MS = 1000;
/** Growth that is worth a collection: this much, and this part of what the last one left. */
const GROWTH_BYTES_MIN = 8 * 1024 * 1024;
const GROWTH_FRACTION_MIN = 0.25;
/** From this utilization on a thread is busy, and growth must be larger. */
const UTILIZATION_BUSY = 0.5;
const BUSY_GROWTH_BYTES_MIN = 32 * 1024 * 1024;
/** Checks between collections: at first, and at the most when they find nothing. */
const WAIT_MIN = 2;
const WAIT_MAX = 64;
const WAIT_GROWTH = 1.5;

/** What a thread can tell of itself. */
export interface WatchedThread {
  /** How long it has waited in all outside its event loop. */
  readonly waitedMs?: () => number;
  /** Bytes of buffers it has let go of in all. */
  readonly releasedBytes?: () => number;
}

export class GarbageWatch {
  private readonly collect = exposedCollect();
  /** In use after the last collection, and the least there ever was after one. */
  private settledBytes = usedBytes();
  private leastBytes = this.settledBytes;
  private wait = WAIT_MIN;
  private checks = 0;
  /** What was in use when the last collection was made, until its result is known; then 0. */
  private collectedFromBytes = 0;
  private before = performance.eventLoopUtilization();
  private readonly thread: WatchedThread;
  private waitedBeforeMs = 0;
  /** What had been released when the last collection was made. */
  private releasedBeforeBytes = 0;

  private constructor(thread: WatchedThread) {
    this.thread = thread;
  }

  /** Starts to watch the thread it is called on; does not keep the thread alive. */
  static start(thread: WatchedThread = {}): void {
    const watch = new GarbageWatch(thread);
    setInterval(() => watch.check(), CHECK_MS).unref();
  }

  private check(): void {
    const now = performance.eventLoopUtilization();
    const { active, idle } = performance.eventLoopUtilization(now, this.before);
    const waitedMs = this.thread.waitedMs?.() ?? 0;
    const releasedBytes = this.thread.releasedBytes?.() ?? 0;
    const utilization = (active - (waitedMs - this.waitedBeforeMs)) / (active + idle);
    this.before = now;
    this.waitedBeforeMs = waitedMs;
    this.checks++;
    const used = usedBytes();
    if (this.collectedFromBytes > 0) this.takeResult(used);
    const growthMin = Math.max(
      utilization > UTILIZATION_BUSY ? BUSY_GROWTH_BYTES_MIN : GROWTH_BYTES_MIN,
      this.settledBytes * GROWTH_FRACTION_MIN,
    );
    const hasGrown = used - this.settledBytes >= growthMin && this.checks >= WAIT_MIN;
    const looksAgain = used - this.leastBytes >= growthMin && this.checks >= this.wait;
    const hasReleased =
      releasedBytes - this.releasedBeforeBytes >= GROWTH_BYTES_MIN && this.checks >= WAIT_MIN;
    if (!hasGrown && !looksAgain && !hasReleased) return;
    this.collect();
    this.releasedBeforeBytes = releasedBytes;
    this.collectedFromBytes = used;
    this.checks = 0;
  }

  /** What the last collection left shows only now: V8 frees buffers behind it. */
  private takeResult(used: number): void {
    const freed = this.collectedFromBytes - used;
    this.collectedFromBytes = 0;
    this.settledBytes = used;
    this.leastBytes = Math.min(this.leastBytes, used);
    this.wait =
      freed >= GROWTH_BYTES_MIN / 2 ? WAIT_MIN : Math.min(Math.ceil(this.wait * WAIT_GROWTH), WAIT_MAX);
  }
}

function usedBytes(): number {
  // Not process.memoryUsage(): that opens a file, and throws where no more can be opened.
  const { external_memory, used_heap_size } = getHeapStatistics();
  return used_heap_size + external_memory;
}

/** V8's own collection, which it offers to scripts when asked to. */
function exposedCollect(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  return typeof collect === 'function' ? () => void collect() : () => {};
}
