/**
 * Bits of byte strings, counted from the most significant bit of the first byte, as Redis counts them. Shard thread; pure.
 * Counting and searching go over words where the bytes lie so that they can.
 */

const WORD_BYTES = 4;
/** Below this a loop over bytes is as fast as one over words, with what must be done before. */
const WORDS_BYTES_MIN = 16;
/** Words that are looked at together: sums of four words' nibbles fit a byte. */
const GROUP_WORDS = 4;

const BITS_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => popcount(byte));

function popcount(word: number): number {
  let bits = 0;
  for (let rest = word; rest !== 0; rest >>>= 1) bits += rest & 1;
  return bits;
}

/** Words of `bytes` from the first whole one to the last in bytes [start, end), and where in `bytes` they begin. */
interface WordRange {
  readonly words: Int32Array;
  readonly from: number;
  readonly end: number;
}

function wordsWithin(bytes: Uint8Array, start: number, end: number): WordRange | null {
  if (end - start < WORDS_BYTES_MIN) return null;
  const misaligned = (bytes.byteOffset + start) & (WORD_BYTES - 1);
  const from = misaligned === 0 ? start : start + WORD_BYTES - misaligned;
  const count = (end - from) >>> 2;
  return {
    words: new Int32Array(bytes.buffer, bytes.byteOffset + from, count),
    from,
    end: from + count * WORD_BYTES,
  };
}

/** How many bits are set in bytes [start, end). */
export function countBits(bytes: Uint8Array, start: number, end: number): number {
  const range = wordsWithin(bytes, start, end);
  if (range === null) return countByBytes(bytes, start, end);
  return (
    countByBytes(bytes, start, range.from) + countByWords(range.words) + countByBytes(bytes, range.end, end)
  );
}

function countByBytes(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) count += BITS_OF_BYTE[bytes[i]];
  return count;
}

/** Sums of bits, pairs and nibbles side by side in a word (Warren, Hacker's Delight 5-1), four words at a time. */
function countByWords(words: Int32Array): number {
  const grouped = words.length - (words.length % GROUP_WORDS);
  let count = 0;
  let i = 0;
  for (; i < grouped; i += GROUP_WORDS) {
    const nibbles = (nibbleSums(words[i]) + nibbleSums(words[i + 1])) | 0;
    const others = (nibbleSums(words[i + 2]) + nibbleSums(words[i + 3])) | 0;
    const sums =
      (nibbles & 0x0f0f0f0f) +
      ((nibbles >>> 4) & 0x0f0f0f0f) +
      (others & 0x0f0f0f0f) +
      ((others >>> 4) & 0x0f0f0f0f);
    count += Math.imul((sums & 0x00ff00ff) + ((sums >>> 8) & 0x00ff00ff), 0x00010001) >>> 16;
  }
  for (; i < words.length; i++) {
    const nibbles = nibbleSums(words[i]);
    count += Math.imul((nibbles & 0x0f0f0f0f) + ((nibbles >>> 4) & 0x0f0f0f0f), 0x01010101) >>> 24;
  }
  return count;
}

/** The number of bits set in each nibble, in that nibble. */
function nibbleSums(word: number): number {
  const pairs = (word - ((word >>> 1) & 0x55555555)) | 0;
  return (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
}

/** The first bit in bytes [start, end) that is `bit`, counted from the first of `bytes`; -1 if there is none. */
export function findBit(bytes: Uint8Array, start: number, end: number, bit: 0 | 1): number {
  const range = wordsWithin(bytes, start, end);
  if (range === null) return findByBytes(bytes, start, end, bit);
  const before = findByBytes(bytes, start, range.from, bit);
  if (before >= 0) return before;
  const i = bit === 1 ? groupsOfZeroes(range.words) : groupsOfOnes(range.words);
  return findByBytes(bytes, range.from + i * WORD_BYTES, end, bit);
}

/** The words at the beginning that are all 0, in whole groups. */
function groupsOfZeroes(words: Int32Array): number {
  const last = words.length - GROUP_WORDS;
  let i = 0;
  while (i <= last && (words[i] | words[i + 1] | words[i + 2] | words[i + 3]) === 0) i += GROUP_WORDS;
  return i;
}

/** The same of words that are all ones. */
function groupsOfOnes(words: Int32Array): number {
  const last = words.length - GROUP_WORDS;
  let i = 0;
  while (i <= last && (words[i] & words[i + 1] & words[i + 2] & words[i + 3]) === -1) i += GROUP_WORDS;
  return i;
}

function findByBytes(bytes: Uint8Array, start: number, end: number, bit: 0 | 1): number {
  const skipped = bit === 1 ? 0 : 0xff;
  for (let i = start; i < end; i++) {
    if (bytes[i] !== skipped) return i * 8 + Math.clz32((bytes[i] ^ skipped) << 24);
  }
  return -1;
}

/** The bit at `at`; the string is bytes [start, start + length), and what is behind it is 0. */
export function getBit(bytes: Uint8Array, start: number, length: number, at: number): 0 | 1 {
  const byte = Math.floor(at / 8);
  if (byte >= length) return 0;
  return ((bytes[start + byte] >> (7 - (at % 8))) & 1) as 0 | 1;
}

/** Makes the bit at `at` of the string that begins at `start` what is wanted. */
export function setBit(bytes: Uint8Array, start: number, at: number, bit: 0 | 1): void {
  const index = start + Math.floor(at / 8);
  const mask = 0x80 >> (at % 8);
  if (bit === 1) bytes[index] |= mask;
  else bytes[index] &= ~mask;
}
