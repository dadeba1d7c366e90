/**
 * What INFO and MEMORY say of memory, from the books of all shards and the heaps of all threads. Each shard writes its
 * figures, the main thread does the rest.
 *
 * The dataset is what the slabs' blocks in use and the values outside them take. The rest of used memory is overhead: the
 * shards' tables and wheels, the JavaScript heaps, and the main thread's buffers. Nothing here counts garbage in buffers.
 */
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { endOfReplyLine } from '../../protocol/reply-writer.js';
import type { ConnectionCall, DatabaseFigures, ShardFigures } from '../calls.js';
import type { OnShard, ReplyPart } from '../command.js';

export interface MemoryFigures {
  readonly used: number;
  /** At most this much was used at once, as far as was noticed: with the sum of the shards' peaks. */
  readonly peak: number;
  readonly dataset: number;
  /** By the allocators' books: in use, and with what is not in use. */
  readonly allocated: number;
  readonly reserved: number;
  /** Resident size of the process, 0 where it can't be read. */
  readonly rss: number;
  readonly mainHeap: number;
  readonly mainExternal: number;
  readonly system: number;
  /** Some shard moves entries together. */
  readonly compacting: boolean;
}

/** A peak does not fall when garbage is collected. */
let highestPeak = 0;

export function memoryFigures(shards: readonly ShardFigures[]): MemoryFigures {
  const { external_memory: mainExternal, used_heap_size: mainHeap } = getHeapStatistics();
  const databases = shards.flatMap((shard) => shard.databases);
  const allocated = sum(databases, ({ usedBytes }) => usedBytes);
  const outside = mainHeap + mainExternal + sum(shards, ({ heapBytes }) => heapBytes);
  const stores = sum(shards, ({ databases: own, peakBytes }) => Math.max(peakBytes, sum(own, usedBytes)));
  highestPeak = Math.max(highestPeak, outside + stores);
  return {
    used: outside + allocated,
    peak: highestPeak,
    dataset: sum(databases, (database) => database.usedBytes - database.overheadBytes),
    allocated,
    reserved: sum(databases, ({ reservedBytes }) => reservedBytes),
    rss: residentBytes(),
    mainHeap,
    mainExternal,
    system: totalmem(),
    compacting: shards.some(({ compacting }) => compacting),
  };
}

/** Gathers the figures of all shards and has the main thread write a reply from them. */
export function fromFigures(write: (shards: readonly ShardFigures[], call: ConnectionCall) => void): OnShard {
  return {
    on: 'shard',
    hops: 1,
    request: 'all_shards',
    run: ({ reply, shard }) => reply.bulkText(JSON.stringify(shard.figures())),
    join: (parts, call) => write(parts.map(parseFigures), call),
  };
}

/** A part is a bulk string of JSON that a shard of this server wrote. */
function parseFigures({ bytes, start, end }: ReplyPart): ShardFigures {
  return JSON.parse(bytes.toString('utf8', endOfReplyLine(bytes, start), end - 2)) as ShardFigures;
}

export function sum<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((total, item) => total + figure(item), 0);
}

/** As Redis writes it: `1.27M`. */
export function humanBytes(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T'];
  let unit = 0;
  let amount = bytes;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes}B` : `${amount.toFixed(2)}${units[unit]}`;
}

/** Part of a whole in percent, as Redis writes it. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}

function usedBytes(database: DatabaseFigures): number {
  return database.usedBytes;
}

function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    // It is read from a file, and every file descriptor may be a client's.
    return 0;
  }
}
