/**
 * Inline commands: a line of words, as a person types them into netcat, with Redis's quoting rules.
 * Main thread. The result has an escape-free buffer of its own; it is never longer than the line.
 */
import type { Argv } from './argv.js';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;

/** What stands for a control character behind a backslash within double quotes. */
const ESCAPES: Readonly<Record<string, number>> = { n: LF, r: CR, t: TAB, b: 0x08, a: 0x07 };

/**
 * Splits bytes [start, end) of `line` into words and pushes them onto `argv`, whose buffer it replaces.
 * A NUL ends the line.
 * @returns false where a quote is not closed, or is followed by something else than a blank
 */
export function splitInline(line: Buffer, start: number, end: number, argv: Argv): boolean {
  const words = Buffer.allocUnsafe(end - start);
  argv.setBytes(words);
  argv.base = 0;
  let used = 0;
  let at = start;
  for (;;) {
    while (at < end && isSpace(line[at])) at++;
    if (at === end || line[at] === 0) return true;
    const wordStart = used;
    let quote = 0;
    for (;;) {
      if (at === end) {
        if (quote !== 0) return false;
        break;
      }
      const byte = line[at];
      if (byte === 0 && quote !== 0) return false;
      if (quote === 0) {
        if (byte === SPACE || byte === LF || byte === CR || byte === TAB || byte === 0) break;
        if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) quote = byte;
        else words[used++] = byte;
        at++;
      } else if (byte === quote) {
        at++;
        if (at < end && !isSpace(line[at])) return false;
        break;
      } else if (byte === BACKSLASH && quote === SINGLE_QUOTE && at + 1 < end && line[at + 1] === quote) {
        words[used++] = quote;
        at += 2;
      } else if (byte === BACKSLASH && quote === DOUBLE_QUOTE && at + 1 < end) {
        const code = at + 3 < end && line[at + 1] === 0x78 ? hexByte(line[at + 2], line[at + 3]) : -1;
        if (code >= 0) {
          words[used++] = code;
          at += 4;
        } else {
          const escaped = line[at + 1];
          words[used++] = ESCAPES[String.fromCharCode(escaped)] ?? escaped;
          at += 2;
        }
      } else {
        words[used++] = byte;
        at++;
      }
    }
    argv.push(wordStart, used);
  }
}

/** C's isspace in the POSIX locale. */
function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CR);
}

/** The byte that two hexadecimal digits spell, or -1. */
function hexByte(high: number, low: number): number {
  const h = hexDigit(high);
  const l = hexDigit(low);
  return h < 0 || l < 0 ? -1 : h * 16 + l;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
