/**
 * CLUSTER and the commands of its clients, as a server answers that is no part of a cluster: always with the same error.
 * Main thread.
 */
import { containerOnly, type Declaration, define, type Flag, type OnConnection } from '../command.js';
import { type Argument, block, oneof, token, value } from '../grammar.js';

const disabled: OnConnection = {
  on: 'connection',
  run: ({ reply }) => reply.error('ERR This instance has cluster support disabled'),
};

const ADMIN: readonly Flag[] = ['admin', 'stale', 'no_async_loading'];
const VARIES = ['nondeterministic_output'];

type Details = Partial<Pick<Declaration, 'arity' | 'since' | 'flags' | 'tips'>> & {
  readonly arguments?: readonly Argument[];
};

function subcommand(name: string, summary: string, complexity: string, details: Details = {}): Declaration {
  return define({
    name,
    group: 'cluster',
    since: '3.0.0',
    summary,
    complexity,
    flags: ['stale'],
    execution: disabled,
    ...details,
  });
}

const subcommands: readonly Declaration[] = [
  subcommand(
    'addslots',
    'Assign new hash slots to receiving node',
    'O(N) where N is the total number of hash slot arguments',
    { flags: ADMIN, arguments: [value('integer', 'slot', { multiple: true })] },
  ),
  subcommand(
    'addslotsrange',
    'Assign new hash slots to receiving node',
    'O(N) where N is the total number of the slots between the start slot and end slot arguments.',
    {
      since: '7.0.0',
      flags: ADMIN,
      arguments: [
        block('start-slot_end-slot', [value('integer', 'start-slot'), value('integer', 'end-slot')], {
          multiple: true,
        }),
      ],
    },
  ),
  subcommand('bumpepoch', 'Advance the cluster config epoch', 'O(1)', { flags: ADMIN, tips: VARIES }),
  subcommand(
    'count-failure-reports',
    'Return the number of failure reports active for a given node',
    'O(N) where N is the number of failure reports',
    { flags: ['admin', 'stale'], tips: VARIES, arguments: [value('string', 'node-id')] },
  ),
  subcommand('countkeysinslot', 'Return the number of local keys in the specified hash slot', 'O(1)', {
    arguments: [value('integer', 'slot')],
  }),
  subcommand(
    'delslots',
    'Set hash slots as unbound in receiving node',
    'O(N) where N is the total number of hash slot arguments',
    { flags: ADMIN, arguments: [value('integer', 'slot', { multiple: true })] },
  ),
  subcommand(
    'delslotsrange',
    'Set hash slots as unbound in receiving node',
    'O(N) where N is the total number of the slots between the start slot and end slot arguments.',
    {
      since: '7.0.0',
      flags: ADMIN,
      arguments: [
        block('start-slot_end-slot', [value('integer', 'start-slot'), value('integer', 'end-slot')], {
          multiple: true,
        }),
      ],
    },
  ),
  subcommand('failover', 'Forces a replica to perform a manual failover of its master.', 'O(1)', {
    flags: ADMIN,
    arguments: [oneof('options', [token('FORCE'), token('TAKEOVER')], { optional: true })],
  }),
  subcommand('flushslots', "Delete a node's own slots information", 'O(1)', { flags: ADMIN }),
  subcommand('forget', 'Remove a node from the nodes table', 'O(1)', {
    flags: ADMIN,
    arguments: [value('string', 'node-id')],
  }),
  subcommand(
    'getkeysinslot',
    'Return local key names in the specified hash slot',
    'O(log(N)) where N is the number of requested keys',
    { tips: VARIES, arguments: [value('integer', 'slot'), value('integer', 'count')] },
  ),
  subcommand('help', 'Show helpful text about the different subcommands', 'O(1)', {
    since: '5.0.0',
    flags: ['loading', 'stale'],
  }),
  subcommand('info', 'Provides info about Redis Cluster node state', 'O(1)', { tips: VARIES }),
  subcommand(
    'keyslot',
    'Returns the hash slot of the specified key',
    'O(N) where N is the number of bytes in the key',
    { arguments: [value('string', 'key')] },
  ),
  subcommand(
    'links',
    'Returns a list of all TCP links to and from peer nodes in cluster',
    'O(N) where N is the total number of Cluster nodes',
    { since: '7.0.0', tips: VARIES },
  ),
  subcommand('meet', 'Force a node cluster to handshake with another node', 'O(1)', {
    flags: ADMIN,
    arguments: [
      value('string', 'ip'),
      value('integer', 'port'),
      value('integer', 'cluster_bus_port', { optional: true }),
    ],
  }),
  subcommand('myid', 'Return the node id', 'O(1)'),
  subcommand(
    'nodes',
    'Get Cluster config for the node',
    'O(N) where N is the total number of Cluster nodes',
    { tips: VARIES },
  ),
  subcommand('replicas', 'List replica nodes of the specified master node', 'O(1)', {
    since: '5.0.0',
    flags: ['admin', 'stale'],
    tips: VARIES,
    arguments: [value('string', 'node-id')],
  }),
  subcommand('replicate', 'Reconfigure a node as a replica of the specified master node', 'O(1)', {
    flags: ADMIN,
    arguments: [value('string', 'node-id')],
  }),
  subcommand(
    'reset',
    'Reset a Redis Cluster node',
    'O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect.',
    {
      flags: ['admin', 'noscript', 'stale'],
      arguments: [oneof('hard_soft', [token('HARD'), token('SOFT')], { optional: true })],
    },
  ),
  subcommand('saveconfig', 'Forces the node to save cluster state on disk', 'O(1)', { flags: ADMIN }),
  subcommand('set-config-epoch', 'Set the configuration epoch in a new node', 'O(1)', {
    flags: ADMIN,
    arguments: [value('integer', 'config-epoch')],
  }),
  subcommand('setslot', 'Bind a hash slot to a specific node', 'O(1)', {
    arity: -4,
    flags: ADMIN,
    arguments: [
      value('integer', 'slot'),
      oneof('subcommand', [
        value('string', 'node-id', { token: 'IMPORTING' }),
        value('string', 'node-id', { token: 'MIGRATING' }),
        value('string', 'node-id', { token: 'NODE' }),
        token('STABLE'),
      ]),
    ],
  }),
  subcommand(
    'shards',
    'Get array of cluster slots to node mappings',
    'O(N) where N is the total number of cluster nodes',
    { since: '7.0.0', tips: VARIES },
  ),
  subcommand('slaves', 'List replica nodes of the specified master node', 'O(1)', {
    flags: ['admin', 'stale'],
    tips: VARIES,
    arguments: [value('string', 'node-id')],
  }),
  subcommand(
    'slots',
    'Get array of Cluster slot to node mappings',
    'O(N) where N is the total number of Cluster nodes',
    {
      tips: VARIES,
    },
  ),
];

export const cluster = define({
  name: 'cluster',
  group: 'cluster',
  since: '3.0.0',
  summary: 'A container for cluster commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  subcommands,
  execution: containerOnly,
});

function ofClients(name: string, summary: string, flags: readonly Flag[]): Declaration {
  return define({
    name,
    group: 'cluster',
    since: '3.0.0',
    summary,
    complexity: 'O(1)',
    flags,
    categories: ['connection'],
    execution: disabled,
  });
}

export const asking = ofClients('asking', 'Sent by cluster clients after an -ASK redirect', ['fast']);
export const readonly = ofClients(
  'readonly',
  'Enables read queries for a connection to a cluster replica node',
  ['loading', 'stale', 'fast'],
);
export const readwrite = ofClients(
  'readwrite',
  'Disables read queries for a connection to a cluster replica node',
  ['loading', 'stale', 'fast'],
);
