/**
 * TimingWheel: which entries are due, in 1 ms ticks (Varghese & Lauck 1987, scheme 7).
 *
 * Shard thread; one per database of a shard, dropped with it. Entries stand on it by nodes, blocks of eight words in the
 * slabs, which link them; so adding, cancelling and moving are O(1), touch one cache line a node, and the wheel never grows
 * by copying.
 *
 *   node     | ~slot | next | previous | deadline, high | deadline, low | 3 words of the owner's |
 *   level 0: 64 slots of 1 ms   level 1: 64 slots of 64 ms   level 2: 64 slots of 4,096 ms ... 8 levels, 2^48 ms
 *
 * A node is due in the millisecond behind its deadline. It stands at the level of the highest 6-bit digit in which that
 * and `elapsedMs` differ, in the slot of its own digit there. When time reaches a slot of a higher level, its nodes move
 * further down. The first word is negative, as the slabs want it of blocks in use.
 * Changed against the paper: a bitmap per level finds the next slot, so empty ticks cost nothing, and
 * advance() stops after a given number of nodes and goes on from there when called again.
 * Invariant: nodes leave in the order of their ticks and never before they are due.
 */
import type { Int64 } from '../protocol/int64.js';
import { type Address, NOWHERE, slabOf, wordOf } from './slab-allocator.js';

// Words of a node.
const SLOT = 0;
const NEXT = 1;
const PREVIOUS = 2;
const DEADLINE_HIGH = 3;
const DEADLINE_LOW = 4;
/** The first word that belongs to whoever owns the node. */
export const NODE_OWNER = 5;
const WORD = 2 ** 32;
const LEVELS = 8;
const DIGIT_BITS = 6;
const SLOTS = 1 << DIGIT_BITS;
/** Deadlines further away than this stand in the top level and are looked at again when it comes round. */
const HORIZON_MS = 2 ** (LEVELS * DIGIT_BITS) - 1;
/** Low part of a time that bit operations can be used on: five digits. */
const LOW_DIGITS = 5;
const LOW = 2 ** (LOW_DIGITS * DIGIT_BITS);
/** The slot of a node that is not on the wheel. */
const NO_SLOT = LEVELS * SLOTS;

export class TimingWheel {
  /** Everything due before this instant has been handed out. */
  private elapsedMs: number;
  /** First node of each slot, NOWHERE for none; slot s of level l is at l * SLOTS + s. */
  private readonly heads = new Int32Array(LEVELS * SLOTS);
  /** Which slots of a level have nodes: bits 0–31 at 2l, bits 32–63 at 2l + 1. */
  private readonly occupied = new Int32Array(LEVELS * 2);
  /** The slabs' words, in which the nodes lie. */
  private readonly words: readonly Int32Array[];
  private entries = 0;
  /** The slot of a higher level that advance() left half moved down for want of budget, or -1. */
  private unfinished = -1;

  constructor(nowMs: number, words: readonly Int32Array[]) {
    this.elapsedMs = nowMs;
    this.words = words;
  }

  /** How many nodes are waiting. */
  get size(): number {
    return this.entries;
  }

  /** Bytes of the wheel without its nodes. */
  get usedBytes(): number {
    return this.heads.byteLength + this.occupied.byteLength;
  }

  /** Makes a new block a node, which is not on the wheel yet. */
  begin(node: Address): void {
    this.words[slabOf(node)][wordOf(node) + SLOT] = ~NO_SLOT;
  }

  /** Puts a node on the wheel, or moves it, to be due in the millisecond behind `deadlineAtMs`. */
  add(node: Address, deadlineAtMs: Int64): void {
    const words = this.words[slabOf(node)];
    const at = wordOf(node);
    if (words[at + SLOT] !== ~NO_SLOT) this.unlink(node);
    else this.entries++;
    if (typeof deadlineAtMs === 'number') {
      words[at + DEADLINE_HIGH] = Math.floor(deadlineAtMs / WORD);
      words[at + DEADLINE_LOW] = (deadlineAtMs % WORD) | 0;
    } else {
      words[at + DEADLINE_HIGH] = Number(deadlineAtMs >> 32n);
      words[at + DEADLINE_LOW] = Number(BigInt.asIntN(32, deadlineAtMs));
    }
    this.link(node);
  }

  /** Takes a node off the wheel, if it is on it. */
  remove(node: Address): void {
    if (this.words[slabOf(node)][wordOf(node) + SLOT] === ~NO_SLOT) return;
    this.unlink(node);
    this.entries--;
  }

  /** A node that is on the wheel has been copied to `to`: what led to where it was leads there. */
  moved(to: Address): void {
    const words = this.words[slabOf(to)];
    const at = wordOf(to);
    const next = words[at + NEXT];
    const previous = words[at + PREVIOUS];
    if (next !== NOWHERE) this.words[slabOf(next)][wordOf(next) + PREVIOUS] = to;
    if (previous !== NOWHERE) this.words[slabOf(previous)][wordOf(previous) + NEXT] = to;
    else this.heads[~words[at + SLOT]] = to;
  }

  /** The node's deadline, rounded above 2^53. */
  deadlineAtMs(node: Address): number {
    const words = this.words[slabOf(node)];
    const at = wordOf(node);
    return words[at + DEADLINE_HIGH] * WORD + (words[at + DEADLINE_LOW] >>> 0);
  }

  /** The same to the last digit. */
  deadlineAtExactMs(node: Address): Int64 {
    const rounded = this.deadlineAtMs(node);
    if (Number.isSafeInteger(rounded)) return rounded;
    const words = this.words[slabOf(node)];
    const at = wordOf(node);
    return (BigInt(words[at + DEADLINE_HIGH]) << 32n) | BigInt(words[at + DEADLINE_LOW] >>> 0);
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
   * Moves time to `nowMs` and hands every node due by then to `expire`, which is off the wheel already.
   * Stops after touching `budget` nodes.
   * @returns the budget left; 0 means there may be more that is due
   */
  advance(nowMs: number, budget: number, expire: (node: Address) => void): number {
    let left = budget;
    while (left > 0) {
      const index = this.nextIndex();
      const dueAtMs = index < 0 ? Number.POSITIVE_INFINITY : this.slotAtMs(index);
      if (dueAtMs > nowMs) {
        if (nowMs > this.elapsedMs) this.elapsedMs = nowMs;
        return left;
      }
      this.elapsedMs = dueAtMs;
      let node = this.heads[index];
      for (; node !== NOWHERE && left > 0; node = this.heads[index]) {
        this.unlink(node);
        left--;
        if (this.deadlineAtMs(node) < dueAtMs) {
          this.entries--;
          expire(node);
        } else {
          this.link(node);
        }
      }
      this.unfinished = node === NOWHERE ? -1 : index;
    }
    return 0;
  }

  /** The slot to be served next, as an index in `heads`, or -1. */
  private nextIndex(): number {
    // Before level 0: what is left in this slot may be due earlier than anything there.
    if (this.unfinished >= 0 && this.heads[this.unfinished] !== NOWHERE) return this.unfinished;
    for (let level = 0; level < LEVELS; level++) {
      const slot = this.nextSlot(level);
      if (slot >= 0) return level * SLOTS + slot;
    }
    return -1;
  }

  private link(node: Address): void {
    const dueAtMs = Math.min(
      Math.max(this.deadlineAtMs(node) + 1, this.elapsedMs),
      this.elapsedMs + HORIZON_MS - (this.elapsedMs % (HORIZON_MS + 1)),
    );
    const level = highestDifferingDigit(this.elapsedMs, dueAtMs);
    const slot = digit(dueAtMs, level);
    const index = level * SLOTS + slot;
    const head = this.heads[index];
    const words = this.words[slabOf(node)];
    const at = wordOf(node);
    words[at + NEXT] = head;
    words[at + PREVIOUS] = NOWHERE;
    words[at + SLOT] = ~index;
    if (head !== NOWHERE) this.words[slabOf(head)][wordOf(head) + PREVIOUS] = node;
    this.heads[index] = node;
    this.occupied[level * 2 + (slot >> 5)] |= 1 << (slot & 31);
  }

  private unlink(node: Address): void {
    const words = this.words[slabOf(node)];
    const at = wordOf(node);
    const index = ~words[at + SLOT];
    const next = words[at + NEXT];
    const previous = words[at + PREVIOUS];
    if (next !== NOWHERE) this.words[slabOf(next)][wordOf(next) + PREVIOUS] = previous;
    if (previous !== NOWHERE) this.words[slabOf(previous)][wordOf(previous) + NEXT] = next;
    else {
      this.heads[index] = next;
      if (next === NOWHERE) {
        this.occupied[index >> 5] &= ~(1 << (index & 31));
        if (index === this.unfinished) this.unfinished = -1;
      }
    }
    words[at + SLOT] = ~NO_SLOT;
  }

  /** The first slot of a level with nodes, at or behind where time stands in that level, or -1. */
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
