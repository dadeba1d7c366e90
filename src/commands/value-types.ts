/** Types of values: the check that a key holds what a command is for, in one place. Shard thread. */
import { type EntryType, type Handle, NO_ENTRY } from '../keyspace/database.js';
import { WRONG_TYPE } from '../protocol/reply-errors.js';
import type { ShardCall } from './calls.js';

/** Whether there is an entry and it holds another type; then the error is replied. */
export function refusesType({ database, reply }: ShardCall, entry: Handle, wanted: EntryType): boolean {
  if (entry === NO_ENTRY || database.type(entry) === wanted) return false;
  reply.error(WRONG_TYPE);
  return true;
}
