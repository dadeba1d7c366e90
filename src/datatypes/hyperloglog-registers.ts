/**
 * How a HyperLogLog is laid out: a header, and 16,384 registers of six bits, densely or sparsely. Pure, on byte ranges.
 *
 *   "HYLL" | encoding, 1 byte | 3 bytes unused | cardinality, 8 bytes, low byte first | registers
 *
 * The highest bit of the cardinality says that it is no longer right. Dense: register r is the six bits from bit 6r on,
 * lowest bit first. Sparse: runs of registers with the same value, from register 0 on.
 *
 *   00nnnnnn            ZERO   n + 1 registers are 0                   up to 64
 *   01nnnnnn nnnnnnnn   XZERO  n + 1 registers are 0, high byte first  up to 16,384
 *   1vvvvvnn            VAL    n + 1 registers are v + 1               up to 4, of up to 32
 *
 * Anybody may have written these bytes with SET. Invariant: nothing outside a range is read or written, and what is read
 * of the byte behind it, which an XZERO that is cut off asks for, is 0 as it is in Redis.
 */

export const REGISTERS = 16384;
export const REGISTER_MAX = 63;
export const HEADER_BYTES = 16;
export const DENSE_BYTES = HEADER_BYTES + (REGISTERS * 6) / 8;

export const DENSE = 0;
export const SPARSE = 1;

const MAGIC = Buffer.from('HYLL');
const ENCODING_AT = 4;
const CARDINALITY_AT = 8;
const LAST_CARDINALITY_AT = 15;
const STALE = 0x80;

export const ZERO_RUN_MAX = 64;
export const VALUE_RUN_MAX = 4;
export const SPARSE_VALUE_MAX = 32;
/** The one XZERO of all registers. */
const EMPTY_SPARSE_BYTES = 2;

/** Whether bytes [start, start + length) have the header of a HyperLogLog, and the length if it is dense. */
export function isHyperLogLog(bytes: Buffer, start: number, length: number): boolean {
  if (length < HEADER_BYTES) return false;
  for (let i = 0; i < MAGIC.length; i++) if (bytes[start + i] !== MAGIC[i]) return false;
  const encoding = encodingOf(bytes, start);
  return encoding === SPARSE || (encoding === DENSE && length === DENSE_BYTES);
}

export function encodingOf(bytes: Buffer, start: number): number {
  return bytes[start + ENCODING_AT];
}

export function setEncoding(bytes: Buffer, start: number, encoding: number): void {
  bytes[start + ENCODING_AT] = encoding;
}

/** Writes a sparse one without elements; returns its length. */
export function writeEmpty(bytes: Buffer): number {
  bytes.fill(0, 0, HEADER_BYTES);
  MAGIC.copy(bytes);
  setEncoding(bytes, 0, SPARSE);
  writeZeroes(bytes, HEADER_BYTES, REGISTERS);
  return HEADER_BYTES + EMPTY_SPARSE_BYTES;
}

/** The cardinality that was noted, undefined if it is no longer right. */
export function notedCardinality(bytes: Buffer, start: number): bigint | undefined {
  if (bytes[start + LAST_CARDINALITY_AT] >= STALE) return undefined;
  return bytes.readBigUInt64LE(start + CARDINALITY_AT);
}

export function noteCardinality(bytes: Buffer, start: number, cardinality: bigint): void {
  bytes.writeBigUInt64LE(BigInt.asUintN(64, cardinality), start + CARDINALITY_AT);
}

export function makeStale(bytes: Buffer, start: number): void {
  bytes[start + LAST_CARDINALITY_AT] |= STALE;
}

/** Register `index` of the dense ones that begin at `at`. */
export function denseRegister(bytes: Buffer, at: number, index: number): number {
  const bit = index * 6;
  const byte = at + (bit >> 3);
  const shift = bit & 7;
  // The last register ends with its byte.
  const next = shift > 2 ? bytes[byte + 1] : 0;
  return ((bytes[byte] | (next << 8)) >> shift) & REGISTER_MAX;
}

/** Makes the register at least `value`; says whether it was less. */
export function raiseDenseRegister(bytes: Buffer, at: number, index: number, value: number): boolean {
  if (denseRegister(bytes, at, index) >= value) return false;
  const bit = index * 6;
  const byte = at + (bit >> 3);
  const shift = bit & 7;
  bytes[byte] = (bytes[byte] & ~(REGISTER_MAX << shift)) | (value << shift);
  if (shift > 2) {
    const over = 8 - shift;
    bytes[byte + 1] = (bytes[byte + 1] & ~(REGISTER_MAX >> over)) | (value >> over);
  }
  return true;
}

export function isZeroRun(code: number): boolean {
  return code < 0x40;
}

export function isLongZeroRun(code: number): boolean {
  return code >= 0x40 && code < 0x80;
}

export function isValueRun(code: number): boolean {
  return code >= 0x80;
}

export function codeBytes(code: number): number {
  return isLongZeroRun(code) ? 2 : 1;
}

/** How many registers the code at `at` stands for. */
export function runLength(bytes: Buffer, at: number, end: number): number {
  const code = bytes[at];
  if (isValueRun(code)) return (code & 3) + 1;
  if (isZeroRun(code)) return code + 1;
  return (((code & 0x3f) << 8) | (at + 1 < end ? bytes[at + 1] : 0)) + 1;
}

/** The value of a VAL's registers. */
export function runValue(code: number): number {
  return ((code >> 2) & 0x1f) + 1;
}

export function valueCode(value: number, count: number): number {
  return 0x80 | ((value - 1) << 2) | (count - 1);
}

/** Writes ZERO or XZERO, whichever is needed; returns how many bytes it takes. */
export function writeZeroes(bytes: Uint8Array, at: number, count: number): number {
  if (count <= ZERO_RUN_MAX) {
    bytes[at] = count - 1;
    return 1;
  }
  bytes[at] = 0x40 | ((count - 1) >> 8);
  bytes[at + 1] = (count - 1) & 0xff;
  return 2;
}

/** Whether the codes of a sparse one, which has a header, stand for as many registers as there are. A dense one is sound. */
export function isSound(bytes: Buffer, start: number, length: number): boolean {
  if (encodingOf(bytes, start) === DENSE) return true;
  const end = start + length;
  let index = 0;
  for (let at = start + HEADER_BYTES; at < end; at += codeBytes(bytes[at])) {
    index += runLength(bytes, at, end);
  }
  return index === REGISTERS;
}

/** Raises `registers`, a byte each, to those of a HyperLogLog that is sound. */
export function mergeInto(registers: Uint8Array, bytes: Buffer, start: number, length: number): void {
  let at = start + HEADER_BYTES;
  if (encodingOf(bytes, start) === DENSE) {
    for (let i = 0; i < REGISTERS; i += 4, at += 3) {
      // Four registers are three bytes.
      const four = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
      for (let r = 0; r < 4; r++) {
        const value = (four >> (6 * r)) & REGISTER_MAX;
        if (value > registers[i + r]) registers[i + r] = value;
      }
    }
    return;
  }
  const end = start + length;
  let index = 0;
  for (; index < REGISTERS; at += codeBytes(bytes[at])) {
    const run = runLength(bytes, at, end);
    const value = isValueRun(bytes[at]) ? runValue(bytes[at]) : 0;
    for (let r = index; r < index + run && value > 0; r++) if (value > registers[r]) registers[r] = value;
    index += run;
  }
}
