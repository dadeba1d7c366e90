/**
 * Transfer: a whole entry on its way to another key, maybe on another shard: RENAME, COPY. Shard thread, but for
 * piecesOf(), which knows where the parts of a finding are and looks at none of them.
 *
 *   finding  :kind CRLF :access CRLF :deadline CRLF $value        or a null for no entry
 *
 * `kind` is the entry's type, with RAW for a string that was changed in place and TEXT for one that is kept as text;
 * `access` is what is kept of its uses, which goes with the entry when it gets another name and not with a copy of it; the
 * deadline is -1 for none.
 */
import { type Handle, NEVER, NO_ENTRY } from '../../keyspace/database.js';
import type { Piece } from '../../protocol/argv.js';
import { endOfReplyLine } from '../../protocol/reply-writer.js';
import type { ShardCall } from '../calls.js';
import type { ReplyPart } from '../command.js';
import { bulkOf, isNull } from '../steps.js';
import { replyString, storeString } from '../string/string-values.js';

const RAW = 1 << 8;
const TEXT = 1 << 9;
const NO_DEADLINE = -1;

// Arguments of storeEntry().
const KIND = 2;
const ACCESS = 3;
const DEADLINE = 4;
const VALUE = 5;

/** Step: replies the entry of argument 1 as a finding. */
export function fetchEntry(call: ShardCall): void {
  const { argv, database, reply } = call;
  const entry = database.lookupRead(argv, 1);
  if (entry === NO_ENTRY) {
    reply.null();
    return;
  }
  const deadline = database.expiresAtExactMs(entry);
  reply.integer(
    database.type(entry) | (database.isRaw(entry) ? RAW : 0) | (database.isText(entry) ? TEXT : 0),
  );
  reply.integer(database.access(entry));
  reply.integer(deadline === NEVER ? NO_DEADLINE : deadline);
  replyString(call, entry);
}

/** Step: removes the key that is argument 1. */
export function removeEntry({ argv, database, reply }: ShardCall): void {
  const entry = database.peek(argv, 1);
  // What is counted as a change is that it is stored elsewhere.
  if (entry !== NO_ENTRY) database.discard(entry);
  reply.ok();
}

/** Step: whether the key that is argument 1 is there, 1 or 0. */
export function isThere({ argv, database, reply }: ShardCall): void {
  reply.integer(database.peek(argv, 1) === NO_ENTRY ? 0 : 1);
}

/** Step of a command that does nothing since the key that is argument 1 is there: that counts as a use of it. Replies 0. */
export function leaveThere({ argv, database, reply }: ShardCall): void {
  database.lookupWrite(argv, 1);
  reply.integer(0);
}

/** The arguments of storeEntry() behind the key, null where there was no entry. */
export function piecesOf(finding: ReplyPart): readonly Piece[] | null {
  if (isNull(finding)) return null;
  const { bytes, start } = finding;
  const kindEnd = endOfReplyLine(bytes, start);
  const accessEnd = endOfReplyLine(bytes, kindEnd);
  const deadlineEnd = endOfReplyLine(bytes, accessEnd);
  return [
    { bytes, start: start + 1, end: kindEnd - 2 },
    { bytes, start: kindEnd + 1, end: accessEnd - 2 },
    { bytes, start: accessEnd + 1, end: deadlineEnd - 2 },
    bulkOf({ bytes, start: deadlineEnd, end: finding.end })!,
  ];
}

/** Makes the key that is argument 1 what the pieces behind it say, in place of what it was. */
export function storeEntry(call: ShardCall): Handle {
  const { argv, database } = call;
  const kind = Number(call.integer(KIND));
  const deadline = call.integer(DEADLINE)!;
  // What it was is of no use to what it becomes, whatever that is.
  const existing = database.peek(argv, 1);
  if (existing !== NO_ENTRY) database.delete(existing);
  const entry: Handle = storeString(call, NO_ENTRY, 1, VALUE);
  if ((kind & RAW) !== 0) database.markRaw(entry);
  if ((kind & TEXT) !== 0) database.markText(entry);
  if (deadline !== NO_DEADLINE) database.setExpiresAt(entry, deadline);
  return entry;
}

/** The same for a key that was the entry's: what is kept of its uses comes with it. */
export function moveEntry(call: ShardCall): void {
  call.database.setAccess(storeEntry(call), Number(call.integer(ACCESS)));
}
