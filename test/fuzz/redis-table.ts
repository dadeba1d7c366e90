/**
 * Redis's own commands as declarations, from COMMAND DOCS and COMMAND INFO: with them the fuzzer is tried on redis-server
 * alone, commands included that Sherd has not yet. They can't be run, only drawn.
 */
import { type Command, compile, containerOnly, type Declaration } from '../../src/commands/command.js';
import type { Argument, ArgumentType } from '../../src/commands/grammar.js';
import { decode, type Reply } from '../support/replies.js';
import type { RespClient } from '../support/resp-client.js';

type Fields = ReadonlyMap<string, Reply>;

export async function redisCommands(client: RespClient): Promise<Command[]> {
  await client.call('HELLO', '3');
  const docs = fieldsOf(await client.call('COMMAND', 'DOCS'));
  const info = new Map<string, Reply[]>();
  collectInfo(decode(await client.raw('COMMAND')) as Reply[][], info);
  let index = 0;
  return [...docs].map(([name, doc]) => commandOf(name, fieldsOf(doc), info, () => index++));
}

function fieldsOf(map: Reply | undefined): Fields {
  return new Map((map ?? []) as [string, Reply][]);
}

function collectInfo(entries: readonly Reply[][], into: Map<string, Reply[]>): void {
  for (const entry of entries) {
    into.set(entry[0] as string, entry);
    collectInfo(entry[9] as Reply[][], into);
  }
}

function commandOf(
  name: string,
  doc: Fields,
  info: ReadonlyMap<string, Reply[]>,
  next: () => number,
): Command {
  const entry = info.get(name)!;
  const subcommands = [...fieldsOf(doc.get('subcommands'))].map(([sub, fields]) =>
    commandOf(sub, fieldsOf(fields), info, next),
  );
  const args = ((doc.get('arguments') ?? []) as Reply[]).map((one) => argumentOf(fieldsOf(one)));
  const declaration: Declaration = {
    name: name.split('|').at(-1)!,
    group: doc.get('group') as Declaration['group'],
    since: doc.get('since') as string,
    summary: '',
    complexity: '',
    flags: entry[2] as unknown as Declaration['flags'],
    tips: entry[7] as string[],
    arity: entry[1] as number,
    execution: containerOnly,
  };
  const compiled = compile(declaration, next);
  return {
    ...compiled,
    fullName: name,
    declaration: { ...declaration, arguments: args },
    subcommands:
      subcommands.length === 0 ? null : new Map(subcommands.map((sub) => [sub.declaration.name, sub])),
    shownSubcommands: subcommands,
  };
}

function argumentOf(fields: Fields): Argument {
  const flags = (fields.get('flags') ?? []) as string[];
  const token = fields.get('token') as string | undefined;
  return {
    name: fields.get('name') as string,
    type: fields.get('type') as ArgumentType,
    optional: flags.includes('optional'),
    multiple: flags.includes('multiple'),
    parts: ((fields.get('arguments') ?? []) as Reply[]).map((one) => argumentOf(fieldsOf(one))),
    slot: -1,
    ...(token === undefined ? {} : { token }),
  };
}
