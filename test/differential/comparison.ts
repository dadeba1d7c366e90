/** Asks redis-server and Sherd the same and compares the replies byte for byte, but for what must vary. */
import { CommandTable } from '../../src/commands/table.js';
import { encoded, quoted, shown } from '../fuzz/command-line.js';
import { Likeness } from '../fuzz/likeness.js';
import { ReplyComparison } from '../fuzz/reply-comparison.js';
import type { RespClient } from '../support/resp-client.js';

/** Clients of the two servers, in the same state. */
export interface Pair {
  readonly redis: RespClient;
  readonly sherd: RespClient;
}

/** Commands sent before their replies are read. */
const BATCH = 200;
const TOLD_CHARACTERS_MAX = 300;

const likeness = new Likeness(new CommandTable().commands);

/**
 * Sends the commands to both, and tells of every reply that differs.
 * @throws Error if a connection ends
 */
export async function compare({ redis, sherd }: Pair, commands: readonly string[][]): Promise<string[]> {
  const differences: string[] = [];
  const comparison = new ReplyComparison(likeness);
  for (let from = 0; from < commands.length; from += BATCH) {
    const batch = commands.slice(from, from + BATCH);
    const bytes = encoded(batch);
    redis.send(bytes);
    sherd.send(bytes);
    for (const [i, command] of batch.entries()) {
      const [theirs, ours] = [await redis.reply(), await sherd.reply()];
      if (comparison.areAlike(command, theirs, ours)) continue;
      const before = commands.slice(Math.max(0, from + i - 3), from + i).map(told);
      differences.push(
        `${told(command)}\n  Redis: ${toldReply(theirs)}\n  Sherd: ${toldReply(ours)}\n  behind: ${before.join(' | ')}`,
      );
    }
  }
  return differences;
}

function told(command: readonly string[]): string {
  return shown(command).slice(0, TOLD_CHARACTERS_MAX);
}

function toldReply(reply: Buffer): string {
  return quoted(reply.toString('latin1', 0, TOLD_CHARACTERS_MAX));
}
