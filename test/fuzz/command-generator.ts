/**
 * Random commands made from the declarations' own grammars, and bent: arguments too many and too few, of wrong types,
 * huge, empty, binary, options twice, of other commands and in any order. What depends on the very millisecond is left
 * out, since two servers cannot be asked at the same one: relative times are far away, past or impossible, and never the
 * same twice. The same random numbers give the same commands.
 */
import type { Command } from '../../src/commands/command.js';
import type { Argument } from '../../src/commands/grammar.js';
import type { Random } from '../support/random.js';
import { ArgumentValues, hasTime, type Knowledge } from './argument-values.js';
import type { CommandLine } from './command-line.js';
import { leftOut } from './exceptions.js';
import { FLOATS, KEYS, longValue, NUMBERS, ODD_FLOATS, ODD_NUMBERS, ODD_WORDS, VALUES } from './words.js';

/** What is preferred to be drawn; the rest comes still, so that there are values to work on. */
export interface Preference {
  readonly group?: string;
  /** Full name, or a container's. */
  readonly command?: string;
}

interface Candidate {
  readonly path: readonly string[];
  readonly command: Command;
  readonly isTimed: boolean;
  readonly mayBlock: boolean;
}

/** How often a command is drawn beside the others. */
const WEIGHT = 20;
/** Commands of these groups have little to do with values. */
const LIGHT_GROUPS = new Set(['connection', 'server', 'scripting', 'transactions', 'cluster', 'pubsub']);
const LIGHT_WEIGHT = 3;
/** Those that empty or swap whole databases: what has come together shall last. */
const WHOLE_DATABASE_WEIGHT = 1;
/** Those that remove what they are called with. */
const REMOVING_WEIGHT = 6;
/** Those that are preferred are together so many times all others. */
const PREFERENCE = 3;

const BENT = 0.2;

export class CommandGenerator {
  private readonly random: Random;
  private readonly values: ArgumentValues;
  /** Each as often as its weight says. */
  private readonly drawn: readonly Candidate[];
  /** Keys of the groups' own, so that not every second key has a value of another type. */
  private readonly ownKeys: ReadonlyMap<string, readonly string[]>;
  private readonly allKeys: readonly string[];
  /** Tokens of all commands, and without those in front of times. */
  private readonly tokens: readonly string[];
  private readonly untimedTokens: readonly string[];
  /** Commands that any arguments can be given to. */
  private readonly untimedNames: readonly string[];

  constructor(
    random: Random,
    commands: readonly Command[],
    knowledge: Knowledge,
    preference: Preference = {},
  ) {
    this.random = random;
    this.values = new ArgumentValues(random, knowledge);
    const candidates = candidatesOf(commands);
    this.drawn = weighted(candidates, preference);
    const typed = candidates.filter(({ command }) => command.declaration.arguments?.some(hasKey));
    const groups = new Set<string>(typed.map(({ command }) => command.declaration.group));
    for (const group of LIGHT_GROUPS) groups.delete(group);
    this.ownKeys = new Map(
      [...groups].map((group) => [group, [`${group}:1`, `${group}:2`, `{tag}${group}`]]),
    );
    this.allKeys = [...KEYS, ...[...this.ownKeys.values()].flat()];
    const declared = candidates.flatMap(({ command }) => command.declaration.arguments ?? []);
    this.tokens = [...new Set(declared.flatMap(tokensOf))];
    const timed = new Set(declared.flatMap(timedTokensOf));
    this.untimedTokens = this.tokens.filter((token) => !timed.has(token));
    const plain = candidates.filter(
      ({ command, isTimed, mayBlock }) => !isTimed && !mayBlock && command.subcommands === null,
    );
    this.untimedNames = plain.filter(({ path }) => path.length === 1).map(({ path }) => path[0]);
  }

  /** `neverBlocks`: the command is one of a transaction, where none waits. */
  next(neverBlocks = false): CommandLine {
    const { random } = this;
    const candidate = random.pick(this.drawn);
    const words = candidate.path.map((word) => this.anyCase(word));
    // A container by itself: another word might name a subcommand of Redis's that there is not yet.
    if (candidate.command.subcommands !== null)
      return random.chance(0.5) ? words : [...words, random.pick(ODD_WORDS)];
    // It wants words that are not declared, as those do that are told of whole commands.
    if (wantsMore(candidate)) {
      const { command, path } = random.pick(this.drawn);
      const { arguments: declared = [], group } = command.declaration;
      return [...words, ...path, ...this.sequence(declared, group)];
    }
    const { group } = candidate.command.declaration;
    const args = this.sequence(candidate.command.declaration.arguments ?? [], group);
    if (!random.chance(BENT) || (candidate.mayBlock && !neverBlocks)) return [...words, ...args];
    return this.bent(words, args, candidate.isTimed);
  }

  /** Some keys, for WATCH and the like. */
  key(group?: string): string {
    const { random } = this;
    const own = group === undefined ? undefined : this.ownKeys.get(group);
    return own !== undefined && random.chance(0.5) ? random.pick(own) : random.pick(this.allKeys);
  }

  /** Arguments in a row. One called `numkeys` says how often the next one that repeats does so. */
  private sequence(args: readonly Argument[], group: string): string[] {
    const { random } = this;
    const words: string[] = [];
    let repeats = 0;
    for (const argument of args) {
      if (argument.name === 'numkeys') {
        repeats = 1 + random.below(4);
        words.push(random.chance(0.92) ? String(repeats) : random.pick(ODD_NUMBERS));
        continue;
      }
      words.push(...this.occurrences(argument, group, repeats));
      if (argument.multiple) repeats = 0;
    }
    return words;
  }

  private occurrences(argument: Argument, group: string, repeats: number): string[] {
    const { random } = this;
    if (argument.optional && random.chance(argument.type === 'block' ? 0.5 : 0.6)) return [];
    const times = !argument.multiple ? 1 : repeats || (random.chance(0.02) ? 20 : 1 + random.below(4));
    if (times === 1) return this.occurrence(argument, group);
    return Array.from({ length: times }, () => this.occurrence(argument, group)).flat();
  }

  private occurrence(argument: Argument, group: string): string[] {
    const token = argument.token === undefined ? [] : [this.anyCase(argument.token)];
    switch (argument.type) {
      case 'pure-token':
        return token;
      case 'oneof':
        return [...token, ...this.occurrence(this.random.pick(argument.parts ?? []), group)];
      case 'block':
        return [...token, ...this.sequence(argument.parts ?? [], group)];
      case 'key':
        return [...token, this.key(group)];
      default:
        return [...token, this.values.draw(argument)];
    }
  }

  /** Made wrong in one way or two. Beside times nothing is moved, and nothing brought that might be taken for one. */
  private bent(name: readonly string[], args: readonly string[], isTimed: boolean): CommandLine {
    const { random } = this;
    const bent = [...args];
    do {
      const at = random.below(bent.length + 1);
      switch (random.below(isTimed ? 5 : 8)) {
        case 0:
          bent.splice(at, 1);
          break;
        case 1:
          bent.splice(at, 0, this.oddWord(isTimed));
          break;
        case 2:
          // The whole end once more, so that options come twice.
          bent.push(...bent.slice(at));
          break;
        case 3:
          bent.splice(at, 1, random.pick(ODD_NUMBERS));
          break;
        case 4:
          bent.splice(at, 1, this.oddWord(isTimed));
          break;
        case 5:
          bent.push(...bent.splice(at, 2));
          break;
        case 6:
          bent.splice(at, 1, random.pick(random.pick([NUMBERS, FLOATS, ODD_FLOATS, VALUES, this.allKeys])));
          break;
        default:
          bent.splice(at, 1, longValue(random));
      }
    } while (!isTimed && random.chance(0.2));
    if (random.chance(0.02)) return [random.pick(ODD_WORDS), ...bent];
    if (random.chance(0.02)) return [random.pick(this.untimedNames), ...bent];
    if (name.length > 1 && random.chance(0.1)) return [name[0], random.pick(ODD_WORDS), ...bent];
    return [...name, ...bent];
  }

  private oddWord(isTimed: boolean): string {
    const { random } = this;
    const tokens = isTimed ? this.untimedTokens : this.tokens;
    return random.chance(0.6) && tokens.length > 0
      ? this.anyCase(random.pick(tokens))
      : random.pick(ODD_WORDS);
  }

  private anyCase(word: string): string {
    switch (this.random.below(4)) {
      case 0:
        return word.toUpperCase();
      case 1:
        return word[0].toUpperCase() + word.slice(1).toLowerCase();
      default:
        return word.toLowerCase();
    }
  }
}

/** Every command and subcommand that is sent. */
function candidatesOf(commands: readonly Command[]): Candidate[] {
  return commands.flatMap((command) => {
    if (leftOut(command) !== null) return [];
    const subcommands = [...(command.subcommands?.values() ?? [])].filter((sub) => leftOut(sub) === null);
    const paths = subcommands.map((sub) => candidate([command.declaration.name, sub.declaration.name], sub));
    // A container is called alone as well, which some allow and the others refuse.
    return [candidate([command.declaration.name], command), ...paths];
  });
}

function candidate(path: readonly string[], command: Command): Candidate {
  const { arguments: args = [], flags } = command.declaration;
  const words: readonly string[] = flags;
  return { path, command, isTimed: args.some(hasTime), mayBlock: words.includes('blocking') };
}

function weighted(candidates: readonly Candidate[], { command, group }: Preference): Candidate[] {
  const all = candidates.flatMap((one) => Array<Candidate>(weightOf(one.command)).fill(one));
  const isPreferred = (one: Command) =>
    one.declaration.group === group ||
    (command !== undefined && `${one.fullName}|`.startsWith(`${command}|`));
  const preferred = all.filter((one) => isPreferred(one.command));
  if (preferred.length === 0) return all;
  const times = Math.ceil((PREFERENCE * all.length) / preferred.length);
  return [...all, ...Array.from({ length: times }, () => preferred).flat()];
}

function weightOf({ declaration: { arguments: args = [], flags, group, subcommands } }: Command): number {
  if (subcommands !== undefined) return 1;
  if (flags.includes('write') && !args.some(hasKey)) return WHOLE_DATABASE_WEIGHT;
  if (LIGHT_GROUPS.has(group)) return LIGHT_WEIGHT;
  return args.some(removesKey) ? REMOVING_WEIGHT : WEIGHT;
}

function removesKey({ keyFlags = [], parts = [] }: Argument): boolean {
  return keyFlags.includes('RM') || keyFlags.includes('delete') || parts.some(removesKey);
}

function wantsMore({ command: { arity, declaration }, path }: Candidate): boolean {
  return declaration.arguments === undefined && Math.abs(arity) > path.length;
}

function hasKey({ parts = [], type }: Argument): boolean {
  return type === 'key' || parts.some(hasKey);
}

function tokensOf({ parts = [], token }: Argument): string[] {
  return [...(token === undefined ? [] : [token]), ...parts.flatMap(tokensOf)];
}

function timedTokensOf(argument: Argument): string[] {
  const { parts = [], token } = argument;
  return [...(token !== undefined && hasTime(argument) ? [token] : []), ...parts.flatMap(timedTokensOf)];
}
