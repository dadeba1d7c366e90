/**
 * LZF, the compression of strings in Redis's files: literals, and references to what came up to 8 KB before. Pure.
 *
 *   000LLLLL              L + 1 literal bytes follow                                    1 to 32
 *   LLLooooo oooooooo     copy L + 2 bytes from o + 1 bytes back                        3 to 8, L from 1 to 6
 *   111ooooo LLLLLLLL oooooooo    copy L + 9 bytes from o + 1 bytes back                9 to 264
 *
 * Invariant: decompress() writes exactly as many bytes as it was asked for and reads none outside its input, whatever that
 * is. compress() finds the references that Redis finds: where three bytes were seen last is kept in a table by the same
 * hash, and a reference is taken whenever there is one.
 */

const LITERALS_MAX = 32;
const REFERENCE_BYTES_MAX = 264;
const REFERENCE_BYTES_MIN = 3;
const DISTANCE_MAX = 8192;
/** A reference's length from which it has a byte of its own. */
const LONG_REFERENCE = 9;
/** The most that one byte of input can stand for: a reference takes at least three when it is that long. */
export const EXPANSION_MAX = REFERENCE_BYTES_MAX / 3;

const SLOTS_LOG = 16;
/** By the hash of three bytes: where they were last, counted on from input to input, so that none of an earlier one is met. */
let lastSeen: Int32Array | null = null;
let counted = 0;
const COUNTED_MAX = 2 ** 30;

/** The bound to which input can be compressed at once. */
export const COMPRESS_BYTES_MAX = COUNTED_MAX;

function slotOf(bytes: Uint8Array, at: number): number {
  const three = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
  return ((three >>> (24 - SLOTS_LOG)) - three * 5) & (2 ** SLOTS_LOG - 1);
}

/** How long a reference may become with `left` bytes to go; that it stops before the end of most is what Redis does. */
function longestReference(left: number): number {
  const most = Math.min(left - 2, REFERENCE_BYTES_MAX);
  return most === 17 || most === 18 ? 19 : most;
}

/**
 * Compresses bytes [start, end) of `from` to `to` at `at`, into at most `room` bytes.
 * @returns how many bytes it has taken; 0 if it does not fit, and what was written counts for nothing
 */
export function compress(
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
  room: number,
): number {
  const length = end - start;
  if (length === 0 || length > COMPRESS_BYTES_MAX || room <= 0) return 0;
  lastSeen ??= new Int32Array(2 ** SLOTS_LOG);
  if (counted + length > COUNTED_MAX) {
    lastSeen.fill(0);
    counted = 0;
  }
  // What is stored for position i is i - start + base; what is not more than base is of no use, the first byte included.
  const base = counted;
  counted += length;
  const shift = start - base;

  const stop = at + room;
  let out = at + 1;
  /** Literals since `out` - literals - 1, which is the place of their number. */
  let literals = 0;
  let i = start;
  while (i < end - 2) {
    const slot = slotOf(from, i);
    const seen = lastSeen[slot] + shift;
    lastSeen[slot] = i - shift;
    const distance = i - seen;
    if (
      seen > start &&
      distance <= DISTANCE_MAX &&
      from[seen] === from[i] &&
      from[seen + 1] === from[i + 1] &&
      from[seen + 2] === from[i + 2]
    ) {
      if (out - (literals === 0 ? 1 : 0) + 4 >= stop) return 0;
      const most = longestReference(end - i);
      let same = REFERENCE_BYTES_MIN;
      while (same < most && from[seen + same] === from[i + same]) same++;
      if (literals === 0) out--;
      else to[out - literals - 1] = literals - 1;
      literals = 0;
      const offset = distance - 1;
      if (same < LONG_REFERENCE) {
        to[out++] = ((same - 2) << 5) | (offset >> 8);
      } else {
        to[out++] = (7 << 5) | (offset >> 8);
        to[out++] = same - LONG_REFERENCE;
      }
      to[out++] = offset & 0xff;
      out++;
      i += same;
      if (i >= end - 2) break;
      // Of what was passed over only the last two positions are noted.
      lastSeen[slotOf(from, i - 2)] = i - 2 - shift;
      lastSeen[slotOf(from, i - 1)] = i - 1 - shift;
      continue;
    }
    if (out >= stop) return 0;
    to[out++] = from[i++];
    if (++literals === LITERALS_MAX) {
      to[out - literals - 1] = literals - 1;
      literals = 0;
      out++;
    }
  }
  if (out + 3 > stop) return 0;
  while (i < end) {
    to[out++] = from[i++];
    if (++literals === LITERALS_MAX) {
      to[out - literals - 1] = literals - 1;
      literals = 0;
      out++;
    }
  }
  if (literals === 0) out--;
  else to[out - literals - 1] = literals - 1;
  return out - at;
}

/** Decompresses bytes [start, end) of `from` so that they fill `to`; says whether they did, exactly. */
export function decompress(from: Uint8Array, start: number, end: number, to: Uint8Array): boolean {
  let out = 0;
  let i = start;
  while (i < end) {
    const control = from[i++];
    if (control < LITERALS_MAX) {
      const count = control + 1;
      if (i + count > end || out + count > to.length) return false;
      for (let left = count; left > 0; left--) to[out++] = from[i++];
      continue;
    }
    let count = (control >> 5) + 2;
    if (count === LONG_REFERENCE) {
      if (i >= end) return false;
      count += from[i++];
    }
    if (i >= end) return false;
    let source = out - (((control & 0x1f) << 8) | from[i++]) - 1;
    if (source < 0 || out + count > to.length) return false;
    // Byte by byte: the copy may overlap what it is made of.
    for (let left = count; left > 0; left--) to[out++] = to[source++];
  }
  return out === to.length;
}
