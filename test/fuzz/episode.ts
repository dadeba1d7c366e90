/**
 * Episode: what is sent from empty databases on, over several connections: bursts of commands, pipelined as deep as chance
 * has it and cut at any byte. Transactions go over several bursts, so that the other connections come between. Everything
 * follows from the seed and the table; replies have no say in it.
 */
import type { Command } from '../../src/commands/command.js';
import { createRandom, type Random } from '../support/random.js';
import type { Knowledge } from './argument-values.js';
import { CommandGenerator, type Preference } from './command-generator.js';
import type { CommandLine } from './command-line.js';

export const CONNECTIONS = 3;

/** Commands that go to one connection at once. */
export interface Burst {
  readonly connection: number;
  readonly lines: readonly CommandLine[];
  /** Where their bytes are cut: fractions of the whole, rising. */
  readonly cuts: readonly number[];
}

const DEPTHS = [1, 1, 2, 3, 5, 10, 30, 100, 200, 400];
const TRANSACTION = 0.015;
const TRANSACTION_COMMANDS_MAX = 8;

export class Episode {
  private readonly random: Random;
  private readonly generator: CommandGenerator;
  private readonly names: ReadonlySet<string>;
  /** Of each connection: what ends its transaction, and after how many commands; null outside of one. */
  private readonly transactions: ({ commands: number; end: string } | null)[] = Array(CONNECTIONS).fill(null);
  private greeted = 0;

  constructor(seed: number, commands: readonly Command[], knowledge: Knowledge, preference: Preference) {
    this.random = createRandom(seed);
    this.generator = new CommandGenerator(this.random, commands, knowledge, preference);
    this.names = new Set(commands.map(({ declaration }) => declaration.name));
  }

  next(): Burst {
    const { random } = this;
    if (this.greeted < CONNECTIONS) {
      // Both dialects, whatever HELLO later says.
      const connection = this.greeted++;
      return { connection, lines: [['HELLO', connection % 2 === 0 ? '2' : '3']], cuts: [] };
    }
    const connection = random.below(CONNECTIONS);
    const depth = random.pick(DEPTHS);
    const lines: CommandLine[] = [];
    while (lines.length < depth) lines.push(...this.lines(connection));
    const cuts = random.chance(0.8)
      ? []
      : Array.from({ length: 1 + random.below(3) }, () => random.below(1e9) / 1e9);
    return { connection, lines, cuts: cuts.sort() };
  }

  /** The next command of a connection, or a few that belong together. */
  private lines(connection: number): CommandLine[] {
    const { generator, random } = this;
    const transaction = this.transactions[connection];
    if (transaction !== null) {
      if (transaction.commands-- > 0) return [generator.next(true)];
      this.transactions[connection] = null;
      return [[transaction.end]];
    }
    if (!random.chance(TRANSACTION)) return [generator.next()];
    if (this.names.has('multi')) {
      const end = random.chance(0.85) ? 'EXEC' : 'DISCARD';
      this.transactions[connection] = { commands: random.below(TRANSACTION_COMMANDS_MAX), end };
    }
    const watched = Array.from({ length: 1 + random.below(3) }, () => generator.key());
    const watches = this.names.has('watch') && random.chance(0.4) ? [['WATCH', ...watched]] : [];
    // Between them commands of others may come, and its own.
    const between = watches.length > 0 && random.chance(0.3) ? [generator.next()] : [];
    return [...watches, ...between, ...(this.names.has('multi') ? [['MULTI']] : [])];
  }
}
