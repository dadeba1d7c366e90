/**
 * RdbReader: reads serialized values from bytes that anybody may have made. Pure; what uses one keeps it.
 * Invariant: it reads nothing outside what it was opened with, and takes no memory that a header alone asks for; what does
 * not fit throws BadData.
 */
import { BadData, bufferOf, TooLarge, VALUE_BYTES_MAX } from './errors.js';
import {
  ENCODED,
  ENCODED_INT8,
  ENCODED_INT16,
  ENCODED_INT32,
  ENCODED_LZF,
  LENGTH_6,
  LENGTH_14,
  LENGTH_32,
  LENGTH_64,
} from './lengths.js';
import { decompress, EXPANSION_MAX } from './lzf.js';

const KIND_MASK = 0xc0;
const VALUE_MASK = 0x3f;

/** Bytes [start, start + length) of a buffer: of what is read, or one of their own. */
export interface ByteRange {
  readonly source: Buffer;
  readonly start: number;
  readonly length: number;
}

export class RdbReader {
  private bytes: Buffer = Buffer.alloc(0);
  private position = 0;
  private end = 0;

  /** What comes is read from bytes [start, end) of `bytes`. */
  open(bytes: Buffer, start: number, end: number): this {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    return this;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.end - this.position;
  }

  byte(): number {
    return this.bytes[this.take(1)];
  }

  /** A length, a double where it is beyond 2^53 and so larger than anything. */
  length(): number {
    const first = this.byte();
    // A mark in the place of a length counts for the number in it, as it does in Redis.
    return (first & KIND_MASK) === ENCODED ? first & VALUE_MASK : this.lengthAfter(first);
  }

  /** A string in whichever encoding; it may lie in what is being read. @throws TooLarge */
  string(): ByteRange {
    const first = this.byte();
    if ((first & KIND_MASK) !== ENCODED) return this.range(this.lengthAfter(first));
    switch (first & VALUE_MASK) {
      case ENCODED_INT8:
        return digits(this.bytes.readInt8(this.take(1)));
      case ENCODED_INT16:
        return digits(this.bytes.readInt16LE(this.take(2)));
      case ENCODED_INT32:
        return digits(this.bytes.readInt32LE(this.take(4)));
      case ENCODED_LZF:
        return this.compressed();
      default:
        throw new BadData();
    }
  }

  private compressed(): ByteRange {
    const taken = this.length();
    const length = this.length();
    const start = this.take(taken);
    // No input can become that long, so there is nothing to be allocated for it.
    if (length > taken * EXPANSION_MAX) throw new BadData();
    if (length > VALUE_BYTES_MAX) throw new TooLarge();
    const source = bufferOf(length);
    // To Redis, failing to decompress and decompressing to nothing are the same.
    if (length > 0 && !decompress(this.bytes, start, start + taken, source)) throw new BadData();
    return { source, start: 0, length };
  }

  private range(length: number): ByteRange {
    return { source: this.bytes, start: this.take(length), length };
  }

  private lengthAfter(first: number): number {
    if ((first & KIND_MASK) === LENGTH_6) return first;
    if ((first & KIND_MASK) === LENGTH_14) return ((first & VALUE_MASK) << 8) | this.byte();
    if (first === LENGTH_32) return this.bytes.readUInt32BE(this.take(4));
    if (first !== LENGTH_64) throw new BadData();
    const at = this.take(8);
    return this.bytes.readUInt32BE(at) * 2 ** 32 + this.bytes.readUInt32BE(at + 4);
  }

  /** Passes over `count` bytes and gives the index of the first. */
  private take(count: number): number {
    if (count > this.left) throw new BadData();
    const at = this.position;
    this.position += count;
    return at;
  }
}

function digits(value: number): ByteRange {
  const source = Buffer.from(String(value), 'latin1');
  return { source, start: 0, length: source.length };
}
