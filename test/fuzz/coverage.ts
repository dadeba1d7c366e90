/** Coverage: how often each command was sent and what kinds of replies it got, from redis-server. */
import type { Command } from '../../src/commands/command.js';
import type { CommandLine } from './command-line.js';
import { isRefused, leftOut } from './exceptions.js';
import { isNull, type Likeness } from './likeness.js';

/** One that has had no more calls than that may have got nothing but errors by chance. */
const CALLS_MIN = 200;

const KINDS: Readonly<Record<string, string>> = {
  '+': 'status',
  '-': 'error',
  ':': 'integer',
  $: 'bulk',
  '*': 'array',
  '%': 'map',
  '~': 'set',
  ',': 'double',
  '#': 'boolean',
  '(': 'big number',
  '=': 'verbatim',
  '>': 'push',
  '!': 'error',
};

export class Coverage {
  private readonly likeness: Likeness;
  private readonly commands: readonly Command[];
  private readonly counts = new Map<Command, Map<string, number>>();

  constructor(likeness: Likeness, commands: readonly Command[]) {
    this.likeness = likeness;
    this.commands = commands.flatMap((one) => [one, ...(one.subcommands?.values() ?? [])]);
  }

  add(words: CommandLine, reply: Buffer): void {
    const command = this.likeness.find(words);
    if (command === undefined) return;
    let kinds = this.counts.get(command);
    if (kinds === undefined) {
      kinds = new Map();
      this.counts.set(command, kinds);
    }
    const kind = isNull(reply) ? 'null' : KINDS[String.fromCharCode(reply[0])];
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }

  /** Commands that had calls enough and never got anything but an error: what they do was not compared. */
  get onlyErrors(): string[] {
    const found = [...this.counts].filter(
      ([command, kinds]) =>
        command.subcommands === null &&
        !isRefused(command) &&
        kinds.size === 1 &&
        (kinds.get('error') ?? 0) >= CALLS_MIN,
    );
    return found.map(([{ fullName }]) => fullName);
  }

  /** A line a command, in the order of the table, and behind them what was never sent, with the reason. */
  lines(): string[] {
    const seen = this.commands.filter((command) => this.counts.has(command));
    const rows = seen.map((command) => {
      const kinds = [...this.counts.get(command)!].sort(([, a], [, b]) => b - a);
      const calls = kinds.reduce((sum, [, count]) => sum + count, 0);
      return `${command.fullName.padEnd(24)}${String(calls).padStart(9)}  ${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')}`;
    });
    const reasons = this.commands.flatMap((command) => {
      const reason = leftOut(command);
      return reason === null || this.counts.has(command) ? [] : [`${command.fullName} ${reason}`];
    });
    return [...rows, `not sent: ${reasons.join('; ')}`];
  }
}
