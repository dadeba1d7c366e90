/**
 * What a command is: a declaration of everything that is known of it in advance, and what is derived from that.
 * Both threads. Nothing outside a declaration asks for a command's name; it asks for what is declared.
 */

import type { Argv } from '../protocol/argv.js';
import type { ReplyWriter } from '../protocol/reply-writer.js';
import type { Call, ConnectionCall, ShardCall, Transactions } from './calls.js';
import {
  type Argument,
  compileGrammar,
  type Grammar,
  type KeyFlag,
  type KeySpec,
  type OptionRules,
} from './grammar.js';
import { runOnOneShard } from './one-shard.js';

/** Redis's groups that there are commands of. */
export type Group =
  | 'bitmap'
  | 'cluster'
  | 'connection'
  | 'generic'
  | 'hyperloglog'
  | 'scripting'
  | 'server'
  | 'string'
  | 'transactions';

/** Redis's command flags, as COMMAND INFO names them. */
export type Flag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'noscript'
  | 'loading'
  | 'stale'
  | 'asking'
  | 'fast'
  | 'no_auth'
  | 'no_async_loading'
  | 'no_multi'
  | 'skip_slowlog'
  | 'allow_busy';

/** Redis's ACL categories, in the order in which Redis lists them. */
export const CATEGORIES = [
  'keyspace',
  'read',
  'write',
  'string',
  'bitmap',
  'hyperloglog',
  'admin',
  'fast',
  'slow',
  'dangerous',
  'connection',
  'transaction',
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
export type Join = 'all_succeeded' | 'agg_sum' | 'by_key' | OwnJoin;
export type OwnJoin = (parts: readonly ReplyPart[], call: ConnectionCall) => void;

/** What is run on a shard. */
export type ShardRun = (call: ShardCall) => void;

/**
 * Runs on the shard that has the keys, or on several at once: what a shard does needs nothing of another shard and cannot
 * fail on one shard alone, so appending the parts to all batches in one step makes it atomic.
 */
export interface InOneHop {
  readonly on: 'shard';
  readonly hops: 1;
  /** Which shards: those of the keys, or all of them. */
  readonly request: 'keys' | 'all_shards';
  /** Needed where keys may lie on several shards, or all shards are asked. */
  readonly join?: Join;
  /** What the router refuses before any part is sequenced: an error, or null. Runs on the main thread. */
  readonly refuse?: (call: ConnectionCall) => string | null;
  readonly run: ShardRun;
}

/** One thing that one shard does for a command of two hops. */
export interface Step {
  /** One of the declared steps. */
  readonly run: ShardRun;
  /** Index in argv of the key that says on which shard; it is the step's argument 1. */
  readonly key: number;
  /** The arguments behind it: arguments of the command by their index, or the findings of the first hop. */
  readonly args?: readonly (number | ReplyPart)[];
  /** The database it is for, where that is not the client's. */
  readonly database?: number;
}

/**
 * Runs on several shards one after the other, because a part depends on another shard's data or can fail alone. The first
 * hop reads and makes every check, and has no effect; the second one writes, cannot fail, and is the command's place in
 * the order. Between the two nobody writes to the keys. If all keys are on one shard, that shard does both in one go. A
 * command that writes nothing has its place at the first hop, and waits for nobody.
 */
export interface InTwoHops {
  readonly on: 'shard';
  readonly hops: 2;
  readonly refuse?: (call: ConnectionCall) => string | null;
  /** Everything that `first` and `second` have shards do. */
  readonly steps: readonly ShardRun[];
  /** What a shard that has all keys does, where it can do better than what the two hops do one behind the other. */
  readonly whole?: ShardRun;
  /** The first hop. On either thread. */
  readonly first: (call: Call) => readonly Step[];
  /**
   * What follows from what was found, in the order of the first hop's steps: the second hop, whose last step's reply is the
   * command's, or the reply if there is nothing to do. It is not asked if something that was found is an error: that is the
   * reply then. On either thread; what it does on the main thread is linear in the number of steps.
   */
  readonly second: (
    call: Call,
    found: readonly ReplyPart[],
  ) => readonly Step[] | ((reply: ReplyWriter) => void);
}

export type OnShard = InOneHop | InTwoHops;

/** Runs on the main thread, and has shards do its steps at places in the order that it chooses. */
export interface OnRouter {
  readonly on: 'router';
  readonly steps: readonly ShardRun[];
  readonly run: (call: ConnectionCall, transactions: Transactions) => void;
}

/** Runs on the main thread, in its connection's order. */
export interface OnConnection {
  readonly on: 'connection';
  readonly run: (call: ConnectionCall) => void;
}

export type Execution = OnShard | OnConnection | OnRouter;

export interface Declaration {
  /** Lower case. */
  readonly name: string;
  readonly group: Group;
  /** Redis's version that brought it. */
  readonly since: string;
  readonly summary: string;
  readonly complexity: string;
  /** What it does to its keys, where that depends on its arguments. */
  readonly keyFlagsOf?: (argv: Argv) => readonly KeyFlag[];
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
  readonly keySpecs?: readonly KeySpec[];
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
  /** What it says, and does, where it is rejected with this error before it is run. Main thread. */
  readonly rejection?: (error: string, call: ConnectionCall) => string;
  /** Is run, not queued, between MULTI and EXEC. */
  readonly immediate?: boolean;
  readonly execution: Execution;
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
  readonly execution: Execution;
  /** What a request can have a shard run: the whole command first, then its steps. */
  readonly shardRuns: readonly ShardRun[];
  readonly writes: boolean;
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
  const compiled = compileGrammar(declaration.arguments ?? [], firstArgument, declaration.optionRules);
  const grammar = { ...compiled, keySpecs: declaration.keySpecs ?? compiled.keySpecs };
  const { execution } = declaration;
  const severalShards = mayBeOnSeveralShards(execution, grammar.keySpecs);
  if (severalShards && execution.on === 'shard' && execution.hops === 1) {
    if (execution.join === undefined) throw new Error(`${fullName}: no way to join its parts`);
    const [spec] = grammar.keySpecs;
    if (execution.request === 'keys' && (spec.first !== 1 || spec.last !== -1)) {
      throw new Error(
        `${fullName}: the router can divide only a command that is nothing but keys and their values`,
      );
    }
  }
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
    shardRuns: shardRunsOf(execution),
    writes: declaration.flags.includes('write'),
    subcommands:
      subcommands === undefined ? null : new Map(subcommands.map((sub) => [sub.declaration.name, sub])),
    shownSubcommands: declaration.ownSubcommands ? [] : (subcommands ?? []),
  };
}

/** Whether a call with `count` arguments, the name included, fits the arity. */
export function arityAllows(command: Command, count: number): boolean {
  return command.arity >= 0 ? count === command.arity : count >= -command.arity;
}

function mayBeOnSeveralShards(execution: Execution, keySpecs: readonly KeySpec[]): boolean {
  if (execution.on !== 'shard') return false;
  if (execution.hops === 1 && execution.request === 'all_shards') return true;
  return keySpecs.length > 1 || keySpecs.some(({ first, last }) => first !== last);
}

function shardRunsOf(execution: Execution): ShardRun[] {
  if (execution.on === 'connection') return [];
  if (execution.on === 'router') return [noWhole, ...execution.steps];
  return execution.hops === 1
    ? [execution.run]
    : [execution.whole ?? runOnOneShard(execution), ...execution.steps];
}

function noWhole(): never {
  throw new Error("a shard was asked to run a command that is the main thread's");
}

/** The request and response policy, in Redis's words. */
function tipsOf(execution: Execution, severalShards: boolean): string[] {
  if (execution.on !== 'shard' || execution.hops === 2 || !severalShards) return [];
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
