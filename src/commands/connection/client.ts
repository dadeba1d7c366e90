/** CLIENT, as far as a client's own state goes; what looks at all clients has files of its own. Main thread. */
import { NOT_AN_INTEGER, SYNTAX_ERROR, wrongSubcommand } from '../../protocol/reply-errors.js';
import { containerOnly, define, helpOf } from '../command.js';
import { oneof, token, value } from '../grammar.js';
import { common, overOthers } from './client-common.js';
import { kill } from './client-kill.js';
import { info, list } from './client-list.js';
import { isPlain, setClientName } from './client-name.js';

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

const replyMode = define({
  ...common,
  name: 'reply',
  since: '3.2.0',
  summary: 'Instruct the server whether to reply to commands',
  arguments: [oneof('on_off_skip', [token('ON'), token('OFF'), token('SKIP')])],
  arity: 3,
  execution: {
    on: 'connection',
    run({ argv, reply, session }) {
      const mode = (['on', 'off', 'skip'] as const).find((word) => argv.is(2, word));
      if (mode === undefined) return reply.error(SYNTAX_ERROR);
      session.setReplies(mode);
      if (mode === 'on') reply.ok();
    },
  },
});

const noEvict = define({
  ...overOthers,
  name: 'no-evict',
  since: '7.0.0',
  summary: 'Set client eviction mode for the current connection',
  arguments: [oneof('enabled', [token('ON'), token('OFF')])],
  arity: 3,
  execution: {
    on: 'connection',
    run({ argv, reply, session }) {
      const on = argv.is(2, 'on');
      if (!on && !argv.is(2, 'off')) return reply.error(SYNTAX_ERROR);
      session.isNeverEvicted = on;
      reply.ok();
    },
  },
});

/** Clients' caches are not tracked yet, which these two say. */
const getRedir = define({
  ...common,
  name: 'getredir',
  since: '6.0.0',
  summary: 'Get tracking notifications redirection client ID if any',
  execution: { on: 'connection', run: ({ reply }) => reply.integer(-1) },
});

const trackingInfo = define({
  ...common,
  name: 'trackinginfo',
  since: '6.2.0',
  summary: 'Return information about server assisted client side caching for the current connection',
  execution: {
    on: 'connection',
    run({ reply }) {
      reply.map(3);
      reply.bulkText('flags');
      reply.set(1);
      reply.bulkText('off');
      reply.bulkText('redirect');
      reply.integer(-1);
      reply.bulkText('prefixes');
      reply.array(0);
    },
  },
});

const unblock = define({
  ...overOthers,
  name: 'unblock',
  since: '5.0.0',
  summary: 'Unblock a client blocked in a blocking command from a different connection',
  complexity: 'O(log N) where N is the number of client connections',
  arguments: [
    value('integer', 'client-id'),
    oneof('timeout_error', [token('TIMEOUT'), token('ERROR')], { optional: true }),
  ],
  execution: {
    on: 'connection',
    run(call) {
      const { argv, reply } = call;
      if (argv.count > 4) return reply.error(wrongSubcommand('client', argv));
      if (argv.count === 4 && !argv.is(3, 'timeout') && !argv.is(3, 'error')) {
        return reply.error('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
      }
      const id = call.integer(2);
      if (id === undefined) return reply.error(NOT_AN_INTEGER);
      const withError = argv.count === 4 && argv.is(3, 'error');
      const error = withError ? 'UNBLOCKED client unblocked via CLIENT UNBLOCK' : null;
      reply.integer(call.server.clients.find(Number(id))?.unblock(error) === true ? 1 : 0);
    },
  },
});

const help = define({
  ...common,
  flags: ['loading', 'stale'],
  since: '5.0.0',
  ...helpOf('client', [
    'GETREDIR',
    '    Return the client ID we are redirecting to when tracking is enabled.',
    'GETNAME',
    '    Return the name of the current connection.',
    'ID',
    '    Return the ID of the current connection.',
    'INFO',
    '    Return information about the current client connection.',
    'KILL <ip:port>',
    '    Kill connection made from <ip:port>.',
    'KILL <option> <value> [<option> <value> [...]]',
    '    Kill connections. Options are:',
    '    * ADDR (<ip:port>|<unixsocket>:0)',
    '      Kill connections made from the specified address',
    '    * LADDR (<ip:port>|<unixsocket>:0)',
    '      Kill connections made to specified local address',
    '    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)',
    '      Kill connections by type.',
    '    * USER <username>',
    '      Kill connections authenticated by <username>.',
    '    * SKIPME (YES|NO)',
    '      Skip killing current connection (default: yes).',
    'LIST [options ...]',
    '    Return information about client connections. Options:',
    '    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)',
    '      Return clients of specified type.',
    'REPLY (ON|OFF|SKIP)',
    '    Control the replies sent to the current connection.',
    'SETINFO <option> <value>',
    '    Set client meta attr. Options are:',
    '    * LIB-NAME: the client lib name.',
    '    * LIB-VER: the client lib version.',
    'SETNAME <name>',
    '    Assign the name <name> to the current connection.',
    'UNBLOCK <clientid> [TIMEOUT|ERROR]',
    '    Unblock the specified blocked client.',
    'TRACKINGINFO',
    '    Report tracking status for the current connection.',
    'NO-EVICT (ON|OFF)',
    '    Protect current client connection from eviction.',
  ]),
});

export const client = define({
  name: 'client',
  group: 'connection',
  since: '2.4.0',
  summary: 'A container for client connection commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  subcommands: [
    id,
    setName,
    getName,
    setInfo,
    getRedir,
    info,
    kill,
    list,
    noEvict,
    replyMode,
    trackingInfo,
    unblock,
    help,
  ],
  execution: containerOnly,
});
