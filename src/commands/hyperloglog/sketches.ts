/** What the HyperLogLog commands have in common: finding one under a key, and changing it. Shard thread. */
import { HyperLogLog } from '../../datatypes/hyperloglog.js';
import { isHyperLogLog, isSound, mergeInto, REGISTERS } from '../../datatypes/hyperloglog-registers.js';
import { type Handle, NO_ENTRY } from '../../keyspace/database.js';
import { OutOfMemory } from '../../keyspace/out-of-memory.js';
import type { ShardCall } from '../calls.js';
import type { ReplyPart, ShardRun } from '../command.js';
import { bulkOf } from '../steps.js';
import { isNoString, replyString } from '../string/string-values.js';

export const CORRUPTED = 'INVALIDOBJ Corrupted HLL object detected';
const NO_HYPERLOGLOG = 'WRONGTYPE Key is not a valid HyperLogLog string value.';

// One a thread: it is opened, changed and stored before anything else is.
const shared = new HyperLogLog();

/** Whether there is an entry and it holds no HyperLogLog; then the error is replied. */
export function isNoSketch(call: ShardCall, entry: Handle): boolean {
  if (isNoString(call, entry)) return true;
  const { database, reply } = call;
  if (entry === NO_ENTRY) return false;
  const start = database.stringStart(entry);
  if (isHyperLogLog(database.stringSource(entry), start, database.stringLength(entry))) return false;
  reply.error(NO_HYPERLOGLOG);
  return true;
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
  if (!isChanged) return;
  const entry = database.resizeString(argv, keyAt, existing, shared.length);
  if (!shared.isCopy) return;
  const to = database.stringSource(entry);
  shared.bytes.copy(to, database.stringStart(entry), shared.start, shared.start + shared.length);
}

/** Step: replies the HyperLogLog that is the value of argument 1 as it is, null if there is none, or why it is none. */
export const fetchSketch: ShardRun = (call) => {
  const { argv, database, reply } = call;
  const entry = database.lookupRead(argv, 1);
  if (isNoSketch(call, entry)) return;
  if (entry !== NO_ENTRY) {
    const start = database.stringStart(entry);
    const length = database.stringLength(entry);
    if (!isSound(database.stringSource(entry), start, length)) return reply.error(CORRUPTED);
  }
  replyString(call, entry);
};

/** The registers, a byte each, of what the arguments behind the first one are; valid until the next call. */
export function mergedRegisters({ argv }: ShardCall): Uint8Array {
  merged.fill(0);
  for (let i = 2; i < argv.count; i++) mergeInto(merged, argv.source(i), argv.start(i), argv.length(i));
  return merged;
}
const merged = new Uint8Array(REGISTERS);

/** What fetchSketch() has found, as arguments. */
export function sketchesOf(found: readonly ReplyPart[]): ReplyPart[] {
  return found.map(bulkOf).filter((sketch) => sketch !== null);
}
