/**
 * Redis's parameters that clients and test suites set and that have no effect here yet, because what they tune is not
 * there or is built otherwise: they are checked as Redis checks them, kept, and shown by CONFIG GET and INFO. Main thread.
 *
 * One that gets an effect moves to parameters.ts. None may be here whose effect people rely on for the safety of their
 * data.
 */
import { mergeLimits, refuseLimits, STANDARD } from './output-buffer-limits.js';
import {
  type BooleanParameter,
  type EnumParameter,
  INT_MAX,
  INT_MIN,
  type IntegerParameter,
  LONG_MAX,
  type MemoryParameter,
  type Parameter,
  type StringParameter,
} from './parameter.js';

type Limits = readonly [min: number, max: number | bigint];
const ANY_LONG: Limits = [0, LONG_MAX];
const ANY_INT: Limits = [0, INT_MAX];

function integer(
  name: string,
  standard: number,
  [min, max]: Limits,
  summary: string,
  alias?: string,
): IntegerParameter {
  const common = {
    name,
    type: 'integer',
    default: standard,
    min,
    max,
    mutability: 'inert',
    summary,
  } as const;
  return alias === undefined ? common : { ...common, alias };
}

function memory(
  name: string,
  standard: number,
  min: number,
  summary: string,
  alias?: string,
): MemoryParameter {
  const limits = { min, max: LONG_MAX };
  const common = {
    name,
    type: 'memory',
    default: standard,
    ...limits,
    mutability: 'inert',
    summary,
  } as const;
  return alias === undefined ? common : { ...common, alias };
}

function boolean(name: string, standard: 'yes' | 'no', summary: string, alias?: string): BooleanParameter {
  const common = { name, type: 'boolean', default: standard, mutability: 'inert', summary } as const;
  return alias === undefined ? common : { ...common, alias };
}

function text(name: string, standard: string, summary: string): StringParameter {
  return { name, type: 'string', default: standard, mutability: 'inert', summary };
}

function choice(name: string, values: readonly string[], standard: string, summary: string): EnumParameter {
  return { name, type: 'enum', default: standard, values, mutability: 'inert', summary };
}

const OOM_SCORE_MAX = 2000;

function threeScores(words: readonly string[]): { value: string } | { refusal: string } {
  if (words.length !== 3) return { refusal: 'wrong number of arguments' };
  const areScores = words.every(
    (word) => /^-?\d{1,4}$/.test(word) && Math.abs(Number(word)) <= OOM_SCORE_MAX,
  );
  if (areScores) return { value: words.map(Number).join(' ') };
  return { refusal: 'Invalid oom-score-adj-values, elements must be between -2000 and 2000.' };
}

function refuseTemplate(template: string): string | null {
  const rest = template.replace(
    /\{(title|listen-addr|server-mode|port|tls-port|unixsocket|config-file)\}/g,
    'x',
  );
  return rest !== '' && !/[{}]/.test(rest)
    ? null
    : 'template format is invalid or contains unknown variables';
}

export const inertParameters: readonly Parameter[] = [
  // How collections are stored.
  integer(
    'hash-max-listpack-entries',
    512,
    ANY_LONG,
    'most fields of a hash that is one packed block',
    'hash-max-ziplist-entries',
  ),
  memory(
    'hash-max-listpack-value',
    64,
    0,
    'longest field or value of a hash that is one packed block',
    'hash-max-ziplist-value',
  ),
  integer(
    'list-max-listpack-size',
    -2,
    [INT_MIN, INT_MAX],
    'size of the nodes of a list',
    'list-max-ziplist-size',
  ),
  integer('list-compress-depth', 0, ANY_INT, 'nodes at the ends of a list that are not compressed'),
  integer(
    'set-max-intset-entries',
    512,
    ANY_LONG,
    'most members of a set that is one sorted array of integers',
  ),
  integer(
    'zset-max-listpack-entries',
    128,
    ANY_LONG,
    'most members of a sorted set that is one packed block',
    'zset-max-ziplist-entries',
  ),
  memory(
    'zset-max-listpack-value',
    64,
    0,
    'longest member of a sorted set that is one packed block',
    'zset-max-ziplist-value',
  ),
  memory('stream-node-max-bytes', 4096, 0, "bytes of a stream's node"),
  integer('stream-node-max-entries', 100, ANY_LONG, "entries of a stream's node"),
  choice(
    'sanitize-dump-payload',
    ['no', 'yes', 'clients'],
    'no',
    'whether RESTORE checks its payload in depth',
  ),
  // Memory and expiry.
  integer('maxmemory-samples', 5, [1, INT_MAX], 'keys looked at to find one to give up'),
  integer('maxmemory-eviction-tenacity', 10, [0, 100], 'time that giving keys up may take'),
  integer('active-expire-effort', 1, [1, 10], 'effort spent on removing expired keys'),
  boolean('lazyfree-lazy-eviction', 'no', 'whether keys given up are freed in the background'),
  boolean('lazyfree-lazy-expire', 'no', 'whether expired keys are freed in the background'),
  boolean('lazyfree-lazy-server-del', 'no', 'whether overwritten values are freed in the background'),
  boolean('lazyfree-lazy-user-del', 'no', 'whether DEL frees in the background'),
  boolean('lazyfree-lazy-user-flush', 'no', 'whether FLUSHALL frees in the background'),
  boolean('activerehashing', 'yes', 'whether hash tables are rehashed while the server is idle'),
  // The event loop, scripts and what is measured of commands.
  { ...integer('hz', 10, ANY_INT, 'rounds of background work a second'), clamp: [1, 500] },
  boolean('dynamic-hz', 'yes', 'whether the rounds become more with the clients'),
  integer(
    'busy-reply-threshold',
    5000,
    ANY_LONG,
    'milliseconds after which a script counts as slow',
    'lua-time-limit',
  ),
  integer(
    'slowlog-log-slower-than',
    10000,
    [-1, LONG_MAX],
    'microseconds from which a command is noted as slow',
  ),
  integer('slowlog-max-len', 128, ANY_LONG, 'slow commands to remember'),
  integer('latency-monitor-threshold', 0, ANY_LONG, 'milliseconds from which an event is noted as slow'),
  boolean('latency-tracking', 'yes', "whether each command's latencies are measured"),
  integer('tracking-table-max-keys', 1000000, ANY_LONG, "keys in clients' caches to remember"),
  // The process, and what it is to the system.
  {
    ...boolean('always-show-logo', 'no', 'whether the log begins with a picture'),
    mutability: 'inert, fixed',
  },
  {
    ...boolean('set-proc-title', 'yes', 'whether the process says more of itself than its name'),
    mutability: 'inert, fixed',
  },
  {
    ...text('proc-title-template', '{title} {listen-addr} {server-mode}', 'what it says then'),
    refuse: refuseTemplate,
  },
  choice(
    'oom-score-adj',
    ['no', 'yes', 'relative', 'absolute'],
    'no',
    'whether the system is told how welcome this process is when memory is short',
  ),
  {
    name: 'oom-score-adj-values',
    type: 'list',
    default: '0 200 800',
    merge: threeScores,
    mutability: 'inert',
    summary: 'what it is told for a master, a replica and a child',
  },
  { ...boolean('disable-thp', 'yes', 'whether huge pages are done without'), mutability: 'inert, fixed' },
  boolean('jemalloc-bg-thread', 'yes', 'whether the allocator of C has a thread of its own'),
  integer('acllog-max-len', 128, ANY_LONG, 'refusals for lack of rights to remember'),
  {
    name: 'client-output-buffer-limit',
    type: 'list',
    default: STANDARD,
    merge: mergeLimits,
    refuse: refuseLimits,
    mutability: 'inert',
    summary: 'most that clients of each class may leave unread; normal 0 0 0 alone for normal ones',
  },
  // Files; with appendonly no and save "" there are none.
  choice('appendfsync', ['everysec', 'always', 'no'], 'everysec', 'when the append-only file is synced'),
  boolean('no-appendfsync-on-rewrite', 'no', 'whether a rewrite suspends syncing'),
  integer('auto-aof-rewrite-percentage', 100, ANY_INT, 'growth at which the append-only file is rewritten'),
  memory('auto-aof-rewrite-min-size', 64 * 1024 * 1024, 0, 'smallest append-only file to be rewritten'),
  boolean('aof-use-rdb-preamble', 'yes', 'whether a rewritten append-only file begins as a snapshot'),
  boolean('aof-load-truncated', 'yes', 'whether an append-only file without its end is loaded'),
  boolean('aof-timestamp-enabled', 'no', 'whether the append-only file has times in it'),
  { ...boolean('rdbchecksum', 'yes', 'whether a snapshot ends with a checksum'), mutability: 'inert, fixed' },
  boolean('rdb-del-sync-files', 'no', "whether a replica's snapshot is removed when it is loaded"),
  boolean('rdb-save-incremental-fsync', 'yes', 'whether a snapshot is synced bit by bit'),
  { ...text('dbfilename', 'dump.rdb', 'name of the snapshot'), mutability: 'inert, protected' },
  {
    ...text('appendfilename', 'appendonly.aof', "name that the append-only files' names begin with"),
    mutability: 'inert, fixed',
  },
  {
    ...text('appenddirname', 'appendonlydir', 'directory of the append-only files'),
    mutability: 'inert, fixed',
  },
  boolean(
    'aof-rewrite-incremental-fsync',
    'yes',
    'whether a rewritten append-only file is synced bit by bit',
  ),
  boolean('stop-writes-on-bgsave-error', 'yes', 'whether writes are refused after a snapshot failed'),
  // Replication, which there is none of.
  boolean('repl-diskless-sync', 'yes', 'whether replicas get their snapshot without a file'),
  integer('repl-diskless-sync-delay', 5, ANY_INT, 'seconds to wait for more replicas'),
  integer(
    'repl-ping-replica-period',
    10,
    [1, INT_MAX],
    'seconds between pings to replicas',
    'repl-ping-slave-period',
  ),
  integer('repl-timeout', 60, [1, INT_MAX], 'seconds after which the other side is given up'),
  {
    ...memory('repl-backlog-size', 1024 * 1024, 1, 'bytes of the stream kept for replicas that were away'),
    clamp: [16384, Number.POSITIVE_INFINITY],
  },
  boolean('repl-disable-tcp-nodelay', 'no', 'whether what goes to replicas waits to fill packets'),
  choice(
    'repl-diskless-load',
    ['disabled', 'on-empty-db', 'swapdb'],
    'disabled',
    'whether a replica loads its snapshot without a file',
  ),
  integer('repl-diskless-sync-max-replicas', 0, ANY_INT, 'replicas after which the wait for more ends'),
  boolean(
    'replica-serve-stale-data',
    'yes',
    'whether a replica without its master still answers',
    'slave-serve-stale-data',
  ),
  boolean('replica-read-only', 'yes', 'whether a replica refuses writes', 'slave-read-only'),
  boolean(
    'replica-lazy-flush',
    'no',
    'whether a replica drops its data in the background',
    'slave-lazy-flush',
  ),
  integer('replica-priority', 100, ANY_INT, 'which replica is to become the master', 'slave-priority'),
  integer(
    'min-replicas-max-lag',
    10,
    ANY_INT,
    'seconds after which a replica does not count',
    'min-slaves-max-lag',
  ),
];
