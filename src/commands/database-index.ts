/** Which database an argument names, for SELECT and whatever else takes an index. Main thread, which knows their number. */
import { NOT_AN_INTEGER } from '../protocol/reply-errors.js';
import { type ConnectionCall, INT_MAX, INT_MIN } from './calls.js';

/** The database that the argument names, or the error to reply. */
export function databaseIndexOf(call: ConnectionCall, at: number): number | string {
  const index = call.integer(at);
  if (index === undefined) return NOT_AN_INTEGER;
  if (!call.isInt32(at)) return `ERR value is out of range, value must between ${INT_MIN} and ${INT_MAX}`;
  if (index < 0 || index >= call.server.config.get('databases')) return 'ERR DB index is out of range';
  return Number(index);
}
