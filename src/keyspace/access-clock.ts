/**
 * AccessClock: what an entry keeps of its uses, Redis's 24 bits, which mean one of two things by the maxmemory-policy.
 *
 *   time       | seconds of the clock, the low 24 bits                        |
 *   frequency  | minutes of the clock, the low 16 bits | counter, logarithmic |
 *                                                        8 bits
 *
 * Shard thread; one per shard. Time is the sequenced clock's, as far as advance() has been told to look at it. The counter
 * is a Morris counter: it grows with a chance that falls as it does, and falls with the minutes in which it did not.
 * When the policy changes the fields stay as they are and mean something else, as in Redis.
 */
import type { ShardClock } from './database.js';

const FIELD_MAX = 0xffffff;
const MINUTES_MASK = 0xffff;
const COUNTER_BITS = 8;
const COUNTER_MAX = 0xff;
/** What the counter of a new entry is, so that it is not the first to go. */
const COUNTER_AT_FIRST = 5;
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

export class AccessClock {
  /** Whether frequencies are kept, or else times. */
  countsUses = false;
  /** lfu-log-factor: how much slower each step of the counter comes than the one before. */
  logFactor = 10;
  /** lfu-decay-time: minutes in which an unused counter falls by one; 0 for never. */
  decayMinutes = 1;
  /** The field of an entry that is new, or used just now where times are kept. */
  fresh = 0;

  private readonly clock: ShardClock;
  /** A number from 0 up to, not including, 1. */
  private readonly random: () => number;
  private minutes = 0;

  constructor(clock: ShardClock, random: () => number) {
    this.clock = clock;
    this.random = random;
    this.advance();
  }

  /** Looks at the clock, and at what is kept. */
  advance(): void {
    const { nowMs } = this.clock;
    this.minutes = Math.floor(nowMs / MINUTE_MS) & MINUTES_MASK;
    this.fresh = this.countsUses
      ? this.fieldOfFrequency(COUNTER_AT_FIRST)
      : Math.floor(nowMs / SECOND_MS) & FIELD_MAX;
  }

  /** The field after one more use. */
  used(field: number): number {
    if (!this.countsUses) return this.fresh;
    const counter = this.frequency(field);
    if (counter === COUNTER_MAX) return this.fieldOfFrequency(counter);
    const chance = 1 / (Math.max(0, counter - COUNTER_AT_FIRST) * this.logFactor + 1);
    return this.fieldOfFrequency(counter + (this.random() < chance ? 1 : 0));
  }

  /** The counter, less what it has fallen by since it was written. */
  frequency(field: number): number {
    const counter = field & COUNTER_MAX;
    if (this.decayMinutes === 0) return counter;
    const writtenAt = field >>> COUNTER_BITS;
    // Its whole range is one minute short, as Redis counts.
    const elapsed =
      this.minutes >= writtenAt ? this.minutes - writtenAt : MINUTES_MASK - writtenAt + this.minutes;
    return Math.max(0, counter - Math.floor(elapsed / this.decayMinutes));
  }

  /** Seconds since the last use. */
  idleSeconds(field: number): number {
    return this.fresh >= field ? this.fresh - field : FIELD_MAX - field + this.fresh;
  }

  fieldOfFrequency(counter: number): number {
    return (this.minutes << COUNTER_BITS) | counter;
  }

  /** The field of an entry that was used so many seconds ago. */
  fieldOfIdleTime(seconds: number): number {
    const usedAt = this.fresh - seconds;
    // What is further back than the clock reaches is moved by its range once; the low bits are kept then.
    return (usedAt < 0 ? usedAt + FIELD_MAX : usedAt) & FIELD_MAX;
  }
}
