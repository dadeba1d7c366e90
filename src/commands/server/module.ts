/** MODULE: of a server that has none and loads none, as redis-server answers without enable-module-command. Main thread. */
import { containerOnly, type Declaration, define, helpOf, type OnConnection } from '../command.js';
import { block, value } from '../grammar.js';
import { notAllowed } from './not-allowed.js';

const refused: OnConnection = {
  on: 'connection',
  run: ({ reply }) => reply.error(notAllowed('module')),
};

const loading: Pick<Declaration, 'group' | 'since' | 'complexity' | 'flags' | 'execution'> = {
  group: 'server',
  since: '4.0.0',
  complexity: 'O(1)',
  flags: ['admin', 'noscript', 'no_async_loading'],
  execution: refused,
};

const list = define({
  name: 'list',
  group: 'server',
  since: '4.0.0',
  summary: 'List all modules loaded by the server',
  complexity: 'O(N) where N is the number of loaded modules.',
  flags: ['admin', 'noscript'],
  tips: ['nondeterministic_output_order'],
  execution: { on: 'connection', run: ({ reply }) => reply.array(0) },
});

const load = define({
  ...loading,
  name: 'load',
  summary: 'Load a module',
  arguments: [value('string', 'path'), value('string', 'arg', { optional: true, multiple: true })],
});

const loadEx = define({
  ...loading,
  name: 'loadex',
  since: '7.0.0',
  summary: 'Load a module with extended parameters',
  arity: -3,
  arguments: [
    value('string', 'path'),
    block('configs', [value('string', 'name'), value('string', 'value')], {
      token: 'CONFIG',
      optional: true,
      multiple: true,
      multipleToken: true,
    }),
    block('args', [value('string', 'arg')], { token: 'ARGS', optional: true, multiple: true }),
  ],
});

const unload = define({
  ...loading,
  name: 'unload',
  summary: 'Unload a module',
  arguments: [value('string', 'name')],
});

const help = define({
  group: 'server',
  since: '5.0.0',
  flags: ['loading', 'stale'],
  ...helpOf('module', [
    'LIST',
    '    Return a list of loaded modules.',
    'LOAD <path> [<arg> ...]',
    '    Load a module library from <path>, passing to it any optional arguments.',
    'LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]',
    '    Load a module library from <path>, while passing it module configurations and optional arguments.',
    'UNLOAD <name>',
    '    Unload a module.',
  ]),
});

export const module = define({
  name: 'module',
  group: 'server',
  since: '4.0.0',
  summary: 'A container for module commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  subcommands: [list, load, loadEx, unload, help],
  execution: containerOnly,
});
