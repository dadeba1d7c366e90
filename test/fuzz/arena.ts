/**
 * Arena: the two servers, from empty databases on, and the same commands to both. A server that ends or does not answer
 * is a difference too, and is started again for what comes next.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { StartServer, UnitServer } from '../conformance/servers.js';
import { RespClient } from '../support/resp-client.js';
import { type CommandLine, encoded } from './command-line.js';
import type { Likeness } from './likeness.js';
import { ReplyComparison, type Witness } from './reply-comparison.js';

/** A command of a history, and which connection it goes to. */
export interface Line {
  readonly connection: number;
  /** Lines with the same number are sent at once. */
  readonly burst: number;
  readonly words: CommandLine;
}

/** Where the two part: what the command at `index` got, or what became of a server. */
export interface Difference {
  readonly index: number;
  readonly redis: string;
  readonly sherd: string;
}

/** Replies of Sherd's pass through it; for tests of the fuzzer. */
export type Alter = (words: CommandLine, reply: Buffer) => Buffer;

interface Pair {
  readonly redis: RespClient;
  readonly sherd: RespClient;
  readonly comparison: ReplyComparison;
}

/** What there must be nothing of. Those that are not declared are not sent. */
const EMPTYING: readonly CommandLine[] = [
  ['FUNCTION', 'FLUSH'],
  ['SCRIPT', 'FLUSH'],
];

export class Arena {
  witness: Witness = () => {};
  alter: Alter | undefined;
  private readonly likeness: Likeness;
  private readonly starters: readonly [StartServer, StartServer];
  private servers: [UnitServer, UnitServer];
  private readonly pairs = new Map<number, Pair>();

  private constructor(
    likeness: Likeness,
    starters: readonly [StartServer, StartServer],
    servers: [UnitServer, UnitServer],
  ) {
    this.likeness = likeness;
    this.starters = starters;
    this.servers = servers;
  }

  static async open(likeness: Likeness, redis: StartServer, sherd: StartServer): Promise<Arena> {
    const starters = [redis, sherd] as const;
    const started = await Promise.allSettled(starters.map((start) => start()));
    const servers: UnitServer[] = [];
    for (const result of started) if (result.status === 'fulfilled') servers.push(result.value);
    for (const result of started) {
      if (result.status === 'fulfilled') continue;
      await Promise.all(servers.map((server) => server.stop()));
      throw result.reason;
    }
    return new Arena(likeness, starters, [servers[0], servers[1]]);
  }

  async close(): Promise<void> {
    this.disconnect();
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  /** Empties both servers and forgets all connections. @throws Error if one cannot be had */
  async clear(): Promise<void> {
    this.disconnect();
    for (const i of this.servers.keys()) {
      try {
        await this.empty(this.servers[i]);
      } catch {
        await this.servers[i].stop();
        this.servers[i] = await this.starters[i]();
        await this.empty(this.servers[i]);
      }
    }
  }

  /** Replies of redis-server alone. */
  async askRedis(lines: readonly CommandLine[]): Promise<Buffer[]> {
    const client = await RespClient.connect(this.servers[0].port);
    client.send(encoded(lines));
    return client.replies(lines.length).finally(() => client.destroy());
  }

  /**
   * Sends the commands to both, their bytes cut at the fractions `cuts`.
   * @returns the first difference, or null; and redis-server's replies, those before a difference
   */
  async send(
    connection: number,
    lines: readonly CommandLine[],
    cuts: readonly number[] = [],
  ): Promise<{ difference: Difference | null; replies: readonly Buffer[] }> {
    const pair = await this.pair(connection).catch((error: Error) => error);
    if (pair instanceof Error) {
      return { difference: { index: 0, redis: 'no connection to both', sherd: pair.message }, replies: [] };
    }
    const bytes = encoded(lines);
    let from = 0;
    for (const cut of cuts) {
      const to = Math.floor(cut * bytes.length);
      for (const client of [pair.redis, pair.sherd]) client.send(bytes.subarray(from, to));
      from = to;
      await turn();
    }
    for (const client of [pair.redis, pair.sherd]) client.send(bytes.subarray(from));
    const [theirs, ours] = await Promise.all([received(pair.redis, lines), received(pair.sherd, lines)]);
    for (const [index, words] of lines.entries()) {
      const redis = theirs.replies[index];
      let sherd = ours.replies[index];
      if (sherd !== undefined && this.alter !== undefined) sherd = this.alter(words, sherd);
      if (redis !== undefined && sherd !== undefined && pair.comparison.areAlike(words, redis, sherd))
        continue;
      const told = (reply: Buffer | undefined, error: string) => reply?.toString('latin1') ?? error;
      const difference = { index, redis: told(redis, theirs.error), sherd: told(sherd, ours.error) };
      return { difference, replies: theirs.replies.slice(0, index) };
    }
    return { difference: null, replies: theirs.replies };
  }

  /** Sends a history from empty databases on. @returns the first difference, or null */
  async repeat(lines: readonly Line[]): Promise<Difference | null> {
    await this.clear();
    for (let from = 0; from < lines.length; ) {
      const { burst, connection } = lines[from];
      let to = from + 1;
      while (to < lines.length && lines[to].connection === connection && lines[to].burst === burst) to++;
      const words = lines.slice(from, to).map((line) => line.words);
      const { difference } = await this.send(connection, words);
      if (difference !== null) return { ...difference, index: from + difference.index };
      from = to;
    }
    return null;
  }

  private async empty({ port }: UnitServer): Promise<void> {
    const declared = EMPTYING.filter((words) => this.likeness.find(words) !== undefined);
    const lines: CommandLine[] = [['FLUSHALL'], ...declared];
    const client = await RespClient.connect(port);
    client.send(encoded(lines));
    await client.replies(lines.length).finally(() => client.destroy());
  }

  private async pair(connection: number): Promise<Pair> {
    let pair = this.pairs.get(connection);
    if (pair === undefined) {
      const [redis, sherd] = await Promise.all(this.servers.map(({ port }) => RespClient.connect(port)));
      pair = {
        redis,
        sherd,
        comparison: new ReplyComparison(this.likeness, (...seen) => this.witness(...seen)),
      };
      this.pairs.set(connection, pair);
    }
    return pair;
  }

  private disconnect(): void {
    for (const { redis, sherd } of this.pairs.values()) for (const client of [redis, sherd]) client.destroy();
    this.pairs.clear();
  }
}

/** The replies there are, and why there are no more. */
async function received(
  client: RespClient,
  lines: readonly CommandLine[],
): Promise<{ replies: Buffer[]; error: string }> {
  const replies: Buffer[] = [];
  try {
    while (replies.length < lines.length) replies.push(await client.reply());
    return { replies, error: '' };
  } catch (error) {
    return { replies, error: `no reply: ${(error as Error).message}` };
  }
}
