/** CLIENT LIST, INFO: a line of text for each client, with the fields of Redis 7.0 in its order. Main thread. */
import { SYNTAX_ERROR } from '../../protocol/reply-errors.js';
import type { ConnectionCall, Session } from '../calls.js';
import { define } from '../command.js';
import { block, oneof, token, value } from '../grammar.js';
import { clientType, common, overOthers, unknownType } from './client-common.js';

export const info = define({
  ...common,
  name: 'info',
  since: '6.2.0',
  summary: 'Returns information about the current client connection.',
  tips: ['nondeterministic_output'],
  execution: {
    on: 'connection',
    run: ({ reply, session }) => reply.verbatim('txt', lineOf(session)),
  },
});

export const list = define({
  ...overOthers,
  name: 'list',
  since: '2.4.0',
  summary: 'Get the list of client connections',
  complexity: 'O(N) where N is the number of client connections',
  tips: ['nondeterministic_output'],
  arguments: [
    oneof(
      'normal_master_replica_pubsub',
      [token('NORMAL'), token('MASTER'), token('REPLICA'), token('PUBSUB')],
      { token: 'TYPE', optional: true },
    ),
    block('id', [value('integer', 'client-id', { multiple: true })], {
      token: 'ID',
      optional: true,
    }),
  ],
  execution: {
    on: 'connection',
    run(call) {
      const wanted = wantedClients(call);
      if (typeof wanted === 'string') call.reply.error(wanted);
      else call.reply.verbatim('txt', wanted.map(lineOf).join(''));
    },
  },
});

/** The clients that the arguments ask for, or the error to reply. */
function wantedClients(call: ConnectionCall): Session[] | string {
  const { argv, server } = call;
  if (argv.count === 2) return [...server.clients.all()];
  if (argv.count === 4 && argv.is(2, 'type')) {
    const type = clientType(argv.latin1(3));
    if (type === undefined) return unknownType(argv.shown(3));
    return type === 'normal' ? [...server.clients.all()] : [];
  }
  if (argv.count === 3 || !argv.is(2, 'id')) return SYNTAX_ERROR;
  const found: Session[] = [];
  for (let i = 3; i < argv.count; i++) {
    const id = call.integer(i);
    if (id === undefined) return 'ERR Invalid client ID';
    const client = server.clients.find(Number(id));
    if (client !== undefined) found.push(client);
  }
  return found;
}

function lineOf(client: Session): string {
  const { addresses, buffers } = client;
  const fields = {
    id: client.id,
    addr: addresses.remote,
    laddr: addresses.local,
    fd: addresses.descriptor,
    name: client.name,
    age: client.ageSeconds,
    idle: client.idleSeconds,
    flags: flagsOf(client),
    db: client.databaseIndex,
    // There is nothing to subscribe to yet.
    sub: 0,
    psub: 0,
    ssub: 0,
    multi: client.transaction?.commands.length ?? -1,
    qbuf: buffers.queryBytes,
    'qbuf-free': 0,
    'argv-mem': buffers.argumentBytes,
    'multi-mem': 0,
    // A client has no buffer of its own for replies.
    rbs: 0,
    rbp: 0,
    obl: 0,
    oll: buffers.outputBytes > 0 ? 1 : 0,
    omem: buffers.outputBytes,
    'tot-mem': buffers.queryBytes + buffers.argumentBytes + buffers.outputBytes,
    events: buffers.events,
    cmd: client.lastCommand?.fullName ?? 'NULL',
    user: 'default',
    redir: -1,
    resp: client.resp,
  };
  const words = Object.entries(fields).map(([field, figure]) => `${field}=${figure}`);
  return `${words.join(' ')}\n`;
}

/** Redis's letters for what is special about a client, N for nothing. */
function flagsOf(client: Session): string {
  const letters = [
    client.isBlocked ? 'b' : '',
    client.transaction === null ? '' : 'x',
    client.isClosing ? 'c' : '',
    client.isNeverEvicted ? 'e' : '',
  ].join('');
  return letters === '' ? 'N' : letters;
}
