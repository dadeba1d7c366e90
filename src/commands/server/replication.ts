/** ROLE, REPLICAOF, SLAVEOF: of a server that has no replicas and can't be one yet. Main thread. */
import { type Declaration, define } from '../command.js';
import { block, oneof, token, value } from '../grammar.js';

export const role = define({
  name: 'role',
  group: 'server',
  since: '2.8.12',
  summary: 'Return the role of the instance in the context of replication',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  execution: {
    on: 'connection',
    run({ reply }) {
      reply.array(3);
      reply.bulkText('master');
      // How far the stream for replicas goes: there is none.
      reply.integer(0);
      reply.array(0);
    },
  },
});

const PORT_MAX = 65535;

const common: Pick<Declaration, 'group' | 'summary' | 'complexity' | 'flags' | 'arguments' | 'execution'> = {
  group: 'server',
  summary: 'Make the server a replica of another instance, or promote it as master.',
  complexity: 'O(1)',
  flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
  arguments: [
    oneof('args', [
      block('host-port', [value('string', 'host'), value('integer', 'port')]),
      block('no-one', [token('NO'), token('ONE')]),
    ]),
  ],
  execution: {
    on: 'connection',
    run(call) {
      const { argv, reply } = call;
      if (argv.is(1, 'no') && argv.is(2, 'one')) return reply.ok();
      const port = call.integer(2);
      if (port === undefined || port < 0 || port > PORT_MAX) return reply.error('ERR Invalid master port');
      reply.error("ERR this version can't be a replica of another server");
    },
  },
};

export const replicaof = define({ ...common, name: 'replicaof', since: '5.0.0', arity: 3 });

export const slaveof = define({
  ...common,
  name: 'slaveof',
  since: '1.0.0',
  arity: 3,
});
