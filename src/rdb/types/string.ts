/** Strings as serialized values: a type byte and the string. Pure. */
import type { ByteRange, RdbReader } from '../rdb-reader.js';
import type { RdbWriter } from '../rdb-writer.js';

export const RDB_TYPE_STRING = 0;

export interface LoadedString {
  readonly kind: 'string';
  readonly bytes: ByteRange;
}

/** The value that is bytes [start, end) of `source`. */
export function writeString(writer: RdbWriter, source: Uint8Array, start: number, end: number): void {
  writer.byte(RDB_TYPE_STRING);
  writer.string(source, start, end);
}

export function readString(reader: RdbReader): LoadedString {
  return { kind: 'string', bytes: reader.string() };
}
