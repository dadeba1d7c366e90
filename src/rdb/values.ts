/**
 * Which types of values there are and what reads them. Pure. A type is added with a file in types/ that writes and reads
 * it, and a line here for each of its type bytes.
 */
import { BadData } from './errors.js';
import type { RdbReader } from './rdb-reader.js';
import { type LoadedString, RDB_TYPE_STRING, readString } from './types/string.js';

/** What is to be stored under a key. */
export type LoadedValue = LoadedString;

/** By type byte: reads what follows it. @throws BadData, TooLarge */
const readers: Readonly<Record<number, (reader: RdbReader) => LoadedValue>> = {
  [RDB_TYPE_STRING]: readString,
};

/** Reads a type byte and its value. @throws BadData, TooLarge */
export function readValue(reader: RdbReader): LoadedValue {
  const read = readers[reader.byte()];
  if (read === undefined) throw new BadData();
  return read(reader);
}
