/** COMMAND DOCS: what commands are for and how they are written, derived from their declarations. Main thread. */
import type { ReplyWriter } from '../../protocol/reply-writer.js';
import type { Command } from '../command.js';
import type { Argument } from '../grammar.js';
import { type Past, pasts } from '../pasts.js';

/** One command's documentation, as Redis 7 gives it: only the fields there is something to say in. */
export function replyDocs(reply: ReplyWriter, command: Command): void {
  const { declaration, fullName, grammar, shownSubcommands } = command;
  const { arguments: args = [], complexity, group } = declaration;
  const past: Past = Object.hasOwn(pasts, fullName) ? pasts[fullName] : {};
  const { deprecatedSince, history, replacedBy } = past;
  const docFlags = docFlagsOf(past);
  const fields: [name: string, write: () => void][] = [
    ['summary', () => reply.bulkText(declaration.summary)],
    ['since', () => reply.bulkText(declaration.since)],
    ['group', () => reply.bulkText(group)],
  ];
  if (complexity !== '') fields.push(['complexity', () => reply.bulkText(complexity)]);
  if (docFlags.length > 0) fields.push(['doc_flags', () => replySimpleSet(reply, docFlags)]);
  if (deprecatedSince !== undefined) {
    fields.push(['deprecated_since', () => reply.bulkText(deprecatedSince)]);
  }
  if (replacedBy !== undefined) fields.push(['replaced_by', () => reply.bulkText(replacedBy)]);
  if (history !== undefined) fields.push(['history', () => replyHistory(reply, history)]);
  if (args.length > 0)
    fields.push([
      'arguments',
      () => replyArguments(reply, args, '', { past, keys: 0, keySpecs: grammar.keySpecs.length }),
    ]);
  if (shownSubcommands.length > 0) {
    fields.push(['subcommands', () => replySubcommands(reply, shownSubcommands)]);
  }
  replyFields(reply, fields);
}

export function replySimpleSet(reply: ReplyWriter, words: readonly string[]): void {
  reply.set(words.length);
  for (const word of words) reply.simple(word);
}

function replyFields(reply: ReplyWriter, fields: readonly (readonly [string, () => void])[]): void {
  reply.map(fields.length);
  for (const [name, write] of fields) {
    reply.bulkText(name);
    write();
  }
}

function docFlagsOf({ deprecatedSince, isInternal }: Past): string[] {
  return [...(deprecatedSince === undefined ? [] : ['deprecated']), ...(isInternal ? ['syscmd'] : [])];
}

function replyHistory(reply: ReplyWriter, history: NonNullable<Past['history']>): void {
  reply.set(history.length);
  for (const change of history) {
    reply.array(2);
    for (const text of change) reply.bulkText(text);
  }
}

function replySubcommands(reply: ReplyWriter, subcommands: readonly Command[]): void {
  reply.map(subcommands.length);
  for (const sub of subcommands) {
    reply.bulkText(sub.fullName);
    replyDocs(reply, sub);
  }
}

/** What is to be known of a command while its arguments are told. */
interface Context {
  readonly past: Past;
  /** Keys told so far, each by the key spec of its number; the last one may be of several. */
  keys: number;
  readonly keySpecs: number;
}

/** `place` is where they stand within the command, as in Past.arguments. */
function replyArguments(
  reply: ReplyWriter,
  args: readonly Argument[],
  place: string,
  context: Context,
): void {
  reply.array(args.length);
  for (const [i, argument] of args.entries()) {
    const own = `${place}${i}`;
    const { name, parts, token, type } = argument;
    const { deprecatedSince, since } = context.past.arguments?.[own] ?? {};
    const flags = flagsOf(argument);
    const fields: [name: string, write: () => void][] = [
      ['name', () => reply.bulkText(name)],
      ['type', () => reply.bulkText(type)],
    ];
    if (type === 'key')
      fields.push(['key_spec_index', () => reply.integer(Math.min(context.keys++, context.keySpecs - 1))]);
    if (token !== undefined) fields.push(['token', () => reply.bulkText(token)]);
    if (since !== undefined) fields.push(['since', () => reply.bulkText(since)]);
    if (deprecatedSince !== undefined) {
      fields.push(['deprecated_since', () => reply.bulkText(deprecatedSince)]);
    }
    if (flags.length > 0) fields.push(['flags', () => replySimpleSet(reply, flags)]);
    if (parts !== undefined)
      fields.push(['arguments', () => replyArguments(reply, parts, `${own}.`, context)]);
    replyFields(reply, fields);
  }
}

function flagsOf({ multiple, multipleToken, optional }: Argument): string[] {
  const flags: string[] = [];
  if (optional) flags.push('optional');
  if (multiple) flags.push('multiple');
  if (multipleToken) flags.push('multiple_token');
  return flags;
}
