/**
 * The options that give a string a deadline, EX, PX, EXAT and PXAT: what they are and what they ask for. Shard thread.
 * Every command has its own, since an argument knows its place in one grammar.
 */
import type { Int64 } from '../../protocol/int64.js';
import { invalidExpireTime, NOT_AN_INTEGER } from '../../protocol/reply-errors.js';
import type { ShardCall } from '../calls.js';
import { deadlineOf, MILLISECOND, SECOND } from '../expiry.js';
import { type Argument, value } from '../grammar.js';

export interface DeadlineOptions {
  readonly options: readonly Argument[];
  /** The deadline the options of a call ask for, null for none, or the error to reply. */
  requested(call: ShardCall): Int64 | string | null;
}

/** `aliases` are other words for EX. */
export function deadlineOptions(aliases: readonly string[] = []): DeadlineOptions {
  const units = [
    { option: value('integer', 'seconds', { token: 'EX', aliases }), unit: SECOND, fromNow: true },
    { option: value('integer', 'milliseconds', { token: 'PX' }), unit: MILLISECOND, fromNow: true },
    { option: value('unix-time', 'unix-time-seconds', { token: 'EXAT' }), unit: SECOND, fromNow: false },
    {
      option: value('unix-time', 'unix-time-milliseconds', { token: 'PXAT' }),
      unit: MILLISECOND,
      fromNow: false,
    },
  ];
  return {
    options: units.map(({ option }) => option),
    requested(call) {
      for (const { option, unit, fromNow } of units) {
        if (call.has(option)) return deadlineGiven(call, call.at(option), unit, fromNow);
      }
      return null;
    },
  };
}

/** The deadline that argument `at` gives, or the error to reply. */
export function deadlineGiven(call: ShardCall, at: number, unit: number, fromNow: boolean): Int64 | string {
  const amount = call.integer(at);
  if (amount === undefined) return NOT_AN_INTEGER;
  const deadline = amount > 0 ? deadlineOf(amount, unit, fromNow ? call.nowMs : 0) : undefined;
  return deadline ?? invalidExpireTime(call.command.fullName);
}
