/** COMMAND LIST: the names of all commands, or of those that a filter lets through. Main thread. */
import { matchesGlob } from '../../protocol/glob.js';
import { SYNTAX_ERROR } from '../../protocol/reply-errors.js';
import type { ConnectionCall } from '../calls.js';
import { type Command, type Declaration, define } from '../command.js';
import { oneof, value } from '../grammar.js';

type Common = Pick<Declaration, 'group' | 'flags' | 'categories'>;
type Filter = (command: Command) => boolean;

export const listSubcommand = (common: Common): Declaration =>
  define({
    ...common,
    name: 'list',
    since: '7.0.0',
    summary: 'Get an array of Redis command names',
    complexity: 'O(N) where N is the total number of Redis commands',
    tips: ['nondeterministic_output_order'],
    arguments: [
      oneof(
        'filterby',
        [
          value('string', 'module-name', { token: 'MODULE' }),
          value('string', 'category', { token: 'ACLCAT' }),
          value('pattern', 'pattern', { token: 'PATTERN' }),
        ],
        { token: 'FILTERBY', optional: true },
      ),
    ],
    arity: -2,
    execution: {
      on: 'connection',
      run(call) {
        const filter = filterOf(call);
        if (filter === null) {
          call.reply.error(SYNTAX_ERROR);
          return;
        }
        const names = call.server.commands.commands
          .filter(({ declaration }) => !declaration.hidden)
          .flatMap((command) => [command, ...command.shownSubcommands])
          .filter(filter)
          .map(({ fullName }) => fullName);
        call.reply.array(names.length);
        for (const name of names) call.reply.bulkText(name);
      },
    },
  });

/** What the arguments ask for, null where they can't be understood. */
function filterOf({ argv }: ConnectionCall): Filter | null {
  if (argv.count === 2) return () => true;
  if (argv.count !== 5 || !argv.is(2, 'filterby')) return null;
  // There are no modules.
  if (argv.is(3, 'module')) return () => false;
  if (argv.is(3, 'aclcat')) {
    const category = argv.latin1(4).toLowerCase();
    return ({ categories }) => categories.some((one) => one === category);
  }
  if (!argv.is(3, 'pattern')) return null;
  const pattern = argv.source(4).subarray(argv.start(4), argv.end(4));
  return ({ fullName }) => matchesGlob(pattern, Buffer.from(fullName), 0, fullName.length, true);
}
