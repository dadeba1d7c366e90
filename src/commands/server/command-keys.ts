/** COMMAND GETKEYS, GETKEYSANDFLAGS: the keys of a command line that is given as arguments. Main thread. */
import type { Argv } from '../../protocol/argv.js';
import type { ConnectionCall } from '../calls.js';
import { arityAllows, type Command, type Declaration, define } from '../command.js';
import { forEachKey, type KeyFlag } from '../grammar.js';
import type { CommandTable } from '../table.js';
import { replySimpleSet } from './command-docs.js';

/** Where the command line begins. */
const LINE = 2;

type Common = Pick<Declaration, 'group' | 'flags' | 'categories'>;

export const keysSubcommands = (common: Common): Declaration[] => [
  define({
    ...common,
    name: 'getkeys',
    since: '2.8.13',
    summary: 'Extract keys given a full Redis command',
    complexity: 'O(N) where N is the number of arguments to the command',
    arity: -4,
    execution: { on: 'connection', run: (call) => replyKeys(call, false) },
  }),
  define({
    ...common,
    name: 'getkeysandflags',
    since: '7.0.0',
    summary: 'Extract keys and access flags given a full Redis command',
    complexity: 'O(N) where N is the number of arguments to the command',
    arity: -4,
    execution: { on: 'connection', run: (call) => replyKeys(call, true) },
  }),
];

function replyKeys({ argv, reply, server }: ConnectionCall, withFlags: boolean): void {
  const line = argv.from(LINE);
  const found = keysOf(line, server.commands);
  if (typeof found === 'string') {
    reply.error(found);
    return;
  }
  reply.array(found.length);
  for (const { at, flags } of found) {
    if (withFlags) reply.array(2);
    reply.bulk(line.source(at), line.start(at), line.end(at));
    if (withFlags) replySimpleSet(reply, flags);
  }
}

interface FoundKey {
  /** Index in the command line. */
  readonly at: number;
  readonly flags: readonly KeyFlag[];
}

/** The keys of the command line, or the error to reply. */
function keysOf(line: Argv, table: CommandTable): readonly FoundKey[] | string {
  const command = commandOf(line, table);
  if (command === undefined) return 'ERR Invalid command specified';
  const { keySpecs } = command.grammar;
  if (keySpecs.length === 0) return 'ERR The command has no key arguments';
  if (!arityAllows(command, line.count)) return 'ERR Invalid number of arguments specified for command';
  const found: FoundKey[] = [];
  for (const spec of keySpecs) {
    const flags = command.declaration.keyFlagsOf?.(line) ?? spec.flags;
    const before = found.length;
    forEachKey([spec], line.count, (at) => found.push({ at, flags }));
    // Where one of the specs has no key, Redis takes none of the others' either.
    if (found.length === before) return 'ERR Invalid arguments specified for command';
  }
  return found;
}

function commandOf(line: Argv, table: CommandTable): Command | undefined {
  const command = table.lookup(line, 0);
  if (command === undefined || command.declaration.hidden) return undefined;
  if (command.subcommands === null || line.count < 2) return command;
  return command.subcommands.get(line.latin1(1).toLowerCase());
}
