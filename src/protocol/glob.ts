/**
 * Redis's glob patterns on bytes: ? * [abc] [^abc] [a-z] and \ to take the next byte literally.
 *
 * Both threads. A star is tried again only from the last one, so the work is at most the product of the lengths. What
 * Redis makes of odd patterns is kept: a class that is never closed ends with the pattern, the ends of a range are in any
 * order and signed, as C's char is, and only the empty pattern matches the empty text, which not even `*` does.
 */

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const BACKSLASH = 0x5c;
const DASH = 0x2d;

/** Whether the pattern is `*` alone, for those to whom that means everything, the empty text too. */
export function isStar(pattern: Uint8Array): boolean {
  return pattern.length === 1 && pattern[0] === STAR;
}

/** Whether bytes [start, end) of `text` match. */
export function matchesGlob(
  pattern: Uint8Array,
  text: Uint8Array,
  start = 0,
  end = text.length,
  ignoringCase = false,
): boolean {
  if (start === end) return pattern.length === 0;
  let p = 0;
  let t = start;
  let starPattern = -1;
  let starText = 0;
  while (t < end) {
    if (p < pattern.length && pattern[p] === STAR) {
      starPattern = ++p;
      starText = t;
      continue;
    }
    const next = p < pattern.length ? matchOne(pattern, p, text[t], ignoringCase) : -1;
    if (next >= 0) {
      p = next;
      t++;
    } else if (starPattern >= 0) {
      p = starPattern;
      t = ++starText;
    } else {
      return false;
    }
  }
  while (p < pattern.length && pattern[p] === STAR) p++;
  return p === pattern.length;
}

/** Where the pattern goes on if its element at `p` matches the byte, -1 if it does not. */
function matchOne(pattern: Uint8Array, p: number, byte: number, ignoringCase: boolean): number {
  switch (pattern[p]) {
    case QUESTION:
      return p + 1;
    case OPEN:
      return matchClass(pattern, p + 1, byte, ignoringCase);
    case BACKSLASH: {
      const literal = p + 1 < pattern.length ? p + 1 : p;
      return equal(pattern[literal], byte, ignoringCase) ? literal + 1 : -1;
    }
    default:
      return equal(pattern[p], byte, ignoringCase) ? p + 1 : -1;
  }
}

function matchClass(pattern: Uint8Array, from: number, byte: number, ignoringCase: boolean): number {
  let p = from;
  const negated = pattern[p] === CARET;
  if (negated) p++;
  let matched = false;
  for (;;) {
    if (p >= pattern.length) break;
    if (pattern[p] === BACKSLASH && p + 1 < pattern.length) {
      // Redis compares this one exactly even where case does not count.
      if (pattern[++p] === byte) matched = true;
    } else if (pattern[p] === CLOSE) {
      p++;
      break;
    } else if (p + 2 < pattern.length && pattern[p + 1] === DASH) {
      if (isWithin(pattern[p], pattern[p + 2], byte, ignoringCase)) matched = true;
      p += 2;
    } else if (equal(pattern[p], byte, ignoringCase)) {
      matched = true;
    }
    p++;
  }
  return matched !== negated ? p : -1;
}

/** The ends are put in order before their case is dropped, as Redis does it. */
function isWithin(one: number, other: number, byte: number, ignoringCase: boolean): boolean {
  const low = Math.min(signed(one), signed(other));
  const high = Math.max(signed(one), signed(other));
  if (!ignoringCase) return signed(byte) >= low && signed(byte) <= high;
  return signed(lower(byte)) >= lower(low) && signed(lower(byte)) <= lower(high);
}

function equal(one: number, other: number, ignoringCase: boolean): boolean {
  return one === other || (ignoringCase && lower(one) === lower(other));
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}
