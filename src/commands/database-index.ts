/** Which database an argument names, for SELECT and whatever else takes an index. Main thread, which knows their number. */
import { NOT_AN_INTEGER } from '../protocol/reply-errors.js';
import type { ConnectionCall } from './calls.js';

const INT_MIN = -2147483648;
const INT_MAX = 2147483647;

/** The database that the argument names, or the error to reply. */
export function databaseIndexOf(call: ConnectionCall, at: number): number | string {
  const index = call.integer(at);
  if (index === undefined) return NOT_AN_INTEGER;
  if (index < INT_MIN || index > INT_MAX) {
    return `ERR value is out of range, value must between ${INT_MIN} and ${INT_MAX}`;
  }
  if (index < 0 || index >= call.server.config.get('databases')) return 'ERR DB index is out of range';
  return Number(index);
}
