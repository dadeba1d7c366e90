/** Asks redis-server and Sherd the same and compares the replies byte for byte, but for what must vary. */
import { decode, type Reply } from '../support/replies.js';
import { requests } from '../support/requests.js';
import type { RespClient } from '../support/resp-client.js';

/** Clients of the two servers, in the same state. */
export interface Pair {
  readonly redis: RespClient;
  readonly sherd: RespClient;
}

/** How far apart times may be that were measured from now. */
const TOLERANCE_MS = 5000;
/** Commands sent before their replies are read. */
const BATCH = 200;

/** Replies that are compared as times, by command, with their unit in milliseconds. */
const TIMES: Readonly<Record<string, number>> = { ttl: 1000, pttl: 1, expiretime: 1000, pexpiretime: 1 };

export interface ComparisonOptions {
  /** Of a batch tell the first difference only, and empty both servers, since what follows may follow from it. */
  readonly resync?: boolean;
}

/**
 * Sends the commands to both, and tells of every reply that differs.
 * @throws Error if a connection ends
 */
export async function compare(
  { redis, sherd }: Pair,
  commands: readonly string[][],
  { resync = false }: ComparisonOptions = {},
): Promise<string[]> {
  const differences: string[] = [];
  for (let from = 0; from < commands.length; from += BATCH) {
    const batch = commands.slice(from, from + BATCH);
    const bytes = requests(batch);
    redis.send(bytes);
    sherd.send(bytes);
    let resynced = false;
    for (const [i, command] of batch.entries()) {
      const [theirs, ours] = [await redis.reply(), await sherd.reply()];
      if (theirs.equals(ours) || areAlike(command, theirs, ours) || resynced) continue;
      resynced = resync;
      const before = commands.slice(Math.max(0, from + i - 3), from + i).map((one) => told(one));
      differences.push(
        `${told(command)}\n  Redis: ${shown(theirs)}\n  Sherd: ${shown(ours)}\n  behind: ${before.join(' | ')}`,
      );
    }
    if (resynced) for (const client of [redis, sherd]) await client.call('FLUSHALL');
  }
  return differences;
}

function areAlike([first, second = '']: string[], theirs: Buffer, ours: Buffer): boolean {
  const name = first.toLowerCase();
  const [redis, sherd] = [theirs.toString('latin1'), ours.toString('latin1')];
  if (redis[0] !== sherd[0] || redis[0] === '-') return false;
  if (Object.hasOwn(TIMES, name)) return areCloseTimes(decode(theirs), decode(ours), TIMES[name]);
  switch (name) {
    case 'time':
      return [redis, sherd].every((reply) => /^\*2\r\n\$10\r\n\d{10}\r\n\$\d\r\n\d{1,6}\r\n$/.test(reply));
    case 'hello':
      return withoutId(redis) === withoutId(sherd);
    case 'info':
      return true;
    case 'config':
      return second.toLowerCase() === 'get' && sameSettings(decode(theirs), decode(ours));
    case 'randomkey':
      // Any key will do, but both have one or neither has.
      return decode(theirs) !== null && decode(ours) !== null;
    case 'memory':
      // Every allocator has its own sizes.
      return typeof decode(theirs) === 'number' && typeof decode(ours) === 'number';
    case 'scan':
      return !/^0?$/.test(second) || sameScans(decode(theirs), decode(ours));
    case 'keys':
      return sameKeys(decode(theirs), decode(ours));
    case 'client':
      return second.toLowerCase() === 'id' || (second.toLowerCase() === 'info' && sameFields(redis, sherd));
    default:
      return false;
  }
}

function areCloseTimes(theirs: Reply, ours: Reply, unitMs: number): boolean {
  if (!isNumber(theirs) || !isNumber(ours) || theirs < 0 || ours < 0) return false;
  const apart = BigInt(theirs) - BigInt(ours);
  return (apart < 0n ? -apart : apart) * BigInt(unitMs) <= BigInt(TOLERANCE_MS);
}

function isNumber(reply: Reply): reply is number | bigint {
  return typeof reply === 'number' || typeof reply === 'bigint';
}

/** What a cursor means, and how far a call goes, is each server's own; where both went to the end they give the same keys, in any order. */
function sameScans(theirs: Reply, ours: Reply): boolean {
  const [theirCursor, theirKeys] = theirs as [string, string[]];
  const [ourCursor, ourKeys] = ours as [string, string[]];
  if (theirCursor !== '0' || ourCursor !== '0') return true;
  return JSON.stringify(theirKeys.sort()) === JSON.stringify(ourKeys.sort());
}

/** Lines of CLIENT LIST with the same fields in the same order; most of what they say is each server's own. */
function sameFields(theirs: string, ours: string): boolean {
  const fields = (text: string): string => text.replace(/\d+\r\n/, '').replace(/=[^ ]*/g, '');
  return fields(theirs) === fields(ours);
}

/** Keys come in any order. */
function sameKeys(theirs: Reply, ours: Reply): boolean {
  return JSON.stringify((theirs as string[]).sort()) === JSON.stringify((ours as string[]).sort());
}

/** Redis gives settings in the order of a hash table. */
function sameSettings(theirs: Reply, ours: Reply): boolean {
  return JSON.stringify(settingsOf(theirs)) === JSON.stringify(settingsOf(ours));
}

/** Name and value of each; in RESP2 they stand in one list. */
function settingsOf(reply: Reply): string[] {
  const elements = reply as Reply[];
  if (Array.isArray(elements[0])) return elements.map(String).sort();
  const pairs: string[] = [];
  for (let i = 0; i < elements.length; i += 2) pairs.push(`${elements[i]},${elements[i + 1]}`);
  return pairs.sort();
}

function withoutId(hello: string): string {
  return hello.replace(/(\$2\r\nid\r\n):\d+/, '$1:ID');
}

function told(command: readonly string[]): string {
  return command
    .map((word) => (/^[\w:{}.+-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(' ')
    .slice(0, 300);
}

function shown(reply: Buffer): string {
  return JSON.stringify(reply.toString('latin1', 0, 300));
}
