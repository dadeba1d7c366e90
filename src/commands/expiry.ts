/** Deadlines from what clients give: an amount of a unit, from now or since 1970. Shard thread. */
import { addInt64, type Int64, multiplyInt64 } from '../protocol/int64.js';

/** Units in milliseconds. */
export const SECOND = 1000;
export const MILLISECOND = 1;

/**
 * The Unix time in milliseconds that is `amount` units after `baseMs` (0 for an absolute time).
 * @returns undefined where that leaves 64 bits
 */
export function deadlineOf(amount: Int64, unit: number, baseMs: number): Int64 | undefined {
  const sinceBase = multiplyInt64(amount, unit);
  return sinceBase === undefined ? undefined : addInt64(sinceBase, baseMs);
}
