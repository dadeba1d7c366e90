/**
 * What Redis's versions changed of its commands, by full name: COMMAND DOCS tells it, and nothing else depends on it. It is
 * apart from the declarations because it is long and concerns other servers than this one; there is all of Redis 7.0.15's,
 * also of commands that are not here yet. Main thread.
 */

export interface Past {
  /** The version that discouraged the command, and what it names in its place. */
  readonly deprecatedSince?: string;
  readonly replacedBy?: string;
  /** Meant for servers, not for people. */
  readonly isInternal?: boolean;
  readonly history?: readonly (readonly [version: string, change: string])[];
  /** Arguments that came or went later than the command, by their place: `2.0` is the first part of the third one. */
  readonly arguments?: Readonly<
    Record<string, { readonly since?: string; readonly deprecatedSince?: string }>
  >;
}

export const pasts: Readonly<Record<string, Past>> = {
  'acl|getuser': {
    history: [
      ['6.2.0', 'Added Pub/Sub channel patterns.'],
      [
        '7.0.0',
        'Added selectors and changed the format of key and channel patterns from a list to their rule representation.',
      ],
    ],
  },
  'acl|setuser': {
    history: [
      ['6.2.0', 'Added Pub/Sub channel patterns.'],
      ['7.0.0', 'Added selectors and key based permissions.'],
    ],
  },
  auth: {
    history: [['6.0.0', 'Added ACL style (username and password).']],
    arguments: { '0': { since: '6.0.0' } },
  },
  bgsave: { history: [['3.2.2', 'Added the `SCHEDULE` option.']], arguments: { '0': { since: '3.2.2' } } },
  bitcount: {
    history: [['7.0.0', 'Added the `BYTE|BIT` option.']],
    arguments: { '1.2': { since: '7.0.0' } },
  },
  bitpos: {
    history: [['7.0.0', 'Added the `BYTE|BIT` option.']],
    arguments: { '2.1.1': { since: '7.0.0' } },
  },
  blpop: { history: [['6.0.0', '`timeout` is interpreted as a double instead of an integer.']] },
  brpop: { history: [['6.0.0', '`timeout` is interpreted as a double instead of an integer.']] },
  brpoplpush: {
    deprecatedSince: '6.2.0',
    replacedBy: '`BLMOVE` with the `RIGHT` and `LEFT` arguments',
    history: [['6.0.0', '`timeout` is interpreted as a double instead of an integer.']],
  },
  bzpopmax: { history: [['6.0.0', '`timeout` is interpreted as a double instead of an integer.']] },
  bzpopmin: { history: [['6.0.0', '`timeout` is interpreted as a double instead of an integer.']] },
  'client|kill': {
    history: [
      ['2.8.12', 'Added new filter format.'],
      ['2.8.12', '`ID` option.'],
      ['3.2.0', 'Added `master` type in for `TYPE` option.'],
      [
        '5.0.0',
        'Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility.',
      ],
      ['6.2.0', '`LADDR` option.'],
    ],
    arguments: {
      '0.0': { deprecatedSince: '2.8.12' },
      '0.1.0': { since: '2.8.12' },
      '0.1.1': { since: '2.8.12' },
      '0.1.1.1': { since: '3.2.0' },
      '0.1.1.3': { since: '5.0.0' },
      '0.1.4': { since: '6.2.0' },
    },
  },
  'client|list': {
    history: [
      ['2.8.12', 'Added unique client `id` field.'],
      ['5.0.0', 'Added optional `TYPE` filter.'],
      ['6.0.0', 'Added `user` field.'],
      ['6.2.0', 'Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter.'],
      ['7.0.0', 'Added `resp`, `multi-mem`, `rbs` and `rbp` fields.'],
      ['7.0.3', 'Added `ssub` field.'],
    ],
    arguments: { '0': { since: '5.0.0' }, '1': { since: '6.2.0' } },
  },
  'client|pause': {
    history: [['6.2.0', '`CLIENT PAUSE WRITE` mode added along with the `mode` option.']],
    arguments: { '1': { since: '6.2.0' } },
  },
  'cluster|meet': {
    history: [['4.0.0', 'Added the optional `cluster_bus_port` argument.']],
    arguments: { '2': { since: '4.0.0' } },
  },
  'cluster|slaves': { deprecatedSince: '5.0.0', replacedBy: '`CLUSTER REPLICAS`' },
  'cluster|slots': {
    deprecatedSince: '7.0.0',
    replacedBy: '`CLUSTER SHARDS`',
    history: [
      ['4.0.0', 'Added node IDs.'],
      ['7.0.0', 'Added additional networking metadata field.'],
    ],
  },
  'command|info': {
    history: [['7.0.0', 'Allowed to be called with no argument to get info on all commands.']],
  },
  'config|get': { history: [['7.0.0', 'Added the ability to pass multiple pattern parameters in one call']] },
  'config|set': { history: [['7.0.0', 'Added the ability to set multiple parameters in one call.']] },
  debug: { isInternal: true },
  exists: { history: [['3.0.3', 'Accepts multiple `key` arguments.']] },
  expire: {
    history: [['7.0.0', 'Added options: `NX`, `XX`, `GT` and `LT`.']],
    arguments: { '2': { since: '7.0.0' } },
  },
  expireat: {
    history: [['7.0.0', 'Added options: `NX`, `XX`, `GT` and `LT`.']],
    arguments: { '2': { since: '7.0.0' } },
  },
  flushall: {
    history: [
      ['4.0.0', 'Added the `ASYNC` flushing mode modifier.'],
      ['6.2.0', 'Added the `SYNC` flushing mode modifier.'],
    ],
    arguments: { '0.0': { since: '4.0.0' }, '0.1': { since: '6.2.0' } },
  },
  flushdb: {
    history: [
      ['4.0.0', 'Added the `ASYNC` flushing mode modifier.'],
      ['6.2.0', 'Added the `SYNC` flushing mode modifier.'],
    ],
    arguments: { '0.0': { since: '4.0.0' }, '0.1': { since: '6.2.0' } },
  },
  geoadd: {
    history: [['6.2.0', 'Added the `CH`, `NX` and `XX` options.']],
    arguments: { '1': { since: '6.2.0' }, '2': { since: '6.2.0' } },
  },
  georadius: {
    deprecatedSince: '6.2.0',
    replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument',
    history: [
      ['6.2.0', 'Added the `ANY` option for `COUNT`.'],
      ['7.0.0', 'Added support for uppercase unit names.'],
    ],
    arguments: { '8.1': { since: '6.2.0' } },
  },
  georadius_ro: {
    deprecatedSince: '6.2.0',
    replacedBy: '`GEOSEARCH` with the `BYRADIUS` argument',
    history: [['6.2.0', 'Added the `ANY` option for `COUNT`.']],
    arguments: { '8.1': { since: '6.2.0' } },
  },
  georadiusbymember: {
    deprecatedSince: '6.2.0',
    replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments',
    history: [['7.0.0', 'Added support for uppercase unit names.']],
  },
  georadiusbymember_ro: {
    deprecatedSince: '6.2.0',
    replacedBy: '`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments',
  },
  geosearch: { history: [['7.0.0', 'Added support for uppercase unit names.']] },
  geosearchstore: { history: [['7.0.0', 'Added support for uppercase unit names.']] },
  getset: { deprecatedSince: '6.2.0', replacedBy: '`SET` with the `!GET` argument' },
  hdel: { history: [['2.4.0', 'Accepts multiple `field` arguments.']] },
  hello: {
    history: [
      [
        '6.2.0',
        "`protover` made optional; when called without arguments the command reports the current connection's context.",
      ],
    ],
  },
  hmset: { deprecatedSince: '4.0.0', replacedBy: '`HSET` with multiple field-value pairs' },
  hset: { history: [['4.0.0', 'Accepts multiple `field` and `value` arguments.']] },
  info: { history: [['7.0.0', 'Added support for taking multiple section arguments.']] },
  lpop: { history: [['6.2.0', 'Added the `count` argument.']], arguments: { '1': { since: '6.2.0' } } },
  lpush: { history: [['2.4.0', 'Accepts multiple `element` arguments.']] },
  lpushx: { history: [['4.0.0', 'Accepts multiple `element` arguments.']] },
  migrate: {
    history: [
      ['3.0.0', 'Added the `COPY` and `REPLACE` options.'],
      ['3.0.6', 'Added the `KEYS` option.'],
      ['4.0.7', 'Added the `AUTH` option.'],
      ['6.0.0', 'Added the `AUTH2` option.'],
    ],
    arguments: {
      '5': { since: '3.0.0' },
      '6': { since: '3.0.0' },
      '7.0': { since: '4.0.7' },
      '7.1': { since: '6.0.0' },
      '8': { since: '3.0.6' },
    },
  },
  pexpire: {
    history: [['7.0.0', 'Added options: `NX`, `XX`, `GT` and `LT`.']],
    arguments: { '2': { since: '7.0.0' } },
  },
  pexpireat: {
    history: [['7.0.0', 'Added options: `NX`, `XX`, `GT` and `LT`.']],
    arguments: { '2': { since: '7.0.0' } },
  },
  pfdebug: { isInternal: true },
  pfselftest: { isInternal: true },
  pttl: { history: [['2.8.0', 'Added the -2 reply.']] },
  renamenx: {
    history: [
      ['3.2.0', 'The command no longer returns an error when source and destination names are the same.'],
    ],
  },
  replconf: { isInternal: true },
  restore: {
    history: [
      ['3.0.0', 'Added the `REPLACE` modifier.'],
      ['5.0.0', 'Added the `ABSTTL` modifier.'],
      ['5.0.0', 'Added the `IDLETIME` and `FREQ` options.'],
    ],
    arguments: {
      '3': { since: '3.0.0' },
      '4': { since: '5.0.0' },
      '5': { since: '5.0.0' },
      '6': { since: '5.0.0' },
    },
  },
  'restore-asking': {
    isInternal: true,
    history: [
      ['3.0.0', 'Added the `REPLACE` modifier.'],
      ['5.0.0', 'Added the `ABSTTL` modifier.'],
      ['5.0.0', 'Added the `IDLETIME` and `FREQ` options.'],
    ],
    arguments: {
      '3': { since: '3.0.0' },
      '4': { since: '5.0.0' },
      '5': { since: '5.0.0' },
      '6': { since: '5.0.0' },
    },
  },
  rpop: { history: [['6.2.0', 'Added the `count` argument.']], arguments: { '1': { since: '6.2.0' } } },
  rpoplpush: { deprecatedSince: '6.2.0', replacedBy: '`LMOVE` with the `RIGHT` and `LEFT` arguments' },
  rpush: { history: [['2.4.0', 'Accepts multiple `element` arguments.']] },
  rpushx: { history: [['4.0.0', 'Accepts multiple `element` arguments.']] },
  sadd: { history: [['2.4.0', 'Accepts multiple `member` arguments.']] },
  scan: { history: [['6.0.0', 'Added the `TYPE` subcommand.']], arguments: { '3': { since: '6.0.0' } } },
  'script|flush': {
    history: [['6.2.0', 'Added the `ASYNC` and `SYNC` flushing mode modifiers.']],
    arguments: { '0': { since: '6.2.0' } },
  },
  set: {
    history: [
      ['2.6.12', 'Added the `EX`, `PX`, `NX` and `XX` options.'],
      ['6.0.0', 'Added the `KEEPTTL` option.'],
      ['6.2.0', 'Added the `GET`, `EXAT` and `PXAT` option.'],
      ['7.0.0', 'Allowed the `NX` and `GET` options to be used together.'],
    ],
    arguments: {
      '2': { since: '2.6.12' },
      '3': { since: '6.2.0' },
      '4.0': { since: '2.6.12' },
      '4.1': { since: '2.6.12' },
      '4.2': { since: '6.2.0' },
      '4.3': { since: '6.2.0' },
      '4.4': { since: '6.0.0' },
    },
  },
  shutdown: {
    history: [['7.0.0', 'Added the `NOW`, `FORCE` and `ABORT` modifiers.']],
    arguments: { '1': { since: '7.0.0' }, '2': { since: '7.0.0' }, '3': { since: '7.0.0' } },
  },
  slaveof: { deprecatedSince: '5.0.0', replacedBy: '`REPLICAOF`' },
  'slowlog|get': { history: [['4.0.0', 'Added client IP address, port and name to the reply.']] },
  spop: { history: [['3.2.0', 'Added the `count` argument.']], arguments: { '1': { since: '3.2.0' } } },
  srandmember: {
    history: [['2.6.0', 'Added the optional `count` argument.']],
    arguments: { '1': { since: '2.6.0' } },
  },
  srem: { history: [['2.4.0', 'Accepts multiple `member` arguments.']] },
  substr: { deprecatedSince: '2.0.0', replacedBy: '`GETRANGE`' },
  ttl: { history: [['2.8.0', 'Added the -2 reply.']] },
  xadd: {
    history: [
      ['6.2.0', 'Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option.'],
      ['7.0.0', 'Added support for the `<ms>-*` explicit ID form.'],
    ],
    arguments: { '1': { since: '6.2.0' }, '2.0.1': { since: '6.2.0' }, '2.3': { since: '6.2.0' } },
  },
  xautoclaim: {
    history: [
      [
        '7.0.0',
        'Added an element to the reply array, containing deleted entries the command cleared from the PEL',
      ],
    ],
  },
  'xgroup|create': { history: [['7.0.0', 'Added the `entries_read` named argument.']] },
  'xgroup|setid': { history: [['7.0.0', 'Added the optional `entries_read` argument.']] },
  'xinfo|groups': { history: [['7.0.0', 'Added the `entries-read` and `lag` fields']] },
  'xinfo|stream': {
    history: [
      ['6.0.0', 'Added the `FULL` modifier.'],
      [
        '7.0.0',
        'Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag` fields',
      ],
    ],
  },
  xpending: {
    history: [['6.2.0', 'Added the `IDLE` option and exclusive range intervals.']],
    arguments: { '2.0': { since: '6.2.0' } },
  },
  xrange: { history: [['6.2.0', 'Added exclusive ranges.']] },
  xrevrange: { history: [['6.2.0', 'Added exclusive ranges.']] },
  xsetid: {
    history: [['7.0.0', 'Added the `entries_added` and `max_deleted_entry_id` arguments.']],
    arguments: { '2': { since: '7.0.0' }, '3': { since: '7.0.0' } },
  },
  xtrim: {
    history: [['6.2.0', 'Added the `MINID` trimming strategy and the `LIMIT` option.']],
    arguments: { '1.0.1': { since: '6.2.0' }, '1.3': { since: '6.2.0' } },
  },
  zadd: {
    history: [
      ['2.4.0', 'Accepts multiple elements.'],
      ['3.0.2', 'Added the `XX`, `NX`, `CH` and `INCR` options.'],
      ['6.2.0', 'Added the `GT` and `LT` options.'],
    ],
    arguments: {
      '1': { since: '3.0.2' },
      '2': { since: '6.2.0' },
      '3': { since: '3.0.2' },
      '4': { since: '3.0.2' },
    },
  },
  zrange: {
    history: [['6.2.0', 'Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.']],
    arguments: { '3': { since: '6.2.0' }, '4': { since: '6.2.0' }, '5': { since: '6.2.0' } },
  },
  zrangebylex: { deprecatedSince: '6.2.0', replacedBy: '`ZRANGE` with the `BYLEX` argument' },
  zrangebyscore: {
    deprecatedSince: '6.2.0',
    replacedBy: '`ZRANGE` with the `BYSCORE` argument',
    history: [['2.0.0', 'Added the `WITHSCORES` modifier.']],
    arguments: { '3': { since: '2.0.0' } },
  },
  zrem: { history: [['2.4.0', 'Accepts multiple elements.']] },
  zrevrange: { deprecatedSince: '6.2.0', replacedBy: '`ZRANGE` with the `REV` argument' },
  zrevrangebylex: { deprecatedSince: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYLEX` arguments' },
  zrevrangebyscore: {
    deprecatedSince: '6.2.0',
    replacedBy: '`ZRANGE` with the `REV` and `BYSCORE` arguments',
    history: [['2.1.6', '`min` and `max` can be exclusive.']],
  },
};
