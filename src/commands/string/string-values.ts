/** What the string commands have in common: reading and storing a string value. Shard thread. */
import { type Handle, NO_ENTRY } from '../../keyspace/database.js';
import type { ShardCall } from '../calls.js';

/** Replies an entry's string, or null for no entry. */
export function replyString({ database, reply }: ShardCall, entry: Handle): void {
  if (entry === NO_ENTRY) {
    reply.null();
    return;
  }
  const start = database.stringStart(entry);
  const length = database.stringLength(entry);
  const words = database.stringWords(entry);
  if (words === null) reply.bulk(database.stringSource(entry), start, start + length);
  else reply.bulkWords(words, start >> 2, length);
}

/**
 * Makes argument `valueAt` the string value of the key that is argument `keyAt`; `existing` is what a lookup of
 * that key found. A deadline stays as it is.
 */
export function storeString(
  { argv, database }: ShardCall,
  existing: Handle,
  keyAt: number,
  valueAt: number,
): Handle {
  if (existing === NO_ENTRY) return database.insertString(argv, keyAt, valueAt);
  return database.setString(existing, argv, valueAt);
}
