/**
 * The parameter table: every setting there is, by Redis's name. What reads settings (argv, CONFIG SET) and what
 * shows them (CONFIG GET, --help, docs) is driven by this table alone. Main thread.
 *
 * Those without an effect stand in inert-parameters.ts; one that gets an effect moves here.
 */
import { availableParallelism } from 'node:os';
import { inertParameters } from './inert-parameters.js';
import { INT_MAX, LONG_MAX, type Parameter } from './parameter.js';

/**
 * One shard for each core beside the main thread's, and two on two cores, where that was measured to be best
 * (docs/benchmarks.md, "How many shards").
 */
function defaultShards(): number {
  return Math.max(2, availableParallelism() - 1);
}

const ULONG_MAX = 18446744073709551615n;

/** What is refused until the server can do it, so that nobody believes in an effect there is not. */
function only<V>(accepted: V, why: string): (value: V) => string | null {
  return (value) => (value === accepted ? null : why);
}

const NOTHING_KEPT = 'this version keeps data in memory only';

export const parameters = {
  port: {
    name: 'port',
    type: 'integer',
    default: 3002,
    min: 0,
    max: 65535,
    mutability: 'fixed',
    summary: 'TCP port to listen on; 0 takes any free one',
  },
  bind: {
    name: 'bind',
    type: 'list',
    default: '127.0.0.1',
    mutability: 'fixed',
    summary: 'addresses to listen on; one behind a - may be missing, * means all',
  },
  'tcp-backlog': {
    name: 'tcp-backlog',
    type: 'integer',
    default: 511,
    min: 0,
    max: INT_MAX,
    mutability: 'fixed',
    summary: 'connections the system may hold that are not accepted yet',
  },
  shards: {
    name: 'shards',
    type: 'integer',
    default: defaultShards(),
    min: 1,
    max: 1024,
    mutability: 'fixed',
    summary: 'worker threads, each with its part of the keys',
  },
  databases: {
    name: 'databases',
    type: 'integer',
    default: 16,
    min: 1,
    max: INT_MAX,
    mutability: 'fixed',
    summary: 'databases that SELECT can choose from',
  },
  maxclients: {
    name: 'maxclients',
    type: 'integer',
    default: 10000,
    min: 1,
    max: 4294967295,
    mutability: 'live',
    summary: 'connections served at once; more are refused with an error',
  },
  timeout: {
    name: 'timeout',
    type: 'integer',
    default: 0,
    min: 0,
    max: INT_MAX,
    mutability: 'live',
    summary: 'seconds after which an idle connection is closed; 0 for never',
  },
  'tcp-keepalive': {
    name: 'tcp-keepalive',
    type: 'integer',
    default: 300,
    min: 0,
    max: INT_MAX,
    mutability: 'live',
    summary: 'seconds between keep-alive probes on a connection; 0 for none',
  },
  'proto-max-bulk-len': {
    name: 'proto-max-bulk-len',
    type: 'memory',
    default: 512 * 1024 * 1024,
    min: 1024 * 1024,
    // A reply must fit one Node.js buffer with its header, and batch offsets are 32-bit.
    max: INT_MAX - 65536,
    mutability: 'live',
    summary: 'largest argument of a command',
  },
  loglevel: {
    name: 'loglevel',
    type: 'enum',
    default: 'notice',
    values: ['debug', 'verbose', 'notice', 'warning'],
    mutability: 'live',
    summary: 'least important messages to be logged',
  },
  logfile: {
    name: 'logfile',
    type: 'string',
    default: '',
    mutability: 'fixed',
    summary: 'file to log to; standard output without one',
  },
  dir: {
    name: 'dir',
    type: 'string',
    default: '.',
    mutability: 'protected',
    summary: 'working directory',
  },
  save: {
    name: 'save',
    type: 'list',
    default: '',
    refuse: only('', NOTHING_KEPT),
    mutability: 'live',
    summary: 'when to save snapshots; only "" until there are any',
  },
  appendonly: {
    name: 'appendonly',
    type: 'boolean',
    default: 'no',
    refuse: only('no', NOTHING_KEPT),
    mutability: 'live',
    summary: 'whether to keep an append-only file; only no until there is one',
  },
  maxmemory: {
    name: 'maxmemory',
    type: 'memory',
    default: 0,
    min: 0,
    max: ULONG_MAX,
    refuse: (bytes) => (bytes === 0 ? null : 'this version does not limit its memory'),
    mutability: 'live',
    summary: 'most memory to use; only 0, no limit, until there is one',
  },
  'maxmemory-policy': {
    name: 'maxmemory-policy',
    type: 'enum',
    default: 'noeviction',
    values: [
      'volatile-lru',
      'volatile-lfu',
      'volatile-random',
      'volatile-ttl',
      'allkeys-lru',
      'allkeys-lfu',
      'allkeys-random',
      'noeviction',
    ],
    mutability: 'live',
    summary:
      'which keys to give up when memory is short; until any are, only whether it is kept when a key was used last, or how often',
  },
  'lfu-log-factor': {
    name: 'lfu-log-factor',
    type: 'integer',
    default: 10,
    min: 0,
    max: INT_MAX,
    mutability: 'live',
    summary: 'how much slower each step of the counter of uses comes than the one before',
  },
  'lfu-decay-time': {
    name: 'lfu-decay-time',
    type: 'integer',
    default: 1,
    min: 0,
    max: INT_MAX,
    mutability: 'live',
    summary: 'minutes in which the counter of uses of a key that is not used falls by one; 0 for never',
  },
  requirepass: {
    name: 'requirepass',
    type: 'string',
    default: '',
    refuse: only('', 'this version has no passwords'),
    mutability: 'live',
    summary: 'password that clients must give; only "" until there are passwords',
  },
  'min-replicas-to-write': {
    name: 'min-replicas-to-write',
    alias: 'min-slaves-to-write',
    type: 'integer',
    default: 0,
    min: 0,
    max: INT_MAX,
    refuse: (count) => (count === 0 ? null : 'this version has no replicas'),
    mutability: 'live',
    summary: 'replicas without which writes are refused; only 0 until there are any',
  },
  'notify-keyspace-events': {
    name: 'notify-keyspace-events',
    type: 'string',
    default: '',
    refuse: only('', 'this version sends no notifications'),
    mutability: 'live',
    summary: 'events on keys to tell subscribers of; only "" until there are subscribers',
  },
  'hll-sparse-max-bytes': {
    name: 'hll-sparse-max-bytes',
    type: 'memory',
    default: 3000,
    min: 0,
    max: LONG_MAX,
    mutability: 'live',
    summary: 'most bytes of a HyperLogLog that is stored sparsely',
  },
  rdbcompression: {
    name: 'rdbcompression',
    type: 'boolean',
    default: 'yes',
    mutability: 'live',
    summary: 'whether strings that DUMP gives are compressed',
  },
  'protected-mode': {
    name: 'protected-mode',
    type: 'boolean',
    default: 'yes',
    mutability: 'live',
    summary: 'whether clients of other machines are turned away, since there are no passwords',
  },
  daemonize: {
    name: 'daemonize',
    type: 'boolean',
    default: 'no',
    refuse: only('no', 'this server stays in the foreground; leave it to a service manager'),
    mutability: 'fixed',
    summary: 'whether to go into the background; only no',
  },
  supervised: {
    name: 'supervised',
    type: 'string',
    default: 'no',
    refuse: only('no', 'this version tells no service manager when it is ready'),
    mutability: 'fixed',
    summary: 'which service manager to tell that the server is ready; only no',
  },
  pidfile: {
    name: 'pidfile',
    type: 'string',
    default: '',
    mutability: 'fixed',
    summary: "file with the process's number, while it runs; none without a name",
  },
  'enable-module-command': {
    name: 'enable-module-command',
    type: 'string',
    default: 'no',
    refuse: only('no', 'this version loads no modules'),
    mutability: 'fixed',
    summary: 'whether MODULE may load modules; only no',
  },
  'enable-debug-command': {
    name: 'enable-debug-command',
    type: 'enum',
    default: 'no',
    values: ['no', 'yes', 'local'],
    mutability: 'fixed',
    summary: 'whether DEBUG may be used: never, by every client, or by those on this machine',
  },
} as const satisfies Record<string, Parameter>;

export type ParameterName = keyof typeof parameters;
/** The value of a parameter in memory: a number for integers and memory, text for the others. */
export type ParameterValue<N extends ParameterName> = (typeof parameters)[N] extends {
  type: 'integer' | 'memory';
}
  ? number
  : string;

/** Every setting there is, those without an effect last. */
export const allParameters: readonly Parameter[] = [...Object.values(parameters), ...inertParameters];

/** Every name there is, in lower case, with its parameter; an alias is a name. */
export const parameterNames: ReadonlyMap<string, Parameter> = new Map(
  allParameters.flatMap((parameter) => {
    const { alias, name } = parameter;
    return alias === undefined
      ? [[name, parameter]]
      : [
          [name, parameter],
          [alias, parameter],
        ];
  }),
);

export function findParameter(name: string): Parameter | undefined {
  return parameterNames.get(name.toLowerCase());
}
