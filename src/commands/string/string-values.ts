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
  reply.bulk(database.stringSource(entry), start, start + database.stringLength(entry));
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
  const large = argv.largeValue(valueAt);
  const value = argv.source(valueAt);
  const from = argv.start(valueAt);
  const to = argv.end(valueAt);
  if (existing !== NO_ENTRY) {
    return large === undefined
      ? database.setString(existing, value, from, to)
      : database.setLargeString(existing, large);
  }
  const source = argv.source(keyAt);
  const start = argv.start(keyAt);
  const end = argv.end(keyAt);
  return large === undefined
    ? database.insertString(source, start, end, value, from, to)
    : database.insertLargeString(source, start, end, large);
}
