/**
 * What DUMP gives and RESTORE takes: a value, the version of its format, and a checksum over both. Pure.
 *
 *   type byte | value | version, 2 bytes, low byte first | CRC-64, 8 bytes, low byte first
 */
import { Crc64 } from './crc64.js';
import type { RdbWriter } from './rdb-writer.js';

/** The format of Redis 7.0. */
export const RDB_VERSION = 10;
const VERSION_BYTES = 2;
const FOOTER_BYTES = VERSION_BYTES + 8;

const crc = new Crc64();

/** Ends the payload whose value, from the first byte of `writer` on, has been written. */
export function writeFooter(writer: RdbWriter): void {
  writer.littleEndian(RDB_VERSION, VERSION_BYTES);
  const { high, low } = crc.reset().update(writer.bytes, 0, writer.position);
  writer.littleEndian(low, 4);
  writer.littleEndian(high, 4);
}

/** Whether bytes [start, end) end as a payload should, in a version that is known. */
export function hasGoodFooter(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < FOOTER_BYTES) return false;
  const footer = end - FOOTER_BYTES;
  if (bytes.readUInt16LE(footer) > RDB_VERSION) return false;
  const { high, low } = crc.reset().update(bytes, start, footer + VERSION_BYTES);
  return bytes.readInt32LE(footer + VERSION_BYTES) === low && bytes.readInt32LE(end - 4) === high;
}
