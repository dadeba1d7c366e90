/** FUNCTION: FLUSH, LIST, HELP. Main thread. There are no functions yet, so these say that there are none. */
import { wrongSubcommand } from '../../protocol/reply-errors.js';
import { containerOnly, type Declaration, define, helpOf } from '../command.js';
import { oneof, token, value } from '../grammar.js';

const common: Pick<Declaration, 'group' | 'since' | 'categories'> = {
  group: 'scripting',
  since: '7.0.0',
  categories: ['scripting'],
};

const flush = define({
  ...common,
  name: 'flush',
  summary: 'Deleting all functions',
  complexity: 'O(N) where N is the number of functions deleted',
  flags: ['write', 'noscript'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  arguments: [oneof('async', [token('ASYNC'), token('SYNC')], { optional: true })],
  execution: {
    on: 'connection',
    run({ argv, reply }) {
      if (argv.count > 3) return reply.error(wrongSubcommand('function', argv));
      if (argv.count === 3 && !['async', 'sync'].includes(argv.latin1(2).toLowerCase())) {
        return reply.error('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
      }
      reply.ok();
    },
  },
});

const list = define({
  ...common,
  name: 'list',
  summary: 'List information about all the functions',
  complexity: 'O(N) where N is the number of functions',
  flags: ['noscript'],
  tips: ['nondeterministic_output_order'],
  arguments: [
    value('string', 'library-name-pattern', { token: 'LIBRARYNAME', optional: true }),
    token('WITHCODE', { optional: true }),
  ],
  execution: {
    on: 'connection',
    run({ argv, reply }) {
      const given = new Set<string>();
      for (let i = 2; i < argv.count; i++) {
        const word = argv.latin1(i).toLowerCase();
        if (given.has(word) || !['withcode', 'libraryname'].includes(word)) {
          return reply.error(`ERR Unknown argument ${argv.shown(i)}`);
        }
        given.add(word);
        if (word === 'libraryname' && ++i === argv.count) {
          return reply.error('ERR library name argument was not given');
        }
      }
      reply.array(0);
    },
  },
});

const help = define({
  ...common,
  since: '7.0.0',
  flags: ['loading', 'stale'],
  ...helpOf('function', [
    'LIST [LIBRARYNAME PATTERN] [WITHCODE]',
    '    Return general information on all the libraries. There are none yet.',
    'FLUSH [ASYNC|SYNC]',
    '    Delete all the libraries.',
  ]),
});

export const functionCommand = define({
  name: 'function',
  group: 'scripting',
  since: '7.0.0',
  summary: 'A container for function commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  subcommands: [flush, list, help],
  execution: containerOnly,
});
