/** COMMAND: what the server knows of its commands, all of it derived from their declarations. Main thread. */
import { ReplyWriter } from '../../protocol/reply-writer.js';
import { type Command, type Declaration, define, helpOf } from '../command.js';
import { type KeySpec, value } from '../grammar.js';
import type { CommandTable } from '../table.js';
import { replyDocs, replySimpleSet } from './command-docs.js';
import { keysSubcommands } from './command-keys.js';
import { listSubcommand } from './command-list.js';

const common: Pick<Declaration, 'group' | 'flags' | 'categories'> = {
  group: 'server',
  flags: ['loading', 'stale'],
  categories: ['connection'],
};

const info = define({
  ...common,
  name: 'info',
  since: '2.8.13',
  summary: 'Get array of specific Redis command details, or all when no argument is given.',
  complexity: 'O(N) where N is the number of commands to look up',
  tips: ['nondeterministic_output_order'],
  arguments: [value('string', 'command-name', { optional: true, multiple: true })],
  execution: {
    on: 'connection',
    run({ argv, reply, server }) {
      if (argv.count === 2) return replyAll(reply, server.commands);
      reply.array(argv.count - 2);
      for (let i = 2; i < argv.count; i++) {
        const found = server.commands.find(argv.latin1(i));
        if (found === undefined) reply.null();
        else replyEncoded(reply, found, encodedInfo, replyInfo);
      }
    },
  },
});

const docs = define({
  ...common,
  name: 'docs',
  since: '7.0.0',
  summary: 'Get array of specific Redis command documentation',
  complexity: 'O(N) where N is the number of commands to look up',
  tips: ['nondeterministic_output_order'],
  arguments: [value('string', 'command-name', { optional: true, multiple: true })],
  execution: {
    on: 'connection',
    run({ argv, reply, server }) {
      const found: Command[] = argv.count === 2 ? [...shown(server.commands)] : [];
      for (let i = 2; i < argv.count; i++) {
        const one = server.commands.find(argv.latin1(i));
        if (one !== undefined) found.push(one);
      }
      reply.map(found.length);
      for (const one of found) {
        reply.bulkText(one.fullName);
        replyEncoded(reply, one, encodedDocs, replyDocs);
      }
    },
  },
});

const count = define({
  ...common,
  name: 'count',
  since: '2.8.13',
  summary: 'Get total number of Redis commands',
  complexity: 'O(1)',
  execution: { on: 'connection', run: ({ reply, server }) => reply.integer(shown(server.commands).length) },
});

const help = define({
  ...common,
  since: '5.0.0',
  ...helpOf('command', [
    '(no subcommand)',
    '    Return details about all Redis commands.',
    'COUNT',
    '    Return the total number of commands in this Redis server.',
    'LIST',
    '    Return a list of all commands in this Redis server.',
    'INFO [<command-name> ...]',
    '    Return details about multiple Redis commands.',
    '    If no command names are given, documentation details for all',
    '    commands are returned.',
    'DOCS [<command-name> ...]',
    '    Return documentation details about multiple Redis commands.',
    '    If no command names are given, documentation details for all',
    '    commands are returned.',
    'GETKEYS <full-command>',
    '    Return the keys from a full Redis command.',
    'GETKEYSANDFLAGS <full-command>',
    '    Return the keys and the access flags from a full Redis command.',
  ]),
});

export const command = define({
  ...common,
  name: 'command',
  since: '2.8.13',
  summary: 'Get array of Redis command details',
  complexity: 'O(N) where N is the total number of Redis commands',
  tips: ['nondeterministic_output_order'],
  arity: -1,
  subcommands: [info, count, docs, ...keysSubcommands(common), listSubcommand(common), help],
  execution: { on: 'connection', run: ({ reply, server }) => replyAll(reply, server.commands) },
});

function shown(table: CommandTable): readonly Command[] {
  return table.commands.filter((candidate) => !candidate.declaration.hidden);
}

function replyAll(reply: ReplyWriter, table: CommandTable): void {
  const all = shown(table);
  reply.array(all.length);
  for (const one of all) replyEncoded(reply, one, encodedInfo, replyInfo);
}

/** Entries by dialect and full name: they never change, and a client may ask for millions. */
const encodedInfo = new Map<string, Buffer>();
const encodedDocs = new Map<string, Buffer>();

function replyEncoded(
  reply: ReplyWriter,
  one: Command,
  encoded: Map<string, Buffer>,
  encode: (writer: ReplyWriter, one: Command) => void,
): void {
  const id = `${reply.resp} ${one.fullName}`;
  let entry = encoded.get(id);
  if (entry === undefined) {
    const writer = new ReplyWriter(Buffer.alloc(0));
    writer.resp = reply.resp;
    encode(writer, one);
    entry = writer.bytes.subarray(0, writer.position);
    encoded.set(id, entry);
  }
  reply.raw(entry, 0, entry.length);
}

/** One command's ten fields, as Redis 7 gives them. */
function replyInfo(
  reply: ReplyWriter,
  { fullName, declaration, arity, grammar, categories, shownSubcommands, tips }: Command,
): void {
  const { keySpecs } = grammar;
  const range = legacyRange(keySpecs);
  reply.array(10);
  reply.bulkText(fullName);
  reply.integer(arity);
  replySimpleSet(reply, declaration.flags);
  for (const position of range) reply.integer(position);
  replySimpleSet(
    reply,
    categories.map((category) => `@${category}`),
  );
  reply.set(tips.length);
  for (const tip of tips) reply.bulkText(tip);
  reply.set(keySpecs.length);
  for (const spec of keySpecs) replyKeySpec(reply, spec, declaration.keyNotes);
  reply.set(shownSubcommands.length);
  for (const sub of shownSubcommands) replyInfo(reply, sub);
}

/** One range over all key specs, for clients from before there were specs: the first key, the last one, the step. */
function legacyRange(specs: readonly KeySpec[]): readonly [first: number, last: number, step: number] {
  if (specs.length === 0) return [0, 0, 0];
  return [specs[0].first, specs[specs.length - 1].last, specs[specs.length - 1].step];
}

function replyKeySpec(reply: ReplyWriter, spec: KeySpec, notes: string | undefined): void {
  reply.map(notes === undefined ? 3 : 4);
  if (notes !== undefined) {
    reply.bulkText('notes');
    reply.bulkText(notes);
  }
  reply.bulkText('flags');
  replySimpleSet(reply, spec.flags);
  reply.bulkText('begin_search');
  replySpec(reply, 'index', { index: spec.first });
  reply.bulkText('find_keys');
  // A range's last key counts from its first one, unless it counts from the end.
  replySpec(reply, 'range', {
    lastkey: spec.last < 0 ? spec.last : spec.last - spec.first,
    keystep: spec.step,
    limit: 0,
  });
}

function replySpec(reply: ReplyWriter, kind: string, spec: Readonly<Record<string, number>>): void {
  reply.map(2);
  reply.bulkText('type');
  reply.bulkText(kind);
  reply.bulkText('spec');
  const entries = Object.entries(spec);
  reply.map(entries.length);
  for (const [name, number] of entries) {
    reply.bulkText(name);
    reply.integer(number);
  }
}
