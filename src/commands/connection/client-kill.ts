/** CLIENT KILL: ends connections, by address as of old or by any of several filters. Main thread. */
import { SYNTAX_ERROR } from '../../protocol/reply-errors.js';
import type { ConnectionCall, Session } from '../calls.js';
import { define } from '../command.js';
import { oneof, token, value } from '../grammar.js';
import { clientType, overOthers, unknownType } from './client-common.js';

/** Which clients are to go; what is undefined does not matter. */
interface Filter {
  address?: string;
  localAddress?: string;
  id?: number;
  type?: string;
  sparesCaller: boolean;
}

export const kill = define({
  ...overOthers,
  name: 'kill',
  since: '2.4.0',
  summary: 'Kill the connection of a client',
  complexity: 'O(N) where N is the number of client connections',
  arity: -3,
  arguments: [
    oneof('filter', [
      value('string', 'ip:port'),
      oneof(
        'new-format',
        [
          value('integer', 'client-id', { token: 'ID', optional: true }),
          oneof(
            'normal_master_slave_pubsub',
            [token('NORMAL'), token('MASTER'), token('SLAVE'), token('REPLICA'), token('PUBSUB')],
            { token: 'TYPE', optional: true },
          ),
          value('string', 'username', { token: 'USER', optional: true }),
          value('string', 'ip:port', { token: 'ADDR', optional: true }),
          value('string', 'ip:port', { token: 'LADDR', optional: true }),
          value('string', 'yes/no', { token: 'SKIPME', optional: true }),
        ],
        { multiple: true },
      ),
    ]),
  ],
  execution: {
    on: 'connection',
    run(call) {
      const { argv, reply, server, session } = call;
      const filter = argv.count === 3 ? { address: argv.shown(2), sparesCaller: false } : readFilter(call);
      if (typeof filter === 'string') return reply.error(filter);
      const found = [...server.clients.all()].filter((client) => isMeant(client, filter, session));
      for (const client of found) {
        // One that kills itself is still told so.
        if (client === session) session.closeAfterReplies();
        else client.kill();
      }
      if (argv.count > 3) reply.integer(found.length);
      else if (found.length > 0) reply.ok();
      else reply.error('ERR No such client');
    },
  },
});

function isMeant(client: Session, filter: Filter, caller: Session): boolean {
  const { address, id, localAddress, sparesCaller, type } = filter;
  if (address !== undefined && address !== client.addresses.remote) return false;
  if (localAddress !== undefined && localAddress !== client.addresses.local) return false;
  if (type !== undefined && type !== 'normal') return false;
  if (id !== undefined && id !== client.id) return false;
  return !(sparesCaller && client === caller);
}

/** The filter that the pairs of words make, or the error to reply. */
function readFilter(call: ConnectionCall): Filter | string {
  const { argv } = call;
  const filter: Filter = { sparesCaller: true };
  for (let i = 2; i < argv.count; i += 2) {
    const at = i + 1;
    if (at === argv.count) return SYNTAX_ERROR;
    if (argv.is(i, 'id')) {
      const id = call.integer(at);
      if (id === undefined || id < 1) return 'ERR client-id should be greater than 0';
      filter.id = Number(id);
    } else if (argv.is(i, 'type')) {
      const type = clientType(argv.latin1(at));
      if (type === undefined) return unknownType(argv.shown(at));
      filter.type = type;
    } else if (argv.is(i, 'addr')) {
      filter.address = argv.shown(at);
    } else if (argv.is(i, 'laddr')) {
      filter.localAddress = argv.shown(at);
    } else if (argv.is(i, 'user')) {
      // Every client is the one user there is.
      if (argv.latin1(at) !== 'default') return `ERR No such user '${argv.shown(at)}'`;
    } else if (argv.is(i, 'skipme')) {
      if (!argv.is(at, 'yes') && !argv.is(at, 'no')) return SYNTAX_ERROR;
      filter.sparesCaller = argv.is(at, 'yes');
    } else {
      return SYNTAX_ERROR;
    }
  }
  return filter;
}
