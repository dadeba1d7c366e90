/**
 * Serialized values on their way from an entry and to one. Shard thread. A type is added with a line in each of the two
 * tables.
 */
import { type Database, type EntryType, type Handle, TYPE_STRING } from '../../keyspace/database.js';
import { ReplyTooLarge } from '../../protocol/reply-writer.js';
import { TooLarge } from '../../rdb/errors.js';
import { RdbWriter } from '../../rdb/rdb-writer.js';
import { writeString } from '../../rdb/types/string.js';
import type { LoadedValue } from '../../rdb/values.js';
import type { ShardCall } from '../calls.js';

// Each thread has its own; a value is written, and used, before another one is.
const writer = new RdbWriter();

/** By the type of an entry: writes its value. */
const writers: Readonly<Record<EntryType, (database: Database, entry: Handle) => void>> = {
  [TYPE_STRING]: (database, entry) => {
    const start = database.stringStart(entry);
    writeString(writer, database.stringSource(entry), start, start + database.stringLength(entry));
  },
};

/** By the kind of a value: makes it that of argument `keyAt`, for which a lookup has found `existing`. */
const storers: Readonly<
  Record<
    LoadedValue['kind'],
    (call: ShardCall, keyAt: number, existing: Handle, value: LoadedValue) => Handle
  >
> = {
  string: ({ argv, database }, keyAt, existing, { bytes }) =>
    database.storeBytes(argv, keyAt, existing, bytes.source, bytes.start, bytes.length),
};

/**
 * Serializes the entry's value, a type byte and what follows it, and has `finish` add to it.
 * @throws ReplyTooLarge
 */
export function serialize(
  { database, shard }: ShardCall,
  entry: Handle,
  finish?: (writer: RdbWriter) => void,
): RdbWriter {
  writer.reset();
  writer.compresses = shard.config.get('rdbcompression') === 'yes';
  try {
    writers[database.type(entry)](database, entry);
    finish?.(writer);
  } catch (error) {
    throw error instanceof TooLarge ? new ReplyTooLarge() : error;
  }
  return writer;
}

/**
 * Makes the value that of the key that is argument `keyAt`, for which a lookup has found `existing`. A deadline stays.
 * @throws OutOfMemory, with nothing changed
 */
export function store(call: ShardCall, keyAt: number, existing: Handle, value: LoadedValue): Handle {
  return storers[value.kind](call, keyAt, existing, value);
}
