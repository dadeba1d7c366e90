/**
 * DEBUG, as far as what it looks into is there: means for tests, which enable-debug-command allows or not. Main thread,
 * but for what every shard must know.
 */

import { NO_ENTRY } from '../../keyspace/database.js';
import { wrongSubcommand } from '../../protocol/reply-errors.js';
import type { ConnectionCall } from '../calls.js';
import { type Declaration, define, helpOf } from '../command.js';
import { encodingOf, referencesOf } from '../generic/object.js';
import { serialize } from '../generic/serialized-values.js';
import { key, value } from '../grammar.js';
import { notAllowed } from './not-allowed.js';
import { protocolSample, SAMPLES } from './protocol-samples.js';

const common: Pick<Declaration, 'group' | 'since' | 'complexity' | 'flags'> = {
  group: 'server',
  since: '1.0.0',
  complexity: 'O(1)',
  flags: ['admin', 'noscript', 'loading', 'stale'],
};

/** One subcommand that the main thread runs by itself. */
function onMain(
  name: string,
  summary: string,
  argumentName: string | null,
  run: (call: ConnectionCall) => void,
): Declaration {
  const words = argumentName === null ? [] : [value('string', argumentName)];
  return define({ ...common, name, summary, arguments: words, execution: { on: 'connection', run } });
}

const sleep = onMain('sleep', 'Stop the server for a time', 'seconds', ({ argv, reply, server }) => {
  const seconds = Number.parseFloat(argv.latin1(2));
  if (seconds > 0) server.sleep(seconds * 1000);
  reply.ok();
});

const log = onMain('log', 'Write a message to the log', 'message', ({ argv, reply, server }) => {
  server.warn(`DEBUG LOG: ${argv.latin1(2)}`);
  reply.ok();
});

const error = onMain('error', 'Reply with an error', 'message', ({ argv, reply }) => {
  reply.error(argv.latin1(2));
});

const protocol = onMain('protocol', 'Reply with a value of a type', 'type', ({ argv, reply }) => {
  const sample = protocolSample(argv.latin1(2).toLowerCase(), reply.resp);
  if (sample === undefined) {
    const types = SAMPLES.join('|');
    reply.error(`ERR Wrong protocol type name. Please use one of the following: ${types}`);
  } else {
    reply.raw(sample, 0, sample.length);
  }
});

/** What needs files, which there are none of: said clearly, since a test that believes it happened would prove nothing. */
function needsFiles(name: string, summary: string): Declaration {
  return define({
    ...common,
    name,
    summary,
    arguments: [value('string', 'option', { optional: true, multiple: true })],
    execution: {
      on: 'connection',
      run: ({ reply }) =>
        reply.error(`ERR DEBUG ${name.toUpperCase()} needs files: this version keeps data in memory only`),
    },
  });
}

const reload = needsFiles('reload', 'Save the data and load them again');
const loadAof = needsFiles('loadaof', 'Load the append-only file again');

const setActiveExpire = define({
  ...common,
  name: 'set-active-expire',
  summary: 'Whether expired keys are removed without anybody looking them up',
  arguments: [value('string', 'enabled')],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'all_shards',
    join: 'all_succeeded',
    run({ argv, keyspace, reply }) {
      // What is no number counts as 0, as in Redis.
      keyspace.expiresActively = (Number.parseInt(argv.latin1(2), 10) || 0) !== 0;
      reply.ok();
    },
  },
});

const object = define({
  ...common,
  name: 'object',
  summary: 'How a value is kept',
  arguments: [key('key', ['RO'])],
  execution: {
    on: 'shard',
    hops: 1,
    request: 'keys',
    run(call) {
      const { argv, database, keyspace, reply } = call;
      const entry = database.peek(argv, 2);
      if (entry === NO_ENTRY) return reply.error('ERR no such key');
      const fields = {
        // What stands for an address: it is the same as long as the entry stays where it is.
        at: `0x${entry.toString(16)}`,
        refcount: referencesOf(database, entry),
        encoding: encodingOf(database, entry),
        // Without the type byte.
        serializedlength: serialize(call, entry).position - 1,
        lru: database.access(entry),
        lru_seconds_idle: keyspace.accessClock.idleSeconds(database.access(entry)),
      };
      const text = Object.entries(fields).map(([name, figure]) => `${name}:${figure}`);
      reply.simple(`Value ${text.join(' ')}`);
    },
  },
});

const help = define({
  ...common,
  ...helpOf('debug', [
    'ERROR <string>',
    '    Return a Redis protocol error with <string> as message. Useful for clients',
    '    unit tests to simulate Redis errors.',
    'LOG <message>',
    '    Write <message> to the server log.',
    'OBJECT <key>',
    '    Show how the value of <key> is kept.',
    'PROTOCOL <type>',
    '    Reply with a test value of the specified type. <type> can be: string,',
    '    integer, double, bignum, null, array, set, map, attrib, push, verbatim,',
    '    true, false.',
    'SET-ACTIVE-EXPIRE <0|1>',
    '    Setting it to 0 disables expiring keys when they are due if they are not',
    '    accessed. Setting it to 1 reenables back the default.',
    'SLEEP <seconds>',
    '    Stop the server for <seconds>. Decimals allowed.',
  ]),
});

export const debug = define({
  name: 'debug',
  group: 'server',
  since: '1.0.0',
  summary: 'A container for debugging commands',
  complexity: 'Depends on subcommand.',
  flags: ['admin', 'noscript', 'loading', 'stale'],
  ownSubcommands: true,
  guard({ server, session }) {
    const allowed = server.config.get('enable-debug-command');
    return allowed === 'yes' || (allowed === 'local' && session.isLocal) ? null : notAllowed('debug');
  },
  subcommands: [error, loadAof, log, object, protocol, reload, setActiveExpire, sleep, help],
  execution: { on: 'connection', run: ({ argv, reply }) => reply.error(wrongSubcommand('debug', argv)) },
});
