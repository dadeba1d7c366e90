/**
 * RdbWriter: values in, bytes as Redis serializes them out, into one growing buffer. Pure; what uses one keeps it.
 * Strings are written as the numbers they spell, compressed, or as they are, whichever Redis would choose.
 */
import { parseInt64 } from '../protocol/int64.js';
import { bufferOf } from './errors.js';
import {
  ENCODED,
  ENCODED_INT8,
  ENCODED_INT16,
  ENCODED_INT32,
  ENCODED_LZF,
  LENGTH_14,
  LENGTH_32,
  LENGTH_64,
} from './lengths.js';
import { COMPRESS_BYTES_MAX, compress } from './lzf.js';

const INITIAL_BYTES = 1024;
/** What is kept from one value to the next. */
const KEPT_BYTES_MAX = 64 * 1024;
const LENGTH_BYTES_MAX = 9;
/** Longer strings are no 32-bit integers. */
const INTEGER_BYTES_MAX = 11;
/** Longer ones are compressed if that makes them shorter by COMPRESSION_BYTES_MIN. */
const UNCOMPRESSED_BYTES_MAX = 20;
const COMPRESSION_BYTES_MIN = 4;

export class RdbWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  /** Where the next byte goes. */
  position = 0;
  /** Whether strings are compressed, `rdbcompression`. */
  compresses = true;

  /** Begins again, and gives back the room of an unusually large value. */
  reset(): void {
    this.position = 0;
    if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  byte(value: number): void {
    this.ensure(1);
    this.bytes[this.position++] = value;
  }

  /** Bytes [start, end) of `source` as they are. */
  raw(source: Uint8Array, start: number, end: number): void {
    this.ensure(end - start);
    this.bytes.set(source.subarray(start, end), this.position);
    this.position += end - start;
  }

  /** The low `count` bytes of an integer, low byte first. */
  littleEndian(value: number, count: number): void {
    this.ensure(count);
    for (let i = 0; i < count; i++) this.bytes[this.position++] = value >> (8 * i);
  }

  length(value: number): void {
    this.ensure(LENGTH_BYTES_MAX);
    const { bytes } = this;
    if (value < 2 ** 6) {
      bytes[this.position++] = value;
    } else if (value < 2 ** 14) {
      bytes[this.position++] = LENGTH_14 | (value >> 8);
      bytes[this.position++] = value;
    } else if (value < 2 ** 32) {
      bytes[this.position++] = LENGTH_32;
      this.position = bytes.writeUInt32BE(value, this.position);
    } else {
      bytes[this.position++] = LENGTH_64;
      this.position = bytes.writeBigUInt64BE(BigInt(value), this.position);
    }
  }

  /** The string that is bytes [start, end) of `source`. @throws TooLarge */
  string(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= INTEGER_BYTES_MAX && this.asInteger(source, start, end)) return;
    if (this.compresses && length > UNCOMPRESSED_BYTES_MAX && this.compressed(source, start, end)) return;
    this.length(length);
    this.raw(source, start, end);
  }

  private asInteger(source: Uint8Array, start: number, end: number): boolean {
    const value = parseInt64(source, start, end);
    if (value === undefined || value !== (Number(value) | 0)) return false;
    if (value >= -128 && value <= 127) {
      this.byte(ENCODED | ENCODED_INT8);
      this.littleEndian(value, 1);
    } else if (value >= -32768 && value <= 32767) {
      this.byte(ENCODED | ENCODED_INT16);
      this.littleEndian(value, 2);
    } else {
      this.byte(ENCODED | ENCODED_INT32);
      this.littleEndian(value, 4);
    }
    return true;
  }

  private compressed(source: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (length > COMPRESS_BYTES_MAX) return false;
    const header = 1 + 2 * LENGTH_BYTES_MAX;
    this.ensure(header + length);
    // The length of what comes out stands before it and may itself take more or fewer bytes: it is written further on first.
    const at = this.position + header;
    const taken = compress(source, start, end, this.bytes, at, length - COMPRESSION_BYTES_MIN);
    if (taken === 0) return false;
    this.byte(ENCODED | ENCODED_LZF);
    this.length(taken);
    this.length(length);
    this.bytes.copyWithin(this.position, at, at + taken);
    this.position += taken;
    return true;
  }

  /** Makes room for `count` more bytes. @throws TooLarge */
  private ensure(count: number): void {
    const needed = this.position + count;
    if (needed <= this.bytes.length) return;
    const larger = bufferOf(Math.max(needed, Math.min(this.bytes.length * 2, 2 ** 30)));
    this.bytes.copy(larger, 0, 0, this.position);
    this.bytes = larger;
  }
}
