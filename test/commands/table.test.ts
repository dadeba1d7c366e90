/** CommandTable and declarations: lookup by bytes, and what must be true of every declaration. */
import fc from 'fast-check';
import t from 'tap';
import { arityAllows, type Command } from '../../src/commands/command.js';
import { CommandTable, declarations } from '../../src/commands/table.js';
import { Argv } from '../../src/protocol/argv.js';

const table = new CommandTable();

function lookup(name: string): Command | undefined {
  const argv = new Argv();
  argv.setBytes(Buffer.from(`get${name}set`, 'latin1'));
  argv.push(3, 3 + name.length);
  return table.lookup(argv, 0);
}

function everyCommand(): Command[] {
  return table.commands.flatMap((command) => [command, ...(command.subcommands?.values() ?? [])]);
}

t.test('a name that was looked up just before is not taken for another one', async (t) => {
  for (const names of [
    ['get', 'get\0', 'get', 'get\0\0'],
    ['get\0', 'get', 'set', 'get\0'],
    ['', '\0', '', 'del', '\0\0\0'],
  ]) {
    for (const name of names) {
      const right = declarations.find((one) => one.name === name)?.name;
      t.equal(lookup(name)?.declaration.name, right, `${JSON.stringify(name)} in ${JSON.stringify(names)}`);
    }
  }
});

t.test('every command is found by its name in any case', async (t) => {
  t.equal(table.commands.length, declarations.length);
  for (const command of table.commands) {
    const { name } = command.declaration;
    t.equal(lookup(name), command, name);
    t.equal(lookup(name.toUpperCase()), command);
    t.equal(lookup(name[0].toUpperCase() + name.slice(1)), command);
    for (const other of [`${name}x`, name.slice(0, -1), `${name}\0`, ` ${name}`]) {
      t.equal(
        lookup(other)?.declaration.name,
        declarations.find((one) => one.name === other)?.name,
        JSON.stringify(other),
      );
    }
  }
});

t.test('any other bytes are no command', async () => {
  const names = new Set(declarations.map(({ name }) => name));
  const nearly = fc.constantFrom(...names).chain((name) =>
    fc.tuple(fc.nat({ max: name.length - 1 }), fc.nat({ max: 255 })).map(([at, byte]) => {
      return name.slice(0, at) + String.fromCharCode(byte) + name.slice(at + 1);
    }),
  );
  const random = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  fc.assert(
    fc.property(fc.oneof(nearly, random), (name) => {
      const lower = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      return (lookup(name) !== undefined) === names.has(lower);
    }),
    { numRuns: 2000 },
  );
});

t.test('full names', async (t) => {
  t.equal(table.find('GET')?.fullName, 'get');
  t.equal(table.find('client|SETNAME')?.fullName, 'client|setname');
  for (const none of ['', '|', 'client|', 'client|nonsense', 'get|x', 'client|setname|x', 'nonsense']) {
    t.equal(table.find(none), undefined, none);
  }
});

t.test('the index names a command on both ends of a port', async (t) => {
  const other = new CommandTable();
  for (const command of everyCommand()) {
    t.equal(table.at(command.index), command);
    t.equal(other.at(command.index)?.fullName, command.fullName);
  }
  t.equal(new Set(everyCommand().map(({ index }) => index)).size, everyCommand().length);
  t.equal(table.at(100_000), undefined);
});

t.test('every declaration is whole', async (t) => {
  const names = declarations.map(({ name }) => name);
  t.equal(new Set(names).size, names.length, 'no name twice');
  for (const { declaration, fullName } of everyCommand()) {
    t.match(declaration.name, /^[a-z:_-]+$/, fullName);
    t.match(declaration.since, /^\d+\.\d+\.\d+$/, `${fullName}: since`);
    t.ok(declaration.summary.length > 0 && declaration.complexity.length > 0, `${fullName}: texts`);
    t.equal(new Set(declaration.flags).size, declaration.flags.length, `${fullName}: flags`);
  }
});

t.test('arity', async (t) => {
  const cases: [name: string, allowed: number[], refused: number[]][] = [
    ['get', [2], [1, 3]],
    ['mget', [2, 3, 1000], [1]],
    ['set', [3, 4, 9], [1, 2]],
    ['mset', [3, 4, 5], [1, 2]],
    ['ping', [1, 2, 3], []],
    ['client|setname', [3], [2, 4]],
  ];
  for (const [name, allowed, refused] of cases) {
    const command = table.find(name)!;
    t.ok(
      allowed.every((count) => arityAllows(command, count)),
      name,
    );
    t.notOk(
      refused.some((count) => arityAllows(command, count)),
      name,
    );
  }
});

t.test('declarations that contradict themselves are refused at start-up', async (t) => {
  const [mget] = declarations.filter(({ name }) => name === 'mget');
  const { execution } = mget;
  if (execution.on !== 'shard' || execution.hops !== 1) throw new Error('MGET runs on shards');
  const { join: _, ...withoutJoin } = execution;
  t.throws(() => new CommandTable([{ ...mget, execution: withoutJoin }]), /no way to join/);
});
