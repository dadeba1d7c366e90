/**
 * CommandTable: every command there is, found by name or index. Both threads build the same table from the same
 * declarations, which is what makes a command's index mean the same on both ends of a port.
 */
import { type Argv, equalsIgnoringCase } from '../protocol/argv.js';
import { bitcount, bitpos } from './bitmap/bitcount.js';
import { bitfield, bitfieldRo } from './bitmap/bitfield.js';
import { bitop } from './bitmap/bitop.js';
import { getbit, setbit } from './bitmap/setbit.js';
import { asking, cluster, readonly, readwrite } from './cluster/cluster.js';
import { type Command, compile, type Declaration } from './command.js';
import { client } from './connection/client.js';
import { hello } from './connection/hello.js';
import { echo, ping } from './connection/ping.js';
import { host, post, quit, reset, select } from './connection/session.js';
import { copy } from './generic/copy.js';
import { dump, restore, restoreAsking } from './generic/dump.js';
import { expire, expireat, persist, pexpire, pexpireat } from './generic/expire.js';
import { del, exists, touch, type, unlink } from './generic/keys.js';
import { keys } from './generic/keys-by-pattern.js';
import { move } from './generic/move.js';
import { object } from './generic/object.js';
import { randomkey } from './generic/randomkey.js';
import { rename, renamenx } from './generic/rename.js';
import { scan } from './generic/scan.js';
import { expiretime, pexpiretime, pttl, ttl } from './generic/ttl.js';
import { wait } from './generic/wait.js';
import { pfadd } from './hyperloglog/pfadd.js';
import { pfcount, pfmerge } from './hyperloglog/pfcount.js';
import { pfdebug, pfselftest } from './hyperloglog/pfdebug.js';
import { functionCommand } from './scripting/function.js';
import { command } from './server/command.js';
import { config } from './server/config.js';
import { debug } from './server/debug.js';
import { dbsize, flushall, flushdb } from './server/flush.js';
import { info } from './server/info.js';
import { memory } from './server/memory.js';
import { module } from './server/module.js';
import { replicaof, role, slaveof } from './server/replication.js';
import { shutdown } from './server/shutdown.js';
import { swapdb } from './server/swapdb.js';
import { time } from './server/time.js';
import { get, mget, mset, msetnx } from './string/get.js';
import { getdel, getex, getset } from './string/getex.js';
import { decr, decrby, incr, incrby, incrbyfloat } from './string/incr.js';
import { lcs } from './string/lcs.js';
import { append, getrange, setrange, strlen, substr } from './string/ranges.js';
import { set } from './string/set.js';
import { psetex, setex, setnx } from './string/setex.js';
import { discard, exec, multi } from './transactions/multi.js';
import { unwatch, watch } from './transactions/watch.js';

const bitmapGroup = [bitcount, bitfield, bitfieldRo, bitop, bitpos, getbit, setbit];
const clusterGroup = [asking, cluster, readonly, readwrite];
const connectionGroup = [client, echo, hello, host, ping, post, quit, reset, select];
const genericGroup = [
  copy,
  del,
  dump,
  exists,
  expire,
  expireat,
  expiretime,
  keys,
  move,
  object,
  persist,
  pexpire,
  pexpireat,
  pexpiretime,
  pttl,
  randomkey,
  rename,
  renamenx,
  restore,
  scan,
  touch,
  ttl,
  type,
  unlink,
  wait,
];
const hyperloglogGroup = [pfadd, pfcount, pfdebug, pfmerge, pfselftest];
const scriptingGroup = [functionCommand];
const transactionsGroup = [discard, exec, multi, unwatch, watch];
const stringGroup = [
  append,
  decr,
  decrby,
  get,
  getdel,
  getex,
  getrange,
  getset,
  incr,
  incrby,
  incrbyfloat,
  lcs,
  mget,
  mset,
  msetnx,
  psetex,
  set,
  setex,
  setnx,
  setrange,
  strlen,
  substr,
];
const serverGroup = [
  command,
  config,
  dbsize,
  debug,
  flushall,
  flushdb,
  info,
  memory,
  module,
  replicaof,
  restoreAsking,
  role,
  shutdown,
  slaveof,
  swapdb,
  time,
];

export const declarations: readonly Declaration[] = [
  ...bitmapGroup,
  ...clusterGroup,
  ...connectionGroup,
  ...genericGroup,
  ...hyperloglogGroup,
  ...scriptingGroup,
  ...serverGroup,
  ...stringGroup,
  ...transactionsGroup,
];

/** Slots of the hash table of names; a power of two, well above their number. */
const HASH_SLOTS = 1024;
/** By the length of a name of up to four bytes: which bits of a little-endian word it takes. */
const SHORT_NAME_MASKS = Int32Array.of(0, 0xff, 0xffff, 0xffffff, -1);

export class CommandTable {
  /** The commands a client can name directly, in the order of their declarations. */
  readonly commands: readonly Command[];
  private readonly byIndex: Command[] = [];
  /** Open addressing by nameHash; looking a name up makes no string. */
  private readonly slots = new Array<Command | null>(HASH_SLOTS).fill(null);

  /** A name of up to four bytes as it was last looked up, and what was found. */
  private recentName = 0;
  private recentLength = 0;
  private recent: Command | undefined;

  constructor(declared: readonly Declaration[] = declarations) {
    let next = 0;
    this.commands = declared.map((declaration) => compile(declaration, () => next++));
    for (const compiled of this.commands) {
      this.place(compiled);
      this.byIndex[compiled.index] = compiled;
      for (const sub of compiled.subcommands?.values() ?? []) this.byIndex[sub.index] = sub;
    }
  }

  /** The command that argument `index` names, in any case; a container's subcommand is not looked at. */
  lookup(argv: Argv, index: number): Command | undefined {
    const source = argv.source(index);
    const start = argv.start(index);
    const end = argv.end(index);
    const view = argv.view(index);
    // Nearly every command is the same as the one before it; that is seen in one comparison if its name is short.
    const length = end - start;
    const isShort = length <= 4 && start + 4 <= view.byteLength;
    const name = isShort ? view.getInt32(start, true) & SHORT_NAME_MASKS[length] : 0;
    if (isShort && name === this.recentName && length === this.recentLength) return this.recent;
    const found = this.search(source, start, end);
    if (isShort) {
      this.recentName = name;
      this.recentLength = length;
      this.recent = found;
    }
    return found;
  }

  private search(source: Buffer, start: number, end: number): Command | undefined {
    let slot = nameHash(source, start, end);
    for (;;) {
      const candidate = this.slots[slot];
      if (candidate === null) return undefined;
      if (equalsIgnoringCase(source, start, end, candidate.declaration.name)) return candidate;
      slot = (slot + 1) & (HASH_SLOTS - 1);
    }
  }

  /** Finds what clients may know of by a full name such as `get` or `client|setname`, in any case. */
  find(name: string): Command | undefined {
    const [container, sub, ...rest] = name.toLowerCase().split('|');
    const found = this.commands.find(
      ({ declaration }) => declaration.name === container && declaration.hidden !== true,
    );
    if (rest.length > 0) return undefined;
    return sub === undefined ? found : found?.shownSubcommands.find((one) => one.declaration.name === sub);
  }

  /** The command with this index, subcommands included. */
  at(index: number): Command | undefined {
    return this.byIndex[index];
  }

  private place(compiled: Command): void {
    const name = Buffer.from(compiled.declaration.name, 'latin1');
    let slot = nameHash(name, 0, name.length);
    while (this.slots[slot] !== null) slot = (slot + 1) & (HASH_SLOTS - 1);
    this.slots[slot] = compiled;
  }
}

/** FNV-1a over the bytes with bit 5 set, which makes letters lower case; long words are cut. */
function nameHash(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  const stop = Math.min(end, start + NAME_BYTES_HASHED);
  for (let i = start; i < stop; i++) hash = Math.imul(hash ^ (bytes[i] | 0x20), 0x01000193);
  return (hash ^ (hash >>> 15)) & (HASH_SLOTS - 1);
}
const NAME_BYTES_HASHED = 24;
