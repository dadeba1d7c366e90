/** What the string commands have in common: reading and storing a string value. Shard thread. */
import { type Handle, NO_ENTRY, TYPE_STRING } from '../../keyspace/database.js';
import type { ShardCall } from '../calls.js';
import { refusesType } from '../value-types.js';

/** Whether there is an entry and it holds no string; then the error is replied. */
export function isNoString(call: ShardCall, entry: Handle): boolean {
  return refusesType(call, entry, TYPE_STRING);
}

/** Replies the first `length` of an entry's string from byte `from` on. */
export function replyBytes(
  { database, reply }: ShardCall,
  entry: Handle,
  from: number,
  length: number,
): void {
  const start = database.stringStart(entry) + from;
  reply.bulk(database.stringSource(entry), start, start + length);
}

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

/** Makes argument `valueAt` the value of the key that is argument `keyAt`, without a deadline. */
export function replaceString(call: ShardCall, existing: Handle, keyAt: number, valueAt: number): void {
  call.database.persist(storeString(call, existing, keyAt, valueAt));
}

/** Whether a string may be so long; if not, the error is replied. */
export function allowsLength({ reply, shard }: ShardCall, length: number): boolean {
  if (length <= shard.config.get('proto-max-bulk-len')) return true;
  reply.error('ERR string exceeds maximum allowed size (proto-max-bulk-len)');
  return false;
}

/** Step: replies the string of the key that is argument 1, null for no key, or that it is no string. */
export function fetchString(call: ShardCall): void {
  const entry = call.database.lookupRead(call.argv, 1);
  if (!isNoString(call, entry)) replyString(call, entry);
}
