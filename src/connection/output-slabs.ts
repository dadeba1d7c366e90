/**
 * OutputSlabs: buffers that output is put together in, many connections' in one. Main thread.
 * A slab is used again when every write from it has been called back; limits: KEPT_MAX slabs of SLAB_BYTES wait here.
 */

const SLAB_BYTES = 64 * 1024;
const KEPT_MAX = 32;

export class Slab {
  readonly bytes: Buffer;
  position = 0;
  private writes = 0;
  private readonly onUnused: (slab: Slab) => void;

  constructor(bytes: number, onUnused: (slab: Slab) => void) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
    this.onUnused = onUnused;
  }

  /** Takes the next `count` bytes for one write; its callback must be `done`. Returns where they start. */
  take(count: number): number {
    const start = this.position;
    this.position = start + count;
    this.writes++;
    return start;
  }

  /** The callback of every write from this slab. */
  readonly done = (): void => {
    if (--this.writes === 0) this.onUnused(this);
  };
}

export class OutputSlabs {
  private current = this.newSlab();
  private readonly free: Slab[] = [];

  /**
   * A slab with room for `count` bytes. A write that may wait for a slow client gets one of its own, so that it pins
   * no more than it needs.
   */
  reserve(count: number, mayWait: boolean): Slab {
    if (mayWait || count > SLAB_BYTES / 4) return new Slab(count, () => {});
    if (this.current.position + count > SLAB_BYTES) this.current = this.free.pop() ?? this.newSlab();
    return this.current;
  }

  private newSlab(): Slab {
    return new Slab(SLAB_BYTES, (slab) => {
      slab.position = 0;
      if (slab !== this.current && this.free.length < KEPT_MAX) this.free.push(slab);
    });
  }
}
