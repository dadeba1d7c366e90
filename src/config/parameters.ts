/**
 * The parameter table: every setting there is, by Redis's name. What reads settings (argv, CONFIG SET) and what
 * shows them (CONFIG GET, --help, docs) is driven by this table alone. Main thread.
 */
import { availableParallelism } from 'node:os';

/** Whether CONFIG SET may change it; a protected one it may not for the sake of safety. */
export type Mutability = 'live' | 'fixed' | 'protected';

interface Common {
  readonly name: string;
  readonly summary: string;
  readonly mutability: Mutability;
}
export interface IntegerParameter extends Common {
  readonly type: 'integer';
  readonly default: number;
  readonly min: number;
  readonly max: number;
}
/** Bytes, with Redis's units (1k = 1000, 1kb = 1024, m, mb, g, gb); CONFIG GET shows plain bytes. */
export interface MemoryParameter extends Common {
  readonly type: 'memory';
  readonly default: number;
  readonly min: number;
  readonly max: number;
}
export interface EnumParameter extends Common {
  readonly type: 'enum';
  readonly default: string;
  readonly values: readonly string[];
}
export interface StringParameter extends Common {
  readonly type: 'string';
  readonly default: string;
  /** Why a value is refused, null if it is not. */
  readonly refuse?: (value: string) => string | null;
}
/** Words separated by blanks. */
export interface ListParameter extends Common {
  readonly type: 'list';
  readonly default: string;
}
export type Parameter = IntegerParameter | MemoryParameter | EnumParameter | StringParameter | ListParameter;

const INT_MAX = 2147483647;

/**
 * One shard for each core beside the main thread's, and two on two cores, where that was measured to be best
 * (docs/benchmarks.md, "How many shards").
 */
function defaultShards(): number {
  return Math.max(2, availableParallelism() - 1);
}

/** What is refused until the server can do it, so that nobody believes in an effect there is not. */
function onlyUntilPersistence(accepted: string): (value: string) => string | null {
  return (value) => (value === accepted ? null : 'this version keeps data in memory only');
}

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
    type: 'string',
    default: '',
    refuse: onlyUntilPersistence(''),
    mutability: 'live',
    summary: 'when to save snapshots; only "" until there are any',
  },
  appendonly: {
    name: 'appendonly',
    type: 'enum',
    default: 'no',
    values: ['no'],
    mutability: 'live',
    summary: 'whether to keep an append-only file; only no until there is one',
  },
} as const satisfies Record<string, Parameter>;

export type ParameterName = keyof typeof parameters;
/** The value of a parameter in memory: a number for integers and memory, text for the others. */
export type ParameterValue<N extends ParameterName> = (typeof parameters)[N] extends {
  type: 'integer' | 'memory';
}
  ? number
  : string;

export function findParameter(name: string): Parameter | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(parameters, lower) ? parameters[lower as ParameterName] : undefined;
}
