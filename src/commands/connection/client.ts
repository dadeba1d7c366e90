/** CLIENT: ID, SETNAME, GETNAME, SETINFO, HELP. Main thread. */
import { containerOnly, type Declaration, define, helpOf } from '../command.js';
import { oneof, value } from '../grammar.js';
import { isPlain, setClientName } from './client-name.js';

const common: Pick<Declaration, 'group' | 'complexity' | 'flags' | 'categories'> = {
  group: 'connection',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
};

const id = define({
  ...common,
  name: 'id',
  since: '5.0.0',
  summary: 'Returns the client ID for the current connection',
  execution: { on: 'connection', run: ({ reply, session }) => reply.integer(session.id) },
});

const setName = define({
  ...common,
  name: 'setname',
  since: '2.6.9',
  summary: 'Set the current connection name',
  arguments: [value('string', 'connection-name')],
  execution: {
    on: 'connection',
    run({ argv, reply, session }) {
      const error = setClientName(session, argv.latin1(2));
      if (error === null) reply.ok();
      else reply.error(error);
    },
  },
});

const getName = define({
  ...common,
  name: 'getname',
  since: '2.6.9',
  summary: 'Get the current connection name',
  execution: {
    on: 'connection',
    run({ reply, session }) {
      if (session.name === '') reply.null();
      else reply.bulkText(session.name);
    },
  },
});

/** Redis 7.2's, for the clients that say who they are on every connection. */
const setInfo = define({
  ...common,
  name: 'setinfo',
  since: '7.2.0',
  summary: 'Set client or connection specific info',
  arguments: [
    oneof('attr', [
      value('string', 'libname', { token: 'LIB-NAME' }),
      value('string', 'libver', { token: 'LIB-VER' }),
    ]),
  ],
  execution: {
    on: 'connection',
    run({ argv, reply, session }) {
      const text = argv.latin1(3);
      const attribute = argv.latin1(2).toLowerCase();
      if (attribute !== 'lib-name' && attribute !== 'lib-ver') {
        return reply.error(`ERR Unrecognized option '${argv.shown(2)}'`);
      }
      if (!isPlain(text)) {
        return reply.error(`ERR ${attribute} cannot contain spaces, newlines or special characters.`);
      }
      if (attribute === 'lib-name') session.libraryName = text;
      else session.libraryVersion = text;
      reply.ok();
    },
  },
});

const help = define({
  ...common,
  flags: ['loading', 'stale'],
  since: '5.0.0',
  ...helpOf('client', [
    'GETNAME',
    '    Return the name of the current connection.',
    'ID',
    '    Return the ID of the current connection.',
    'SETINFO <option> <value>',
    '    Set client meta attr. Options are:',
    '    * LIB-NAME: the client lib name.',
    '    * LIB-VER: the client lib version.',
    'SETNAME <name>',
    '    Assign the name <name> to the current connection.',
  ]),
});

export const client = define({
  name: 'client',
  group: 'connection',
  since: '2.4.0',
  summary: 'A container for client connection commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  subcommands: [id, setName, getName, setInfo, help],
  execution: containerOnly,
});
