/** What the HyperLogLog commands have in common: finding one under a key, and changing it. Shard thread. */
import { HyperLogLog } from '../../datatypes/hyperloglog.js';
import { isHyperLogLog } from '../../datatypes/hyperloglog-registers.js';
import { type Database, type Handle, NO_ENTRY, TYPE_STRING } from '../../keyspace/database.js';
import { OutOfMemory } from '../../keyspace/out-of-memory.js';
import { WRONG_TYPE } from '../../protocol/reply-errors.js';
import type { ShardCall } from '../calls.js';

export const CORRUPTED = 'INVALIDOBJ Corrupted HLL object detected';
const NO_HYPERLOGLOG = 'WRONGTYPE Key is not a valid HyperLogLog string value.';

// One a thread: it is opened, changed and stored before anything else is.
const shared = new HyperLogLog();

/** The error to reply if an entry holds no HyperLogLog, null if it does. */
export function notSketch(database: Database, entry: Handle): string | null {
  if (database.type(entry) !== TYPE_STRING) return WRONG_TYPE;
  const start = database.stringStart(entry);
  const isSketch = isHyperLogLog(database.stringSource(entry), start, database.stringLength(entry));
  return isSketch ? null : NO_HYPERLOGLOG;
}

/**
 * Has `change` change the HyperLogLog that is argument `keyAt`, for which a lookup has found `existing`, or a new one, and
 * stores it if it says so. Nothing is stored until it is done, but for registers of a dense one.
 * @throws OutOfMemory, with nothing changed
 */
export function changeSketch(
  { argv, database, shard }: ShardCall,
  keyAt: number,
  existing: Handle,
  change: (sketch: HyperLogLog) => boolean,
): void {
  const sparseBytesMax = shard.config.get('hll-sparse-max-bytes');
  let isChanged: boolean;
  try {
    if (existing === NO_ENTRY) {
      shared.create(sparseBytesMax);
    } else {
      const start = database.stringStart(existing);
      const length = database.stringLength(existing);
      shared.open(database.stringSource(existing), start, length, sparseBytesMax);
    }
    isChanged = change(shared);
  } catch (error) {
    throw error instanceof RangeError ? new OutOfMemory() : error;
  }
  // As in Redis it is raw now, whether it has changed or not.
  if (existing !== NO_ENTRY) database.markRaw(existing);
  if (!isChanged || !shared.isCopy) return;
  const entry = database.resizeString(argv, keyAt, existing, shared.length);
  shared.bytes.copy(
    database.stringSource(entry),
    database.stringStart(entry),
    shared.start,
    shared.start + shared.length,
  );
}
