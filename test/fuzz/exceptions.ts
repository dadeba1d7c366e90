/**
 * What the fuzzer leaves out or looks at less strictly, where that does not follow from the declarations, each with its
 * reason. A command that is new needs a line here only if neither its flags nor its tips say how it must be treated.
 */
import type { Command } from '../../src/commands/command.js';
import type { CommandLine } from './command-line.js';

type Reasons = Readonly<Record<string, string>>;

/** The version whose commands are compared; what came later it does not know. */
const COMPARED_VERSION = [7, 0, 15];

/** Never sent, by full name. A container's name stands for all of its subcommands. */
const LEFT_OUT: Reasons = {
  quit: 'ends the connection',
  'client|reply': 'makes replies stay away',
  'client|tracking': 'sends what nobody asked for',
  wait: 'waits for replicas',
  migrate: 'talks to other servers',
  info: 'tells of the server itself; its sections have tests of their own',
};

/** Sent although commands with the flag `admin` are not. */
const HARMLESS_ADMIN: Reasons = {
  'config|resetstat': 'changes figures only',
  'debug|error': 'replies only',
  'debug|protocol': 'replies only',
};

/** Commands, and groups of them, that rightly never give anything but errors. */
const ONLY_ERRORS: Reasons = {
  'debug|error': 'replies with the error it is given',
  cluster: 'there is no cluster',
};

/** Flags of commands that are not for a fuzzer: they change the whole server, or bring pushes. */
const FLAGS_LEFT_OUT = ['admin', 'pubsub'];

/** Why a command is never sent, null if it is. Of a subcommand its container is asked too. */
export function leftOut({ declaration, fullName, tips }: Command): string | null {
  const { flags, hidden, name, since } = declaration;
  if (hidden === true) return 'is not told to clients';
  if (isNewer(since)) return `is new in ${since}`;
  if (name === 'help') return 'lists the subcommands there are';
  const reason = LEFT_OUT[fullName];
  if (reason !== undefined) return reason;
  if (Object.hasOwn(HARMLESS_ADMIN, fullName)) return null;
  const words: readonly string[] = flags;
  const flag = FLAGS_LEFT_OUT.find((one) => words.includes(one));
  // A container's flags are not its subcommands'.
  if (flag !== undefined && declaration.subcommands === undefined) return `has the flag ${flag}`;
  if (words.includes('write') && tips.includes('nondeterministic_output')) {
    return 'writes what it has chosen itself, behind which nothing can be compared';
  }
  return null;
}

/** Whether nothing but errors is what a command should give. */
export function isRefused({ declaration, fullName }: Command): boolean {
  return Object.hasOwn(ONLY_ERRORS, fullName) || Object.hasOwn(ONLY_ERRORS, declaration.group);
}

function isNewer(since: string): boolean {
  const parts = since.split('.').map(Number);
  const at = COMPARED_VERSION.findIndex((part, i) => part !== parts[i]);
  return at >= 0 && parts[at] > COMPARED_VERSION[at];
}

export interface Deviation {
  readonly reason: string;
  /** Replies are latin1 text. */
  readonly covers: (fullName: string, words: CommandLine, theirs: string, ours: string) => boolean;
}

/** Where Sherd says something else than Redis, knowingly. */
export const DEVIATIONS: readonly Deviation[] = [
  {
    reason: 'half a second behind the last deadline that 64 bits can hold Redis adds beyond them',
    covers: (name, _words, theirs) => name === 'expiretime' && theirs.startsWith(':-92233720368547'),
  },
  {
    reason: 'of several databases COPY looks for the last one only',
    covers: (name, words, ...replies) =>
      name === 'copy' &&
      words.filter((word) => word.toLowerCase() === 'db').length > 1 &&
      replies.every((reply) => reply.startsWith('-')),
  },
  {
    reason: 'whether Redis has one object for a small integer depends on which command made it',
    covers: (name, _words, ...replies) =>
      name === 'object|refcount' && replies.every((one) => one.startsWith(':')),
  },
  {
    reason: 'what a command does to a key is told as declared, also where it depends on the other arguments',
    covers: (name, _words, _theirs, ours) =>
      name === 'command|getkeysandflags' && ours.includes('+variable_flags'),
  },
  {
    reason: "a client's name is text, which ends at 64 KB",
    covers: (name, _words, theirs, ours) =>
      name === 'client|getname' && [theirs, ours].every((reply) => reply.length > 65_536),
  },
  {
    reason: 'what an error shows of an argument is read as text, which ends at 64 KB',
    covers: (_name, _words, theirs, ours) =>
      ours.length > 65_536 && ours.startsWith('-') && theirs.startsWith(ours.slice(0, 65_536)),
  },
];
