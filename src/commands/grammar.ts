/**
 * Argument grammars: what a command's arguments are, in Redis's own terms (COMMAND DOCS), and what follows
 * from them: arity, where the keys stand, and a parser for the options.
 *
 * Both threads, built once at start-up. The parser allocates nothing: it notes, for each declared argument, at
 * which index of argv it was found. Positional arguments come first, options behind them in any order.
 */
import { type Argv, equalsIgnoringCase } from '../protocol/argv.js';
import { parseInt64 } from '../protocol/int64.js';
import { NOT_AN_INTEGER, SYNTAX_ERROR } from '../protocol/reply-errors.js';

export type ArgumentType =
  | 'key'
  | 'string'
  | 'integer'
  | 'double'
  | 'pattern'
  | 'unix-time'
  | 'pure-token'
  | 'oneof'
  | 'block';

/** What a command does to a key, as COMMAND INFO's key specs say it. */
export type KeyFlag =
  | 'RO'
  | 'RW'
  | 'OW'
  | 'RM'
  | 'access'
  | 'update'
  | 'insert'
  | 'delete'
  | 'variable_flags';

export interface Argument {
  readonly name: string;
  readonly type: ArgumentType;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  /** The word that stands before the value, or is the argument itself (`pure-token`). */
  readonly token?: string;
  /** Other words for the same token, which documentation does not show. */
  readonly aliases?: readonly string[];
  /** Of a `multiple` one: the token stands before each value, not only before the first. */
  readonly multipleToken?: boolean;
  /** Of a key: what the command does to it. */
  readonly keyFlags?: readonly KeyFlag[];
  /** Of a `oneof` or `block`: what it is made of. */
  readonly parts?: readonly Argument[];
  /** Where the option parser notes this argument; set by compileGrammar, -1 for positional ones. */
  slot: number;
}

type Extra = Partial<Pick<Argument, 'optional' | 'multiple' | 'token' | 'aliases' | 'multipleToken'>>;

export const key = (name: string, keyFlags: readonly KeyFlag[], extra: Extra = {}): Argument => ({
  name,
  type: 'key',
  keyFlags,
  slot: -1,
  ...extra,
});
export const value = (type: ArgumentType, name: string, extra: Extra = {}): Argument => ({
  name,
  type,
  slot: -1,
  ...extra,
});
export const token = (word: string, extra: Extra = {}): Argument => ({
  name: word.toLowerCase(),
  type: 'pure-token',
  token: word,
  slot: -1,
  ...extra,
});
export const oneof = (name: string, parts: readonly Argument[], extra: Extra = {}): Argument => ({
  name,
  type: 'oneof',
  parts,
  slot: -1,
  ...extra,
});
export const block = (name: string, parts: readonly Argument[], extra: Extra = {}): Argument => ({
  name,
  type: 'block',
  parts,
  slot: -1,
  ...extra,
});

/** An option check: the value is a 64-bit integer, and one below `min` is a syntax error. */
export function integerFrom(min: number): NonNullable<OptionRules['check']> {
  return (_option, argv, index) => {
    const integer = parseInt64(argv.source(index), argv.start(index), argv.end(index));
    if (integer === undefined) return NOT_AN_INTEGER;
    return integer < min ? SYNTAX_ERROR : null;
  };
}

/** One key spec: where some of a command's keys stand in argv, all of one use; indices and steps as in COMMAND INFO. */
export interface KeySpec {
  readonly first: number;
  /** Index of the last key; negative counts from the end, -1 being the last argument. */
  readonly last: number;
  readonly step: number;
  readonly flags: readonly KeyFlag[];
}

/** How a grammar's parser speaks where a command has texts of its own instead of a syntax error. */
export interface OptionRules {
  /** How many options there may be at the most. */
  readonly optionsMax?: number;
  /** Options of which only one may be given, though the documentation has them side by side, not as a oneof. */
  readonly exclusive?: readonly Argument[];
  /** What to say of a word that is no option. */
  readonly unknown?: (word: string) => string;
  /** Looks at the option whose value is argument `index` before the next one is read: an error, or null. */
  readonly check?: (option: Argument, argv: Argv, index: number) => string | null;
  /** Pairs that don't go together, in the order Redis checks them; without it no two of a oneof do. */
  readonly conflicts?: readonly {
    readonly one: Argument;
    readonly others: readonly Argument[];
    readonly error: string;
  }[];
}

export interface Grammar {
  /** As in COMMAND INFO: the number of arguments, or minus the least number of them; the name counts. */
  readonly arity: number;
  /** Where the keys are, in the order of the arguments; empty for a command without any. */
  readonly keySpecs: readonly KeySpec[];
  /** How many slots parseOptions() fills. */
  readonly slots: number;
  /**
   * Reads what stands behind the positional arguments. found[slot] becomes the index of the option's value,
   * or of its token where it has none, and 0 where the option is absent. Of an option given twice the last one counts.
   * @returns null, or the error to reply
   */
  parseOptions(argv: Argv, found: Int32Array): string | null;
}

interface Option {
  readonly argument: Argument;
  readonly words: readonly string[];
  /** Arguments behind the token: 1 or none. */
  readonly values: 0 | 1;
  /** Number of the oneof it belongs to, -1 for none. */
  readonly group: number;
}

/** Calls back with the index in argv of every key, for a command line of `count` words. */
export function forEachKey(specs: readonly KeySpec[], count: number, visit: (at: number) => void): void {
  for (const { first, last, step } of specs) {
    const end = last < 0 ? count + last : Math.min(last, count - 1);
    for (let at = first; at <= end; at += step) visit(at);
  }
}

/**
 * `first` is the index in argv of the first declared argument: 1, or 2 behind a subcommand's name.
 * @throws Error for a grammar this cannot parse: an option without a token, or a positional argument
 *   behind an optional one
 */
export function compileGrammar(
  declared: readonly Argument[],
  first: number,
  rules: OptionRules = {},
): Grammar {
  let position = first;
  let repeats = false;
  const keySpecs: KeySpec[] = [];
  const options: Option[] = [];
  for (const [index, argument] of declared.entries()) {
    if (argument.optional && isTokened(argument)) {
      collectOptions(argument, options, rules.exclusive?.includes(argument) ? declared.length : index);
      continue;
    }
    const words = width(argument);
    const firstKey = keyOffset(argument);
    if (firstKey !== null) {
      const at = position + firstKey.offset;
      keySpecs.push({ first: at, last: argument.multiple ? -1 : at, step: words, flags: firstKey.flags });
    }
    if (argument.optional || argument.multiple) repeats = true;
    if (!argument.optional) position += words;
    else if (index !== declared.length - 1) throw new Error(`${argument.name}: optional, but not last`);
  }
  options.forEach((option, slot) => {
    option.argument.slot = slot;
  });
  const open = repeats || options.length > 0;
  return {
    arity: open ? -position : position,
    keySpecs,
    slots: options.length,
    parseOptions: options.length === 0 ? noOptions : optionParser(options, position, rules),
  };
}

function noOptions(): null {
  return null;
}

function optionParser(options: readonly Option[], from: number, rules: OptionRules): Grammar['parseOptions'] {
  const groups = Math.max(0, ...options.map((option) => option.group + 1));
  /** The member of each oneof that was seen, by group. */
  const chosen = new Int32Array(groups);
  const unknown = rules.unknown ?? (() => SYNTAX_ERROR);
  const optionsMax = rules.optionsMax ?? Number.POSITIVE_INFINITY;
  return (argv, found) => {
    for (let slot = 0; slot < options.length; slot++) found[slot] = 0;
    if (argv.count === from) return null;
    chosen.fill(-1);
    let given = 0;
    for (let i = from; i < argv.count; i++) {
      const slot = findOption(options, argv, i);
      if (slot < 0) return unknown(argv.shown(i));
      if (++given > optionsMax) return SYNTAX_ERROR;
      const option = options[slot];
      if (rules.conflicts === undefined && option.group >= 0) {
        if (chosen[option.group] >= 0 && chosen[option.group] !== slot) return SYNTAX_ERROR;
        chosen[option.group] = slot;
      }
      if (option.values === 1 && ++i === argv.count) return SYNTAX_ERROR;
      found[slot] = i;
      const error = rules.check?.(option.argument, argv, i) ?? null;
      if (error !== null) return error;
    }
    for (const { one, others, error } of rules.conflicts ?? []) {
      if (found[one.slot] !== 0 && others.some((other) => found[other.slot] !== 0)) return error;
    }
    return null;
  };
}

function findOption(options: readonly Option[], argv: Argv, index: number): number {
  const source = argv.source(index);
  const start = argv.start(index);
  const end = argv.end(index);
  for (let slot = 0; slot < options.length; slot++) {
    for (const word of options[slot].words) if (equalsIgnoringCase(source, start, end, word)) return slot;
  }
  return -1;
}

function collectOptions(argument: Argument, into: Option[], group: number): void {
  if (argument.type === 'oneof') {
    for (const part of argument.parts ?? []) collectOptions(part, into, group);
    return;
  }
  if (argument.token === undefined) throw new Error(`${argument.name}: an option needs a token`);
  into.push({
    argument,
    words: [argument.token, ...(argument.aliases ?? [])].map((word) => word.toLowerCase()),
    values: argument.type === 'pure-token' ? 0 : 1,
    group,
  });
}

/** Whether an argument is told by its token rather than by its position. */
function isTokened(argument: Argument): boolean {
  if (argument.type === 'oneof') return (argument.parts ?? []).every(isTokened);
  return argument.token !== undefined;
}

/** How many words of argv one occurrence takes. */
function width(argument: Argument): number {
  const own = argument.token === undefined || argument.type === 'pure-token' ? 0 : 1;
  if (argument.type === 'block')
    return own + (argument.parts ?? []).reduce((sum, part) => sum + width(part), 0);
  return own + 1;
}

/** How far into the argument its key stands. */
function keyOffset(argument: Argument): { offset: number; flags: readonly KeyFlag[] } | null {
  if (argument.type === 'key') return { offset: 0, flags: argument.keyFlags ?? [] };
  let offset = 0;
  for (const part of argument.type === 'block' ? (argument.parts ?? []) : []) {
    const found = keyOffset(part);
    if (found !== null) return { offset: offset + found.offset, flags: found.flags };
    offset += width(part);
  }
  return null;
}
