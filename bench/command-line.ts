/**
 * CommandLine: the options of a benchmark, read by node:util's parseArgs from one table that makes --help as well.
 * Invariant: what is not understood is an error of one line, never ignored.
 */
import { parseArgs } from 'node:util';
import { BenchError } from './bench-error.js';

export type OptionTable<Name extends string> = Readonly<
  Record<Name, { readonly shape: string; readonly summary: string }>
>;

export const INT_MAX = 2147483647;

export class CommandLine<Name extends string> {
  readonly positionals: readonly string[];
  private readonly values: Readonly<Record<string, unknown>>;

  private constructor(values: Readonly<Record<string, unknown>>, positionals: readonly string[]) {
    this.values = values;
    this.positionals = positionals;
  }

  /** @throws BenchError with a text for the user */
  static read<Name extends string>(
    table: OptionTable<Name>,
    args: readonly string[],
  ): CommandLine<Name> | 'help' {
    const options = Object.fromEntries([
      ...Object.keys(table).map((name) => [name, { type: 'string' as const }]),
      ['help', { type: 'boolean' as const, short: 'h' }],
    ]) as Record<string, { type: 'string' | 'boolean' }>;
    try {
      const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
      return values.help === true ? 'help' : new CommandLine<Name>(values, positionals);
    } catch (error) {
      // parseArgs goes on with advice about dashes, over several lines; its first sentence says it.
      throw new BenchError((error as Error).message.split(/\. |\.?\n/)[0]);
    }
  }

  text(name: Name): string | undefined {
    return this.values[name] as string | undefined;
  }

  list(name: Name): readonly string[] | undefined {
    return this.text(name)?.split(',');
  }

  /** @throws BenchError for what is no integer from 1 to `max` */
  integer(name: Name, max: number): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : readInteger(name, text, max);
  }

  /** A list of integers. @throws BenchError as integer() does */
  integers(name: Name, max: number): readonly number[] | undefined {
    return this.list(name)?.map((word) => readInteger(name, word, max));
  }

  /** A factor for the amount of work. @throws BenchError for what is none */
  factor(name: Name): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^[\d.]+$/.test(text) || !(value > 0 && value <= 1000)) {
      throw new BenchError(`--${name} ${text}: expected a number above 0, up to 1000`);
    }
    return value;
  }
}

/** Rows of names and what they mean, in two columns, under headings. */
export function helpText(
  introduction: string,
  sections: Readonly<Record<string, readonly (readonly [name: string, summary: string])[]>>,
): string {
  const width = Math.max(...Object.values(sections).flatMap((rows) => rows.map(([left]) => left.length)));
  const lines = Object.entries(sections).flatMap(([heading, rows]) => [
    `${heading}:`,
    ...rows.map(([left, summary]) => `  ${left.padEnd(width)}  ${summary}`),
  ]);
  return [introduction, '', ...lines].join('\n');
}

export function optionRows<Name extends string>(table: OptionTable<Name>): [string, string][] {
  const rows = (Object.keys(table) as Name[]).map((name): [string, string] => [
    `--${name} ${table[name].shape}`,
    table[name].summary,
  ]);
  return [...rows, ['--help', 'say this and end']];
}

function readInteger(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > max) {
    throw new BenchError(`--${name} ${text}: expected an integer from 1 to ${max}`);
  }
  return value;
}
