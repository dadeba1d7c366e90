/** CONFIG: GET, SET, RESETSTAT, HELP. Main thread, and SET on every shard too, each having settings of its own. */
import { ConfigError } from '../../config/config.js';
import type { Argv } from '../../protocol/argv.js';
import { SYNTAX_ERROR } from '../../protocol/reply-errors.js';
import { bytesOf, textOf } from '../../protocol/text-bytes.js';
import { containerOnly, type Declaration, define, helpOf } from '../command.js';
import { block, value } from '../grammar.js';

/** Longer than any setting; what is longer is cut, since a string cannot be as long as an argument. */
const VALUE_BYTES_MAX = 64 * 1024;

const common: Pick<Declaration, 'group' | 'complexity' | 'flags'> = {
  group: 'server',
  complexity: 'O(N) when N is the number of configuration parameters provided',
  flags: ['admin', 'noscript', 'loading', 'stale'],
};

const get = define({
  ...common,
  name: 'get',
  since: '2.0.0',
  summary: 'Get the values of configuration parameters',
  arguments: [block('parameter', [value('string', 'parameter')], { multiple: true })],
  execution: {
    on: 'connection',
    run({ argv, reply, server }) {
      const patterns: string[] = [];
      for (let i = 2; i < argv.count; i++) patterns.push(argv.latin1(i));
      const found = server.config.match(patterns);
      reply.map(found.length);
      for (const [name, text] of found) {
        reply.bulkText(name);
        const bytes = bytesOf(text);
        reply.bulk(bytes, 0, bytes.length);
      }
    },
  },
});

const set = define({
  ...common,
  name: 'set',
  since: '2.0.0',
  summary: 'Set configuration parameters to the given values',
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  arguments: [
    block('parameter_value', [value('string', 'parameter'), value('string', 'value')], { multiple: true }),
  ],
  // The main thread's settings come first: what it does not refuse no shard refuses.
  execution: {
    on: 'shard',
    hops: 1,
    request: 'all_shards',
    join: 'all_succeeded',
    refuse({ argv, server }) {
      if (argv.count % 2 === 1) return SYNTAX_ERROR;
      try {
        server.config.setLive(pairsOf(argv));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        return `ERR ${error.message}`;
      }
      return null;
    },
    run({ argv, reply, shard }) {
      shard.config.setLive(pairsOf(argv));
      reply.ok();
    },
  },
});

/** The parameters that CONFIG SET names, with their values. */
function pairsOf(argv: Argv): [name: string, text: string][] {
  const pairs: [string, string][] = [];
  for (let i = 2; i < argv.count; i += 2) {
    const start = argv.start(i + 1);
    const end = Math.min(argv.end(i + 1), start + VALUE_BYTES_MAX);
    const bytes = argv.source(i + 1).subarray(start, end);
    pairs.push([argv.latin1(i), textOf(bytes)]);
  }
  return pairs;
}

const resetStat = define({
  ...common,
  complexity: 'O(1)',
  name: 'resetstat',
  since: '2.0.0',
  summary: 'Reset the stats returned by INFO',
  tips: [],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'all_shards',
    join: (_parts, { reply, server }) => {
      server.resetStatistics();
      reply.ok();
    },
    run({ keyspace, reply }) {
      keyspace.resetCounters();
      reply.ok();
    },
  },
});

const rewrite = define({
  ...common,
  name: 'rewrite',
  since: '2.8.0',
  summary: 'Rewrite the configuration file with the in memory configuration',
  complexity: 'O(1)',
  execution: {
    on: 'connection',
    run({ reply, server }) {
      if (server.config.filePath === '') {
        return reply.error('ERR The server is running without a config file');
      }
      try {
        server.rewriteConfig();
      } catch (error) {
        server.warn(`CONFIG REWRITE failed: ${(error as Error).message}`);
        return reply.error(`ERR Rewriting config file: ${(error as Error).message}`);
      }
      reply.ok();
    },
  },
});

const help = define({
  ...common,
  flags: ['loading', 'stale'],
  since: '5.0.0',
  ...helpOf('config', [
    'GET <pattern>',
    '    Return parameters matching the glob-like <pattern> and their values.',
    'SET <directive> <value>',
    '    Set the configuration <directive> to <value>.',
    'RESETSTAT',
    '    Reset statistics reported by the INFO command.',
    'REWRITE',
    '    Rewrite the configuration file.',
  ]),
});

export const config = define({
  name: 'config',
  group: 'server',
  since: '2.0.0',
  summary: 'A container for server configuration commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  subcommands: [get, set, resetStat, rewrite, help],
  execution: containerOnly,
});
