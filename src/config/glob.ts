/**
 * Redis's glob patterns on bytes: ? * [abc] [^abc] [a-z] and \ to take the next byte literally.
 * Both threads. A star is tried again only from the last one, so the work is at most the product of the lengths.
 */

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const BACKSLASH = 0x5c;
const DASH = 0x2d;

export function matchesGlob(pattern: Uint8Array, text: Uint8Array): boolean {
  let p = 0;
  let t = 0;
  let starPattern = -1;
  let starText = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === STAR) {
      starPattern = ++p;
      starText = t;
      continue;
    }
    const next = p < pattern.length ? matchOne(pattern, p, text[t]) : -1;
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
function matchOne(pattern: Uint8Array, p: number, byte: number): number {
  switch (pattern[p]) {
    case QUESTION:
      return p + 1;
    case OPEN:
      return matchClass(pattern, p + 1, byte);
    case BACKSLASH:
      if (p + 1 < pattern.length) return pattern[p + 1] === byte ? p + 2 : -1;
      return byte === BACKSLASH ? p + 1 : -1;
    default:
      return pattern[p] === byte ? p + 1 : -1;
  }
}

function matchClass(pattern: Uint8Array, from: number, byte: number): number {
  let p = from;
  const negated = pattern[p] === CARET;
  if (negated) p++;
  let matched = false;
  for (;;) {
    // A class that is never closed ends with the pattern.
    if (p >= pattern.length) break;
    if (pattern[p] === BACKSLASH && p + 1 < pattern.length) {
      if (pattern[++p] === byte) matched = true;
    } else if (pattern[p] === CLOSE) {
      p++;
      break;
    } else if (p + 2 < pattern.length && pattern[p + 1] === DASH) {
      const low = Math.min(pattern[p], pattern[p + 2]);
      const high = Math.max(pattern[p], pattern[p + 2]);
      if (byte >= low && byte <= high) matched = true;
      p += 2;
    } else if (pattern[p] === byte) {
      matched = true;
    }
    p++;
  }
  return matched !== negated ? p : -1;
}
