/**
 * Slots: which shard a key belongs to. Redis Cluster's map: CRC16 of the key, or of its {hash tag}, modulo 16,384,
 * with contiguous ranges of slots for the shards. Main thread.
 */

export const SLOTS = 16384;

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** CRC16-CCITT (XMODEM): polynomial 0x1021, as the Redis Cluster specification has it. */
const CRC16 = new Uint16Array(256).map((_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

/**
 * The slot of the key in bytes [start, end). Only what is in the {} that the first brace opens counts, if that is closed
 * and not empty.
 */
export function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte === OPEN_BRACE) return slotOfTagged(bytes, start, end, i);
    crc = ((crc << 8) ^ CRC16[(crc >> 8) ^ byte]) & 0xffff;
  }
  return crc & (SLOTS - 1);
}

/** The same for a key whose first brace is at `open`. */
function slotOfTagged(bytes: Uint8Array, start: number, end: number, open: number): number {
  let close = open + 1;
  while (close < end && bytes[close] !== CLOSE_BRACE) close++;
  const isTag = close < end && close > open + 1;
  const to = isTag ? close : end;
  let crc = 0;
  for (let i = isTag ? open + 1 : start; i < to; i++)
    crc = ((crc << 8) ^ CRC16[(crc >> 8) ^ bytes[i]]) & 0xffff;
  return crc & (SLOTS - 1);
}

/** The first and the last slot of each shard's range; the ranges' sizes differ by one slot at most. */
export function slotRanges(shards: number): [first: number, last: number][] {
  const bound = (shard: number): number => Math.floor((shard * SLOTS) / shards);
  return Array.from({ length: shards }, (_, shard) => [bound(shard), bound(shard + 1) - 1]);
}

/** The shard of every slot. */
export function shardsBySlot(shards: number): Uint16Array {
  const map = new Uint16Array(SLOTS);
  slotRanges(shards).forEach(([first, last], shard) => {
    map.fill(shard, first, last + 1);
  });
  return map;
}
