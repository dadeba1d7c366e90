/**
 * What a command is: a declaration of everything that is known of it in advance, and what is derived from that.
 * Both threads. Nothing outside a declaration asks for a command's name; it asks for what is declared.
 */
import type { ConnectionCall, ShardCall } from './calls.js';
import { type Argument, compileGrammar, type Grammar, type KeyFlag, type OptionRules } from './grammar.js';

/** Redis's groups that there are commands of. */
export type Group = 'cluster' | 'connection' | 'generic' | 'scripting' | 'server' | 'string';

/** Redis's command flags, as COMMAND INFO names them. */
export type Flag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'noscript'
  | 'loading'
  | 'stale'
  | 'fast'
  | 'no_auth'
  | 'no_async_loading'
  | 'no_multi'
  | 'allow_busy';

/** Redis's ACL categories, in the order in which Redis lists them. */
export const CATEGORIES = [
  'keyspace',
  'read',
  'write',
  'string',
  'admin',
  'fast',
  'slow',
  'dangerous',
  'connection',
  'scripting',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** One shard's part of a merged reply: bytes [start, end) of RESP. */
export interface ReplyPart {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * How the parts of a command that ran on several shards become one reply.
 *   all_succeeded  the first error, or else the first part
 *   agg_sum        the sum of the integers
 *   by_key         parts are arrays with an element a key; the elements in the order of the keys
 *   function       the declaration's own
 */
export type Join =
  | 'all_succeeded'
  | 'agg_sum'
  | 'by_key'
  | ((parts: readonly ReplyPart[], call: ConnectionCall) => void);

/** Runs on the shard that has the keys, or on several. */
export interface OnShard {
  readonly on: 'shard';
  /**
   * 1: what a shard does needs nothing of another shard and cannot fail on one shard alone, so appending the
   * parts to all batches in one step makes it atomic. 2: see DESIGN 1, "Two hops"; no command has them yet.
   */
  readonly hops: 1 | 2;
  /** Which shards: those of the keys, or all of them. */
  readonly request: 'keys' | 'all_shards';
  /** Needed where keys may lie on several shards, or all shards are asked. */
  readonly join?: Join;
  /** What the router refuses before any part is sequenced: an error, or null. Runs on the main thread. */
  readonly refuse?: (call: ConnectionCall) => string | null;
  readonly run: (call: ShardCall) => void;
}

/** Runs on the main thread, in its connection's order. */
export interface OnConnection {
  readonly on: 'connection';
  readonly run: (call: ConnectionCall) => void;
}

export interface Declaration {
  /** Lower case. */
  readonly name: string;
  readonly group: Group;
  /** Redis's version that brought it. */
  readonly since: string;
  readonly summary: string;
  readonly complexity: string;
  /** Redis's version that discouraged it, and what it names in its place. */
  readonly deprecatedSince?: string;
  readonly replacedBy?: string;
  /** What changed with which of Redis's versions. */
  readonly history?: readonly (readonly [version: string, change: string])[];
  /** In the order in which Redis lists them. */
  readonly flags: readonly Flag[];
  /** ACL categories beyond those that follow from the flags. */
  readonly categories?: readonly Category[];
  /** Redis's command tips, in the order in which Redis lists them; without them those that follow from the execution. */
  readonly tips?: readonly string[];
  readonly arguments?: readonly Argument[];
  readonly optionRules?: OptionRules;
  /** A remark on the key spec. */
  readonly keyNotes?: string;
  /** Overrides what follows from the arguments. */
  readonly arity?: number;
  readonly subcommands?: readonly Declaration[];
  /**
   * The subcommands are the command's own business, as far as clients are concerned: COMMAND does not tell of them, and an
   * unknown one gives the same error as one with a wrong number of arguments.
   */
  readonly ownSubcommands?: boolean;
  /** What a container refuses before it looks at the subcommand: an error, or null. */
  readonly guard?: (call: ConnectionCall) => string | null;
  /** Known to the server but not told to clients by COMMAND. */
  readonly hidden?: boolean;
  readonly execution: OnShard | OnConnection;
}

export interface Command {
  readonly declaration: Declaration;
  /** The name with its container's before it, `client|setname`, as errors and COMMAND INFO show it. */
  readonly fullName: string;
  /** Position in the table, by which requests to the shards name it. */
  readonly index: number;
  readonly grammar: Grammar;
  readonly arity: number;
  readonly categories: readonly Category[];
  readonly tips: readonly string[];
  readonly execution: OnShard | OnConnection;
  readonly subcommands: ReadonlyMap<string, Command> | null;
  /** Those of them that COMMAND tells of. */
  readonly shownSubcommands: readonly Command[];
}

/** For editors and type checks only: gives the declaration back. */
export function define(declaration: Declaration): Declaration {
  return declaration;
}

/** @throws Error for a declaration that contradicts itself */
export function compile(declaration: Declaration, nextIndex: () => number, container?: string): Command {
  const fullName = container === undefined ? declaration.name : `${container}|${declaration.name}`;
  const index = nextIndex();
  const firstArgument = container === undefined ? 1 : 2;
  const grammar = compileGrammar(declaration.arguments ?? [], firstArgument, declaration.optionRules);
  const { execution } = declaration;
  const severalShards =
    execution.on === 'shard' &&
    (execution.request === 'all_shards' ||
      (grammar.keys !== null && grammar.keys.last !== grammar.keys.first));
  if (severalShards && execution.join === undefined) throw new Error(`${fullName}: no way to join its parts`);
  if (
    severalShards &&
    execution.request === 'keys' &&
    (grammar.keys!.first !== 1 || grammar.keys!.last !== -1)
  ) {
    throw new Error(
      `${fullName}: the router can divide only a command that is nothing but keys and their values`,
    );
  }
  if (execution.on === 'shard' && execution.hops === 2)
    throw new Error(`${fullName}: nothing runs two hops yet`);
  const subcommands = declaration.subcommands?.map((sub) => compile(sub, nextIndex, declaration.name));
  return {
    declaration,
    fullName,
    index,
    grammar,
    arity: declaration.arity ?? (subcommands === undefined ? grammar.arity : -2),
    categories: categoriesOf(declaration),
    tips: declaration.tips ?? tipsOf(execution, severalShards),
    execution,
    subcommands:
      subcommands === undefined ? null : new Map(subcommands.map((sub) => [sub.declaration.name, sub])),
    shownSubcommands: declaration.ownSubcommands ? [] : (subcommands ?? []),
  };
}

/** Whether a call with `count` arguments, the name included, fits the arity. */
export function arityAllows(command: Command, count: number): boolean {
  return command.arity >= 0 ? count === command.arity : count >= -command.arity;
}

/** The request and response policy, in Redis's words. */
function tipsOf(execution: OnShard | OnConnection, severalShards: boolean): string[] {
  if (execution.on !== 'shard' || !severalShards) return [];
  const { join, request } = execution;
  const tips = [`request_policy:${request === 'all_shards' ? 'all_shards' : 'multi_shard'}`];
  // Joining by key is what Redis expects of whoever does not say otherwise.
  if (join !== 'by_key') tips.push(`response_policy:${typeof join === 'function' ? 'special' : join}`);
  return tips;
}

function categoriesOf({ flags, categories = [] }: Declaration): Category[] {
  const all = new Set<Category>(categories);
  if (flags.includes('write')) all.add('write');
  if (flags.includes('readonly')) all.add('read');
  if (flags.includes('admin')) all.add('admin').add('dangerous');
  all.add(flags.includes('fast') ? 'fast' : 'slow');
  return CATEGORIES.filter((category) => all.has(category));
}

/** A handler for a container that is called without a subcommand, which its arity rules out. */
export const containerOnly: OnConnection = {
  on: 'connection',
  run: () => {
    throw new Error('a container was run without a subcommand');
  },
};

/** What HELP of every container has in common; `lines` tell of the other subcommands. */
export function helpOf(
  container: string,
  lines: readonly string[],
): Pick<Declaration, 'name' | 'summary' | 'complexity' | 'execution'> {
  return {
    name: 'help',
    summary: 'Show helpful text about the different subcommands',
    complexity: 'O(1)',
    execution: {
      on: 'connection',
      run: ({ reply }) => {
        reply.array(lines.length + 3);
        reply.simple(`${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
        for (const line of lines) reply.simple(line);
        reply.simple('HELP');
        reply.simple('    Prints this help.');
      },
    },
  };
}

/** What a key spec says beyond its position. */
export function keyFlags(command: Command): readonly KeyFlag[] {
  return command.grammar.keys?.flags ?? [];
}
