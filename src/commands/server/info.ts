/**
 * INFO. Every shard gives its figures as JSON in a bulk string, the main thread adds its own and writes the text.
 * Every line is measured or configured; what cannot be known yet is left out.
 */
import type { ConnectionCall, ServerFigures, ShardFigures } from '../calls.js';
import { define } from '../command.js';
import { REDIS_VERSION } from '../connection/hello.js';
import { value } from '../grammar.js';
import {
  fromFigures,
  humanBytes,
  type MemoryFigures,
  memoryFigures,
  percent,
  sum,
} from './memory-figures.js';

/** What a section's lines are made from. */
interface Figures {
  readonly call: ConnectionCall;
  readonly server: ServerFigures;
  readonly shards: readonly ShardFigures[];
  readonly memory: MemoryFigures;
}

type Lines = readonly (readonly [field: string, value: string | number])[];

const sections: Readonly<
  Record<string, { readonly title: string; readonly lines: (figures: Figures) => Lines }>
> = {
  server: {
    title: 'Server',
    lines: ({ call, server, shards }) => {
      const { uptimeSeconds } = server;
      return [
        // The version whose behaviour clients may rely on; some of them decide by it what to send.
        ['redis_version', REDIS_VERSION],
        ['redis_mode', 'standalone'],
        ['sherd_version', server.version],
        ['node_version', process.versions.node],
        ['os', `${process.platform} ${process.arch}`],
        ['arch_bits', /64|s390x/.test(process.arch) ? 64 : 32],
        ['multiplexing_api', 'libuv'],
        ['process_id', process.pid],
        ['run_id', server.runId],
        ['tcp_port', server.port],
        ['server_time_usec', call.server.nowMicros()],
        ['uptime_in_seconds', uptimeSeconds],
        ['uptime_in_days', Math.floor(uptimeSeconds / 86_400)],
        ['executable', process.execPath],
        ['config_file', call.server.config.filePath],
        ['shards', shards.length],
        ...server.listening.map((address, i) => [`listener${i}`, address] as const),
      ];
    },
  },
  clients: {
    title: 'Clients',
    lines: ({ call, server }) => [
      ['connected_clients', server.connectedClients],
      ['maxclients', call.server.config.get('maxclients')],
      ['client_recent_max_input_buffer', server.queryBufferBytesMax],
      ['paused_clients', server.pausedConnections],
    ],
  },
  memory: {
    title: 'Memory',
    lines: ({ call, memory }) => {
      const { allocated, dataset, peak, reserved, rss, used } = memory;
      const { config } = call.server;
      return [
        ['used_memory', used],
        ['used_memory_human', humanBytes(used)],
        ['used_memory_rss', rss],
        ['used_memory_rss_human', humanBytes(rss)],
        ['used_memory_peak', peak],
        ['used_memory_peak_human', humanBytes(peak)],
        ['used_memory_peak_perc', `${percent(used, peak).toFixed(2)}%`],
        ['used_memory_overhead', used - dataset],
        ['used_memory_dataset', dataset],
        ['used_memory_dataset_perc', `${percent(dataset, used).toFixed(2)}%`],
        ['used_memory_main_heap', memory.mainHeap],
        ['used_memory_main_external', memory.mainExternal],
        ['allocator_allocated', allocated],
        ['allocator_active', reserved],
        ['total_system_memory', memory.system],
        ['total_system_memory_human', humanBytes(memory.system)],
        ['maxmemory', config.get('maxmemory')],
        ['maxmemory_human', humanBytes(config.get('maxmemory'))],
        ['maxmemory_policy', config.show('maxmemory-policy')],
        ['allocator_frag_ratio', (allocated === 0 ? 1 : reserved / allocated).toFixed(2)],
        ['allocator_frag_bytes', reserved - allocated],
        ['mem_fragmentation_ratio', (rss / used).toFixed(2)],
        ['mem_fragmentation_bytes', rss - used],
        ['mem_allocator', 'slabs'],
        ['active_defrag_running', memory.compacting ? 1 : 0],
      ];
    },
  },
  persistence: {
    title: 'Persistence',
    lines: ({ shards }) => [
      // Nothing is ever loaded or saved: every change is one since the last save.
      ['loading', 0],
      ['async_loading', 0],
      ['rdb_changes_since_last_save', sum(shards, (shard) => shard.changes)],
      ['rdb_bgsave_in_progress', 0],
      ['rdb_saves', 0],
      ['aof_enabled', 0],
      ['aof_rewrite_in_progress', 0],
      ['aof_rewrite_scheduled', 0],
      ['aof_rewrites', 0],
    ],
  },
  stats: {
    title: 'Stats',
    lines: ({ server, shards }) => [
      ['total_connections_received', server.connectionsReceived],
      ['total_commands_processed', server.commandsProcessed],
      ['instantaneous_ops_per_sec', server.commandsPerSecond],
      ['total_net_input_bytes', server.inputBytes],
      ['total_net_output_bytes', server.outputBytes],
      ['instantaneous_input_kbps', (server.inputBytesPerSecond / 1024).toFixed(2)],
      ['instantaneous_output_kbps', (server.outputBytesPerSecond / 1024).toFixed(2)],
      ['rejected_connections', server.connectionsRejected],
      ['expired_keys', sum(shards, (shard) => shard.expired)],
      ['keyspace_hits', sum(shards, (shard) => shard.hits)],
      ['keyspace_misses', sum(shards, (shard) => shard.misses)],
      // MIGRATE is not there, so none of its connections is kept.
      ['migrate_cached_sockets', 0],
    ],
  },
  keyspace: {
    title: 'Keyspace',
    lines: ({ call, shards }) => {
      const lines: [string, string][] = [];
      for (let index = 0; index < call.server.config.get('databases'); index++) {
        const parts = shards.flatMap((shard) =>
          shard.databases.filter((database) => database.index === index),
        );
        const keys = sum(parts, (part) => part.keys);
        if (keys === 0) continue;
        const expires = sum(parts, (part) => part.expiring);
        const ttl = expires === 0 ? 0 : sum(parts, (part) => part.averageTtlMs * part.expiring) / expires;
        lines.push([`db${index}`, `keys=${keys},expires=${expires},avg_ttl=${Math.round(ttl)}`]);
      }
      return lines;
    },
  },
  order: {
    title: 'Order',
    lines: ({ server: { order } }) => [
      ['sequenced_steps', order.sequenced],
      ['first_hops', order.firstHops],
      ['waited_commands', order.waited],
      ['waited_usec', Math.round(order.waitedMicros)],
      ['commands_in_flight', order.claims],
      ['barriers', order.barriers],
    ],
  },
  shards: {
    title: 'Shards',
    lines: ({ server, shards }) =>
      shards.map((shard, i) => {
        const fields = {
          slots: server.slotRanges[i].join('-'),
          keys: sum(shard.databases, (database) => database.keys),
          expires: sum(shard.databases, (database) => database.expiring),
          used_memory: sum(shard.databases, (database) => database.usedBytes),
          reserved_memory: sum(shard.databases, (database) => database.reservedBytes),
          heap: shard.heapBytes,
          external: shard.externalBytes,
          commands: shard.commands,
          batches: shard.batches,
          hits: shard.hits,
          misses: shard.misses,
          expired: shard.expired,
          queued_bytes: server.queuedBytes[i],
          busy: shard.utilization.toFixed(3),
        };
        const text = Object.entries(fields).map(([field, figure]) => `${field}=${figure}`);
        return [`shard${shard.shard}`, text.join(',')] as const;
      }),
  },
};

/** Words that mean every section. */
const ALL = new Set(['all', 'default', 'everything']);

export const info = define({
  name: 'info',
  group: 'server',
  since: '1.0.0',
  summary: 'Get information and statistics about the server',
  complexity: 'O(1)',
  flags: ['loading', 'stale'],
  categories: ['dangerous'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  arguments: [value('string', 'section', { optional: true, multiple: true })],
  execution: fromFigures((shards, call) => {
    const figures: Figures = { call, server: call.server.figures(), shards, memory: memoryFigures(shards) };
    const text = wantedSections(call).map((name) => {
      const { title, lines } = sections[name];
      return [`# ${title}`, ...lines(figures).map(([field, figure]) => `${field}:${figure}`), ''].join(
        '\r\n',
      );
    });
    call.reply.verbatim('txt', text.join('\r\n'));
  }),
});

function wantedSections({ argv }: ConnectionCall): string[] {
  const asked = new Set<string>();
  for (let i = 1; i < argv.count; i++) asked.add(argv.latin1(i).toLowerCase());
  const all = asked.size === 0 || [...asked].some((word) => ALL.has(word));
  return Object.keys(sections).filter((name) => all || asked.has(name));
}
