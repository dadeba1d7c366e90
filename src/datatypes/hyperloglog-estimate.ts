/**
 * How many elements a HyperLogLog has seen, estimated from how often each value occurs in its registers: Otmar Ertl, "New
 * cardinality estimation algorithms for HyperLogLog sketches" (arXiv:1702.01284), in the order of operations that Redis
 * has, since the last digit depends on it. Pure.
 */
import {
  codeBytes,
  DENSE,
  encodingOf,
  HEADER_BYTES,
  isValueRun,
  REGISTER_MAX,
  REGISTERS,
  runLength,
  runValue,
} from './hyperloglog-registers.js';

/** Bits of a hash that are not a register's number; a register's value is at most one more. */
const VALUE_BITS = 50;
/** 1 / (2 ln 2). */
const ALPHA = 0.7213475204444817;
/** What becomes of an estimate beyond signed 64 bits. */
const OVERFLOW = -(2n ** 63n);
const INT64_LIMIT = 2 ** 63;

const histogram = new Float64Array(REGISTER_MAX + 1);

/** The estimate for bytes [start, start + length), which have been found to be a HyperLogLog; undefined if it is unsound. */
export function estimate(bytes: Buffer, start: number, length: number): bigint | undefined {
  histogram.fill(0);
  if (encodingOf(bytes, start) === DENSE) countDense(bytes, start + HEADER_BYTES);
  else if (!countSparse(bytes, start + HEADER_BYTES, start + length)) return undefined;
  return fromHistogram();
}

/** The estimate for registers that are a byte each. */
export function estimateOf(registers: Uint8Array): bigint {
  histogram.fill(0);
  for (let i = 0; i < REGISTERS; i++) histogram[registers[i]]++;
  return fromHistogram();
}

function countDense(bytes: Buffer, at: number): void {
  // Four registers are three bytes.
  for (let i = at; i < at + (REGISTERS * 6) / 8; i += 3) {
    const four = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16);
    histogram[four & REGISTER_MAX]++;
    histogram[(four >> 6) & REGISTER_MAX]++;
    histogram[(four >> 12) & REGISTER_MAX]++;
    histogram[four >> 18]++;
  }
}

function countSparse(bytes: Buffer, at: number, end: number): boolean {
  let registers = 0;
  for (let i = at; i < end; i += codeBytes(bytes[i])) {
    const run = runLength(bytes, i, end);
    registers += run;
    histogram[isValueRun(bytes[i]) ? runValue(bytes[i]) : 0] += run;
  }
  return registers === REGISTERS;
}

function fromHistogram(): bigint {
  let z = REGISTERS * tau((REGISTERS - histogram[VALUE_BITS + 1]) / REGISTERS);
  for (let value = VALUE_BITS; value >= 1; value--) {
    z += histogram[value];
    z *= 0.5;
  }
  z += REGISTERS * sigma(histogram[0] / REGISTERS);
  const cardinality = Math.round((ALPHA * REGISTERS * REGISTERS) / z);
  return cardinality < INT64_LIMIT ? BigInt(cardinality) : OVERFLOW;
}

/** The paper's σ, for registers that are 0. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let z = x;
  for (;;) {
    const before = z;
    x *= x;
    z += x * y;
    y += y;
    if (z === before) return z;
  }
}

/** The paper's τ, for registers that could not be larger. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - x;
  for (;;) {
    const before = z;
    x = Math.sqrt(x);
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
    if (z === before) return z / 3;
  }
}
