/**
 * What PFSELFTEST runs: whether this machine and this build add and estimate as they should. Pure, some 50 ms.
 */
import { CORRUPT, HyperLogLog } from './hyperloglog.js';
import { estimate } from './hyperloglog-estimate.js';
import {
  DENSE_BYTES,
  denseRegister,
  REGISTER_MAX,
  REGISTERS,
  raiseDenseRegister,
} from './hyperloglog-registers.js';

const ELEMENTS = 100_000;
const SPARSE_BYTES_MAX = 3000;
/** Standard errors that an estimate may be off by. */
const ERRORS_MAX = 5;
const STANDARD_ERROR = 1.04 / Math.sqrt(REGISTERS);
/** Below this, collisions of single elements count more than the standard error. */
const ERROR_MIN = 3;

/** What is wrong, or null. */
export function selfTest(): string | null {
  return testRegisters() ?? testEstimates();
}

function testRegisters(): string | null {
  const bytes = Buffer.alloc(DENSE_BYTES);
  const wanted = new Uint8Array(REGISTERS);
  for (let round = 0; round < 8; round++) {
    for (let i = 0; i < REGISTERS; i++) {
      const value = Math.imul(i + 1, 0x9e3779b1 + round) >>> 26;
      wanted[i] = Math.max(wanted[i], value & REGISTER_MAX);
      raiseDenseRegister(bytes, 0, i, value & REGISTER_MAX);
    }
    for (let i = 0; i < REGISTERS; i++) {
      const found = denseRegister(bytes, 0, i);
      if (found !== wanted[i]) return `Register ${i} should be set to ${wanted[i]} but actually is ${found}`;
    }
  }
  return null;
}

function testEstimates(): string | null {
  const dense = new HyperLogLog();
  const sparse = new HyperLogLog();
  dense.create(SPARSE_BYTES_MAX);
  dense.makeDense();
  sparse.create(SPARSE_BYTES_MAX);
  const element = Buffer.alloc(8);
  let check = 1;
  for (let count = 1; count <= ELEMENTS; count++) {
    element.writeInt32LE(Math.imul(count, 0x9e3779b1), 0);
    for (const sketch of [dense, sparse]) {
      if (sketch.add(element, 0, element.length) === CORRUPT) return `element ${count} finds it corrupted`;
    }
    if (count !== check) continue;
    check *= 10;
    const [one, other] = [dense, sparse].map(({ bytes, length, start }) => estimate(bytes, start, length));
    if (one !== other) return `dense and sparse say ${one} and ${other} of ${count}`;
    const error = Math.abs(Number(one) - count);
    if (error > Math.max(ERROR_MIN, count * STANDARD_ERROR * ERRORS_MAX))
      return `Too big error: ${one} for ${count}`;
  }
  return null;
}
