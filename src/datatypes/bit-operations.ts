/**
 * AND, OR, XOR and NOT of whole byte strings, shorter ones as if followed by zeroes. Shard thread; pure. Piece by piece, by
 * words, in memory that is aligned for that and stays in the processor's cache, wherever the strings lie.
 */

export type BitOperation = 'and' | 'or' | 'xor' | 'not';

/** Bytes [start, end). */
export interface ByteRange {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

const PIECE_BYTES = 16 * 1024;

const result = new Int32Array(PIECE_BYTES / 4);
const operand = new Int32Array(PIECE_BYTES / 4);
const resultBytes = Buffer.from(result.buffer);
const operandBytes = Buffer.from(operand.buffer);

/** Writes `length` bytes to `target` from `at` on. NOT takes one source, and the sources are no longer than `length`. */
export function combineBits(
  operation: BitOperation,
  sources: readonly ByteRange[],
  length: number,
  target: Buffer,
  at: number,
): void {
  for (let from = 0; from < length; from += PIECE_BYTES) {
    const size = Math.min(PIECE_BYTES, length - from);
    const words = (size + 3) >> 2;
    load(sources[0], from, size, resultBytes);
    if (operation === 'not') for (let i = 0; i < words; i++) result[i] = ~result[i];
    for (let source = 1; source < sources.length; source++) {
      load(sources[source], from, size, operandBytes);
      apply(operation, words);
    }
    resultBytes.copy(target, at + from, 0, size);
  }
}

/** Copies the piece that begins at `from`, with zeroes for what the source does not have. */
function load({ bytes, end, start }: ByteRange, from: number, size: number, to: Buffer): void {
  const there = Math.max(0, Math.min(end - start - from, size));
  if (there > 0) bytes.copy(to, 0, start + from, start + from + there);
  if (there < size) to.fill(0, there, size);
}

function apply(operation: BitOperation, words: number): void {
  if (operation === 'and') for (let i = 0; i < words; i++) result[i] &= operand[i];
  else if (operation === 'or') for (let i = 0; i < words; i++) result[i] |= operand[i];
  else for (let i = 0; i < words; i++) result[i] ^= operand[i];
}
