/** Steps: the arguments that a command's step is run with, and what is read from findings. Both threads. */
import { Argv } from '../protocol/argv.js';
import { endOfReplyLine, readReplyNumber } from '../protocol/reply-writer.js';
import type { ReplyPart, Step } from './command.js';

const MINUS = 0x2d;
const DOLLAR = 0x24;
const COLON = 0x3a;
const UNDERSCORE = 0x5f;

/** What an argument takes beside its bytes. */
const ARGUMENT_BYTES_MAX = 8;
/** Offsets in a request are signed 32-bit words; what is not a finding has room as well. */
const FINDINGS_BYTES_MAX = 2 ** 31 - 2 ** 20;

/** The step's own argument vector: the key, then what the step names; it stays valid. */
export function stepArguments(argv: Argv, { args = [], key }: Step): Argv {
  const pieces = [argv.piece(key)];
  for (const arg of args) pieces.push(typeof arg === 'number' ? argv.piece(arg) : arg);
  return Argv.of(pieces);
}

/** The first part that is an error, if there is one. */
export function firstError(parts: readonly ReplyPart[]): ReplyPart | undefined {
  return parts.find((part) => part.bytes[part.start] === MINUS);
}

/** Whether the findings, sent on all at once, would be more than a request can hold. */
export function areTooLarge(found: readonly ReplyPart[]): boolean {
  let bytes = 0;
  for (const { end, start } of found) bytes += end - start + ARGUMENT_BYTES_MAX;
  return bytes > FINDINGS_BYTES_MAX;
}

/** Whether a finding is a null, of either protocol. */
export function isNull({ bytes, start }: ReplyPart): boolean {
  return bytes[start] === UNDERSCORE || (bytes[start] === DOLLAR && bytes[start + 1] === MINUS);
}

/** The bytes of a finding that is a bulk string, null for one that is a null. */
export function bulkOf(finding: ReplyPart): ReplyPart | null {
  if (isNull(finding)) return null;
  const { bytes, start } = finding;
  if (bytes[start] !== DOLLAR) throw new Error('a finding is no bulk string');
  const length = readReplyNumber(bytes, start + 1);
  const from = endOfReplyLine(bytes, start);
  return { bytes, start: from, end: from + length };
}

/** The bytes of a finding that is a bulk string, none for a null. */
export function contentsOf(finding: ReplyPart): ReplyPart {
  return bulkOf(finding) ?? { bytes: finding.bytes, start: finding.start, end: finding.start };
}

/** The number of a finding that is an integer. */
export function integerOf({ bytes, start }: ReplyPart): number {
  if (bytes[start] !== COLON) throw new Error('a finding is no integer');
  return readReplyNumber(bytes, start + 1);
}
