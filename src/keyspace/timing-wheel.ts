/**
 * TimingWheel: which entries are due, in 1 ms ticks (Varghese & Lauck 1987, scheme 7).
 *
 * Shard thread; one per database of a shard, dropped with it. Entries are small integers (handles); their
 * links lie in typed arrays, so adding, cancelling and moving are O(1) and nothing is allocated per entry.
 *
 *   level 0: 64 slots of 1 ms   level 1: 64 slots of 64 ms   level 2: 64 slots of 4,096 ms ... 8 levels, 2^48 ms
 *
 * An entry stands at the level of the highest 6-bit digit in which its deadline and `elapsedMs` differ, in the
 * slot of its own digit there. When time reaches a slot of a higher level, its entries move further down.
 * Changed against the paper: a bitmap per level finds the next slot, so empty ticks cost nothing, and
 * advance() stops after a given number of entries and goes on from there when called again.
 * Invariant: entries leave in the order of their ticks and never before their deadline.
 */

const LEVELS = 8;
const DIGIT_BITS = 6;
const SLOTS = 1 << DIGIT_BITS;
/** Deadlines further away than this stand in the top level and are looked at again when it comes round. */
export const HORIZON_MS = 2 ** (LEVELS * DIGIT_BITS) - 1;
/** Low part of a time that bit operations can be used on: five digits. */
const LOW_DIGITS = 5;
const LOW = 2 ** (LOW_DIGITS * DIGIT_BITS);
const INITIAL_CAPACITY = 64;

export class TimingWheel {
  /** Everything due before this instant has been handed out. */
  private elapsedMs: number;
  /** First entry of each slot, 0 for none; slot s of level l is at l * SLOTS + s. */
  private readonly heads = new Int32Array(LEVELS * SLOTS);
  /** Which slots of a level have entries: bits 0–31 at 2l, bits 32–63 at 2l + 1. */
  private readonly occupied = new Int32Array(LEVELS * 2);
  private next = new Int32Array(INITIAL_CAPACITY);
  private previous = new Int32Array(INITIAL_CAPACITY);
  /** One more than the index in `heads` of the entry's slot; 0 where it is not on the wheel. */
  private slotOf = new Int16Array(INITIAL_CAPACITY);
  private deadlines = new Float64Array(INITIAL_CAPACITY);
  private entries = 0;
  /** The slot of a higher level that advance() left half moved down for want of budget, or -1. */
  private unfinished = -1;

  constructor(nowMs: number) {
    this.elapsedMs = nowMs;
  }

  /** How many entries are waiting. */
  get size(): number {
    return this.entries;
  }

  /** Bytes of the arrays. */
  get usedBytes(): number {
    return (
      this.heads.byteLength +
      this.next.byteLength +
      this.previous.byteLength +
      this.slotOf.byteLength +
      this.deadlines.byteLength
    );
  }

  /** Puts `handle` (positive) on the wheel, or moves it, to be due at the instant `deadlineAtMs`. */
  add(handle: number, deadlineAtMs: number): void {
    if (handle >= this.next.length) this.grow(handle);
    if (this.slotOf[handle] !== 0) this.unlink(handle);
    else this.entries++;
    this.deadlines[handle] = deadlineAtMs;
    this.link(handle);
  }

  /** Takes `handle` off the wheel, if it is on it. */
  remove(handle: number): void {
    if (handle >= this.slotOf.length || this.slotOf[handle] === 0) return;
    this.unlink(handle);
    this.entries--;
  }

  /**
   * The instant at which advance() has something to do, Infinity for never. It is never later than the
   * first deadline, but may be earlier: when a slot of a higher level has to be moved down.
   */
  nextAtMs(): number {
    const index = this.nextIndex();
    return index < 0 ? Number.POSITIVE_INFINITY : this.slotAtMs(index);
  }

  /**
   * Moves time to `nowMs` and hands every entry due by then to `expire`, which is off the wheel already.
   * Stops after touching `budget` entries.
   * @returns the budget left; 0 means there may be more that is due
   */
  advance(nowMs: number, budget: number, expire: (handle: number) => void): number {
    let left = budget;
    while (left > 0) {
      const index = this.nextIndex();
      const dueAtMs = index < 0 ? Number.POSITIVE_INFINITY : this.slotAtMs(index);
      if (dueAtMs > nowMs) {
        if (nowMs > this.elapsedMs) this.elapsedMs = nowMs;
        return left;
      }
      this.elapsedMs = dueAtMs;
      let handle = this.heads[index];
      for (; handle !== 0 && left > 0; handle = this.heads[index]) {
        this.unlink(handle);
        left--;
        if (this.deadlines[handle] <= dueAtMs) {
          this.entries--;
          expire(handle);
        } else {
          this.link(handle);
        }
      }
      this.unfinished = handle === 0 ? -1 : index;
    }
    return 0;
  }

  /** The slot to be served next, as an index in `heads`, or -1. */
  private nextIndex(): number {
    // Before level 0: what is left in this slot may be due earlier than anything there.
    if (this.unfinished >= 0 && this.heads[this.unfinished] !== 0) return this.unfinished;
    for (let level = 0; level < LEVELS; level++) {
      const slot = this.nextSlot(level);
      if (slot >= 0) return level * SLOTS + slot;
    }
    return -1;
  }

  private link(handle: number): void {
    const deadlineAtMs = Math.min(
      Math.max(this.deadlines[handle], this.elapsedMs),
      this.elapsedMs + HORIZON_MS - (this.elapsedMs % (HORIZON_MS + 1)),
    );
    const level = highestDifferingDigit(this.elapsedMs, deadlineAtMs);
    const slot = digit(deadlineAtMs, level);
    const index = level * SLOTS + slot;
    const head = this.heads[index];
    this.next[handle] = head;
    this.previous[handle] = 0;
    if (head !== 0) this.previous[head] = handle;
    this.heads[index] = handle;
    this.slotOf[handle] = index + 1;
    this.occupied[level * 2 + (slot >> 5)] |= 1 << (slot & 31);
  }

  private unlink(handle: number): void {
    const index = this.slotOf[handle] - 1;
    const next = this.next[handle];
    const previous = this.previous[handle];
    if (next !== 0) this.previous[next] = previous;
    if (previous !== 0) this.next[previous] = next;
    else {
      this.heads[index] = next;
      if (next === 0) {
        this.occupied[index >> 5] &= ~(1 << (index & 31));
        if (index === this.unfinished) this.unfinished = -1;
      }
    }
    this.slotOf[handle] = 0;
  }

  /** The first slot of a level with entries, at or behind where time stands in that level, or -1. */
  private nextSlot(level: number): number {
    const low = this.occupied[level * 2];
    const high = this.occupied[level * 2 + 1];
    if ((low | high) === 0) return -1;
    const from = digit(this.elapsedMs, level);
    if (from < 32) {
      const rest = low & (-1 << from);
      if (rest !== 0) return 31 - Math.clz32(rest & -rest);
      if (high !== 0) return 63 - Math.clz32(high & -high);
      return -1;
    }
    const rest = high & (-1 << (from - 32));
    return rest !== 0 ? 63 - Math.clz32(rest & -rest) : -1;
  }

  /** When a slot is to be served: as it begins, in its level's current round, or now if that is past. */
  private slotAtMs(index: number): number {
    const slotMs = SLOTS ** Math.floor(index / SLOTS);
    const roundMs = slotMs * SLOTS;
    const startMs = Math.floor(this.elapsedMs / roundMs) * roundMs + (index % SLOTS) * slotMs;
    return Math.max(startMs, this.elapsedMs);
  }

  private grow(handle: number): void {
    const capacity = Math.max(handle + 1, this.next.length * 2);
    this.next = grown(this.next, new Int32Array(capacity));
    this.previous = grown(this.previous, new Int32Array(capacity));
    this.slotOf = grown(this.slotOf, new Int16Array(capacity));
    this.deadlines = grown(this.deadlines, new Float64Array(capacity));
  }
}

/** Index of the highest 6-bit digit in which two instants differ; 0 where they are equal. */
function highestDifferingDigit(a: number, b: number): number {
  const high = Math.floor(a / LOW) ^ Math.floor(b / LOW);
  if (high !== 0) return LOW_DIGITS + Math.floor((31 - Math.clz32(high)) / DIGIT_BITS);
  const low = (a % LOW) ^ (b % LOW);
  return low === 0 ? 0 : Math.floor((31 - Math.clz32(low)) / DIGIT_BITS);
}

function digit(instantMs: number, level: number): number {
  if (level < LOW_DIGITS) return ((instantMs % LOW) >> (level * DIGIT_BITS)) & (SLOTS - 1);
  return (Math.floor(instantMs / LOW) >> ((level - LOW_DIGITS) * DIGIT_BITS)) & (SLOTS - 1);
}

function grown<T extends Int32Array | Int16Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
