/**
 * Joins: how the parts of a command that ran on several shards become one reply, by the declared policy.
 * Main thread; the work is linear in the bytes of the parts.
 */
import type { ReplyPart } from '../commands/command.js';
import { endOfReplyLine, type ReplyWriter, readReplyNumber } from '../protocol/reply-writer.js';

const DOLLAR = 0x24;

/** all_succeeded: they are all alike. */
export function joinSucceeded(parts: readonly ReplyPart[], reply: ReplyWriter): void {
  const [part] = parts;
  reply.raw(part.bytes, part.start, part.end);
}

/** agg_sum: every part is an integer. */
export function joinSum(parts: readonly ReplyPart[], reply: ReplyWriter): void {
  let sum = 0;
  for (const part of parts) sum += readReplyNumber(part.bytes, part.start + 1);
  reply.integer(sum);
}

/** by_key: every part is an array of bulk strings and nulls; `order` says from which part each element comes. */
export function joinByKey(parts: readonly ReplyPart[], order: ArrayLike<number>, reply: ReplyWriter): void {
  const cursors = parts.map((part) => endOfReplyLine(part.bytes, part.start));
  reply.array(order.length);
  for (let key = 0; key < order.length; ) {
    const index = order[key];
    const { bytes } = parts[index];
    const start = cursors[index];
    let end = start;
    // Neighbours of one part are copied at once: a copy costs more than its bytes.
    do end = endOfElement(bytes, end);
    while (++key < order.length && order[key] === index);
    reply.raw(bytes, start, end);
    cursors[index] = end;
  }
}

/** Where the element at `at` ends: a bulk string, or a null of either protocol. */
function endOfElement(bytes: Buffer, at: number): number {
  const line = endOfReplyLine(bytes, at);
  if (bytes[at] !== DOLLAR) return line;
  const length = readReplyNumber(bytes, at + 1);
  return length < 0 ? line : line + length + 2;
}
