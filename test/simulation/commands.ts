/**
 * The commands that the simulation sends: how often, how their arguments are drawn, and what they do in the model. A
 * new command needs one entry here.
 */
import type { Random } from '../support/random.js';
import { ErrorReply, type Reply } from '../support/replies.js';
import { Accepts, type Expected, type ModelCall, type ModelCommand, NEVER } from './model.js';

export interface SimulatedCommand extends ModelCommand {
  readonly name: string;
  /** How often it is drawn, beside 1 for an ordinary one. */
  readonly weight: number;
  readonly draw: (draw: Draw) => readonly string[];
}

/** Databases that are used: few, so that clients meet. */
export const DATABASES_USED = 3;

/** Arguments by chance. Few keys, short times: everything is to conflict. */
export class Draw {
  private readonly random: Random;
  private readonly keyNames: readonly string[];
  private readonly nowMs: () => number;
  private values = 0;

  constructor(random: Random, nowMs: () => number) {
    this.random = random;
    this.nowMs = nowMs;
    const tagged = ['{t}1', '{t}2', '{t}3'];
    const single = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].slice(0, 2 + random.below(7));
    this.keyNames = random.pick([single, [...single, ...tagged], [...single, ...tagged]]);
  }

  get key(): string {
    return this.random.pick(this.keyNames);
  }

  get keys(): string[] {
    return Array.from({ length: 1 + this.random.below(5) }, () => this.key);
  }

  get pairs(): string[] {
    return this.keys.flatMap((key) => [key, this.value]);
  }

  /** One that no other command has written, or a number. */
  get value(): string {
    const { random } = this;
    if (random.chance(0.3)) return String(random.below(20) - 5);
    const stamp = `v${++this.values}`;
    if (random.chance(0.02)) return stamp.padEnd(20 + random.below(400), '.');
    return random.chance(0.001) ? stamp.padEnd(70_000, '-') : stamp;
  }

  /** A time to live. */
  get ms(): string {
    return String(this.random.chance(0.8) ? 1 + this.random.below(25) : 1 + this.random.below(400));
  }

  /** A deadline around now, the past included. */
  get atMs(): string {
    return String(this.nowMs() + this.random.below(60) - 5);
  }

  get number(): string {
    return String(this.random.below(40) - 10);
  }

  get index(): string {
    return String(this.random.below(6));
  }

  get database(): string {
    return String(this.random.below(DATABASES_USED));
  }

  below(limit: number): number {
    return this.random.below(limit);
  }

  pick<T>(items: readonly T[]): T {
    return this.random.pick(items);
  }
}

const MANY = Number.POSITIVE_INFINITY;
const NOT_AN_INTEGER = new ErrorReply('ERR value is not an integer or out of range');
const OVERFLOW = new ErrorReply('ERR increment or decrement would overflow');
const NO_SUCH_KEY = new ErrorReply('ERR no such key');
const SAME_OBJECTS = new ErrorReply('ERR source and destination objects are the same');
/** What the model compares at most. */
const LCS_CELLS_MAX = 1_000_000;
const INT64_MAX = 2n ** 63n - 1n;

type Run = (call: ModelCall) => Expected;

function one(
  name: string,
  arity: readonly [least: number, most: number],
  draw: SimulatedCommand['draw'],
  run: Run,
  weight = 1,
): SimulatedCommand {
  return { name, arity, draw, run, weight };
}

function isInteger(text: string): boolean {
  return /^(0|-?[1-9]\d{0,18})$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

function increment(call: ModelCall, amount: bigint): Expected {
  const [key] = call.args;
  const old = call.get(key);
  if (old !== undefined && !isInteger(old.value)) return NOT_AN_INTEGER;
  const sum = BigInt(old?.value ?? 0) + amount;
  if (sum > INT64_MAX || sum < -INT64_MAX - 1n) return OVERFLOW;
  call.put(key, String(sum), old?.expiresAtMs);
  return Number.isSafeInteger(Number(sum)) ? Number(sum) : sum;
}

/** EXPIRE and its kin; `unit` in milliseconds, counted from `base`. */
function expire(call: ModelCall, unit: number, base: number): Expected {
  const [key, amount, condition] = call.args;
  const entry = call.get(key);
  if (entry === undefined) return 0;
  const atMs = base + Number(amount) * unit;
  const old = entry.expiresAtMs;
  const refused = { NX: old !== NEVER, XX: old === NEVER, GT: atMs <= old, LT: atMs >= old };
  if (condition !== undefined && refused[condition as keyof typeof refused]) return 0;
  call.expire(key, atMs);
  return 1;
}

const condition = (draw: Draw): string[] => draw.pick([[], [], [], ['NX'], ['XX'], ['GT'], ['LT']]);

function set(call: ModelCall): Expected {
  const [key, value, ...options] = call.args;
  const old = call.get(key);
  const before = old?.value ?? null;
  const has = (option: string): boolean => options.includes(option);
  const refused = old === undefined ? has('XX') : has('NX');
  if (!refused) {
    const px = options.indexOf('PX');
    const kept = has('KEEPTTL') ? (old?.expiresAtMs ?? NEVER) : NEVER;
    call.put(key, value, px < 0 ? kept : call.nowMs + Number(options[px + 1]));
  }
  if (has('GET')) return before;
  return refused ? null : 'OK';
}

function getex(call: ModelCall): Expected {
  const [key, option, amount] = call.args;
  const value = call.value(key);
  if (value === null) return null;
  if (option === 'PX') call.expire(key, call.nowMs + Number(amount));
  else if (option === 'PXAT') call.expire(key, Number(amount));
  else if (option === 'PERSIST') call.persist(key);
  return value;
}

function setrange(call: ModelCall): Expected {
  const [key, offset, value] = call.args;
  const old = call.get(key);
  const before = old?.value ?? '';
  if (value === '') return before.length;
  const at = Number(offset);
  const after = before.padEnd(at, '\0').slice(0, at) + value + before.slice(at + value.length);
  call.put(key, after, old?.expiresAtMs, { isRaw: true });
  return after.length;
}

function append(call: ModelCall): Expected {
  const [key, value] = call.args;
  const old = call.get(key);
  call.put(key, (old?.value ?? '') + value, old?.expiresAtMs, { isRaw: old !== undefined });
  return call.value(key)!.length;
}

function copyTo(call: ModelCall, target: ModelCall, from: string, to: string): void {
  const { value, expiresAtMs, ...flags } = call.get(from)!;
  target.put(to, value, expiresAtMs, flags);
}

function rename(call: ModelCall, unlessThere: boolean): Expected {
  const [from, to] = call.args;
  if (call.get(from) === undefined) return NO_SUCH_KEY;
  if (from === to || (unlessThere && call.get(to) !== undefined)) return unlessThere ? 0 : 'OK';
  copyTo(call, call, from, to);
  call.remove(from);
  return unlessThere ? 1 : 'OK';
}

function copy(call: ModelCall): Expected {
  const [from, to, ...options] = call.args;
  const db = options.indexOf('DB');
  const target = call.on(db < 0 ? call.database : Number(options[db + 1]));
  if (from === to && target.database === call.database) return SAME_OBJECTS;
  if (call.get(from) === undefined) return 0;
  if (target.get(to) !== undefined && !options.includes('REPLACE')) return 0;
  copyTo(call, target, from, to);
  return 1;
}

function move(call: ModelCall): Expected {
  const [key, index] = call.args;
  const target = call.on(Number(index));
  if (target.database === call.database) return SAME_OBJECTS;
  if (call.get(key) === undefined || target.get(key) !== undefined) return 0;
  copyTo(call, target, key, key);
  call.remove(key);
  return 1;
}

function putAll(call: ModelCall): void {
  for (let i = 0; i < call.args.length; i += 2) call.put(call.args[i], call.args[i + 1]);
}

const BITS: Readonly<Record<string, (one: number, other: number) => number>> = {
  AND: (one, other) => one & other,
  OR: (one, other) => one | other,
  XOR: (one, other) => one ^ other,
};

function bitop(call: ModelCall): Expected {
  const [name, to, ...from] = call.args;
  const values = from.map((key) => call.value(key) ?? '');
  const length = Math.max(...values.map((value) => value.length));
  let result = '';
  for (let at = 0; at < length; at++) {
    // Shorter ones go on in zeroes.
    const bytes = values.map((value) => (at < value.length ? value.charCodeAt(at) : 0));
    result += String.fromCharCode(bytes.reduce(BITS[name]));
  }
  if (length > 0) call.put(to, result, NEVER, { isRaw: true });
  else call.remove(to);
  return length;
}

/** The longest text that is left of both when characters are left out; several may be as long. */
function lcs(call: ModelCall): Expected {
  const [one, other] = call.args.map((key) => call.value(key) ?? '');
  if (one.length * other.length > LCS_CELLS_MAX) return new Accepts('whatever takes so long', () => true);
  let row = new Array<number>(other.length + 1).fill(0);
  for (const character of one) {
    const next = [0];
    for (let at = 0; at < other.length; at++) {
      next.push(other[at] === character ? row[at] + 1 : Math.max(row[at + 1], next[at]));
    }
    row = next;
  }
  const length = row[other.length];
  const isPart = (part: string, whole: string): boolean => {
    let at = 0;
    for (const character of whole) if (character === part[at]) at++;
    return at === part.length;
  };
  return new Accepts(
    `${length} characters of both`,
    (reply) =>
      typeof reply === 'string' && reply.length === length && isPart(reply, one) && isPart(reply, other),
  );
}

const countWhere = ({ args }: ModelCall, test: (key: string) => boolean): number => args.filter(test).length;
const isThere =
  (call: ModelCall) =>
  (key: string): boolean =>
    call.get(key) !== undefined;

/** What is left of the time to live, told by `tell`. */
function ttl(call: ModelCall, tell: (atMs: number) => number): Expected {
  const entry = call.get(call.args[0]);
  if (entry === undefined) return -2;
  return entry.expiresAtMs === NEVER ? -1 : tell(entry.expiresAtMs);
}

export function encodingOf({
  isRaw,
  isText,
  value,
}: {
  isRaw: boolean;
  isText: boolean;
  value: string;
}): string {
  if (!isRaw && !isText && isInteger(value)) return 'int';
  return isRaw || value.length > 44 ? 'raw' : 'embstr';
}

function keysReply(call: ModelCall): Expected {
  const right = [...call.entries.keys()].sort().join();
  return new Accepts(
    `${right} in any order`,
    (reply: Reply) => Array.isArray(reply) && [...reply].sort().join() === right,
  );
}

function getrange({ args: [key, from, to], value }: ModelCall, text = value(key)): Expected {
  if (text === null) return '';
  return text.slice(Number(from), Number(to) + 1);
}

/** What the clients' own state decides; ModelClient runs these. */
const never: Run = () => {
  throw new Error('is not run on a database');
};

export const COMMANDS: readonly SimulatedCommand[] = [
  one(
    'GET',
    [1, 1],
    (d) => [d.key],
    (call) => call.value(call.args[0]),
    4,
  ),
  one(
    'SET',
    [2, MANY],
    (d) => [
      d.key,
      d.value,
      ...d.pick([
        [],
        [],
        ['PX', d.ms],
        ['PX', d.ms],
        ['NX'],
        ['XX', 'GET'],
        ['KEEPTTL'],
        ['GET', 'PX', d.ms],
        ['NX', 'PX', d.ms],
      ]),
    ],
    set,
    5,
  ),
  one(
    'GETEX',
    [1, MANY],
    (d) => [d.key, ...d.pick([[], ['PX', d.ms], ['PERSIST'], ['PXAT', d.atMs]])],
    getex,
    1,
  ),
  one(
    'GETDEL',
    [1, 1],
    (d) => [d.key],
    (call) => {
      const value = call.value(call.args[0]);
      call.remove(call.args[0]);
      return value;
    },
  ),
  one(
    'GETSET',
    [2, 2],
    (d) => [d.key, d.value],
    (call) => {
      const value = call.value(call.args[0]);
      call.put(call.args[0], call.args[1]);
      return value;
    },
    0.5,
  ),
  one(
    'SETNX',
    [2, 2],
    (d) => [d.key, d.value],
    (call) => {
      if (call.get(call.args[0]) !== undefined) return 0;
      call.put(call.args[0], call.args[1]);
      return 1;
    },
    0.5,
  ),
  one(
    'PSETEX',
    [3, 3],
    (d) => [d.key, d.ms, d.value],
    (call) => {
      call.put(call.args[0], call.args[2], call.nowMs + Number(call.args[1]));
      return 'OK';
    },
  ),
  one(
    'INCR',
    [1, 1],
    (d) => [d.key],
    (call) => increment(call, 1n),
    2,
  ),
  one(
    'DECRBY',
    [2, 2],
    (d) => [d.key, d.number],
    (call) => increment(call, -BigInt(call.args[1])),
  ),
  one('APPEND', [2, 2], (d) => [d.key, d.value], append),
  one('SETRANGE', [3, 3], (d) => [d.key, d.index, d.pick(['', 'x', 'yz', '12'])], setrange),
  one(
    'GETRANGE',
    [3, 3],
    (d) => [d.key, d.index, d.index],
    (call) => getrange(call, call.value(call.args[0])),
  ),
  one(
    'STRLEN',
    [1, 1],
    (d) => [d.key],
    (call) => call.value(call.args[0])?.length ?? 0,
  ),
  one(
    'PEXPIRE',
    [2, MANY],
    (d) => [d.key, d.pick([d.ms, d.ms, d.ms, '0', '-1']), ...condition(d)],
    (call) => expire(call, 1, call.nowMs),
    2,
  ),
  one(
    'PEXPIREAT',
    [2, MANY],
    (d) => [d.key, d.atMs, ...condition(d)],
    (call) => expire(call, 1, 0),
  ),
  one(
    'EXPIRE',
    [2, MANY],
    (d) => [d.key, d.pick(['0', '1', '100']), ...condition(d)],
    (call) => expire(call, 1000, call.nowMs),
    0.5,
  ),
  one(
    'PERSIST',
    [1, 1],
    (d) => [d.key],
    (call) => (call.persist(call.args[0]) ? 1 : 0),
  ),
  one(
    'PTTL',
    [1, 1],
    (d) => [d.key],
    (call) => ttl(call, (atMs) => atMs - call.nowMs),
  ),
  one(
    'PEXPIRETIME',
    [1, 1],
    (d) => [d.key],
    (call) => ttl(call, (atMs) => atMs),
  ),
  one(
    'TYPE',
    [1, 1],
    (d) => [d.key],
    (call) => (call.get(call.args[0]) === undefined ? 'none' : 'string'),
    0.5,
  ),
  one(
    'MSET',
    [2, MANY],
    (d) => d.pairs,
    (call) => {
      putAll(call);
      return 'OK';
    },
    4,
  ),
  one(
    'MGET',
    [1, MANY],
    (d) => d.keys,
    (call) => call.args.map((key) => call.value(key)),
    5,
  ),
  one(
    'DEL',
    [1, MANY],
    (d) => d.keys,
    (call) => countWhere(call, (key) => call.remove(key)),
    2,
  ),
  one(
    'UNLINK',
    [1, MANY],
    (d) => d.keys,
    (call) => countWhere(call, (key) => call.remove(key)),
    0.5,
  ),
  one(
    'EXISTS',
    [1, MANY],
    (d) => d.keys,
    (call) => countWhere(call, isThere(call)),
    2,
  ),
  one(
    'TOUCH',
    [1, MANY],
    (d) => d.keys,
    (call) => countWhere(call, isThere(call)),
    0.5,
  ),
  one(
    'RENAME',
    [2, 2],
    (d) => [d.key, d.key],
    (call) => rename(call, false),
    3,
  ),
  one(
    'RENAMENX',
    [2, 2],
    (d) => [d.key, d.key],
    (call) => rename(call, true),
    2,
  ),
  one(
    'COPY',
    [2, MANY],
    (d) => [
      d.key,
      d.key,
      ...d.pick([[], [], ['REPLACE'], ['REPLACE'], ['DB', d.database, 'REPLACE'], ['DB', d.database]]),
    ],
    copy,
    3,
  ),
  one(
    'MSETNX',
    [2, MANY],
    (d) => d.pairs,
    (call) => {
      if (call.args.some((key, i) => i % 2 === 0 && isThere(call)(key))) return 0;
      putAll(call);
      return 1;
    },
    2,
  ),
  one('BITOP', [3, MANY], (d) => [d.pick(['AND', 'OR', 'XOR']), d.key, ...d.keys], bitop, 2),
  one('LCS', [2, 2], (d) => [d.key, d.key], lcs, 2),
  one('MOVE', [2, 2], (d) => [d.key, d.database], move),
  one(
    'FLUSHALL',
    [0, 1],
    (d) => d.pick([[], ['ASYNC'], ['SYNC']]),
    (call) => {
      for (let i = 0; i < DATABASES_USED; i++) call.on(i).clear();
      return 'OK';
    },
    0.2,
  ),
  one(
    'FLUSHDB',
    [0, 1],
    () => [],
    (call) => {
      call.clear();
      return 'OK';
    },
    0.3,
  ),
  one(
    'SWAPDB',
    [2, 2],
    (d) => [d.database, d.database],
    (call) => {
      call.model.swap(Number(call.args[0]), Number(call.args[1]));
      return 'OK';
    },
    0.4,
  ),
  // Keys that are due but not removed yet count, as in Redis.
  one(
    'DBSIZE',
    [0, 0],
    () => [],
    (call) => {
      const live = call.entries.size;
      return new Accepts(`at least ${live}`, (reply) => Number(reply) >= live);
    },
    0.5,
  ),
  one('KEYS', [1, 1], () => ['*'], keysReply, 0.5),
  one('SELECT', [1, 1], (d) => [d.database], never, 0.7),
  one('UNWATCH', [0, 0], () => [], never, 0.2),
];

/** Those that make transactions; they are drawn apart. */
const TRANSACTIONS: readonly SimulatedCommand[] = [
  one('MULTI', [0, 0], () => [], never, 0),
  one('EXEC', [0, 0], () => [], never, 0),
  one('DISCARD', [0, 0], () => [], never, 0),
  one('WATCH', [1, MANY], (d) => d.keys, never, 0),
];

export const MODEL_COMMANDS: ReadonlyMap<string, ModelCommand> = new Map(
  [...COMMANDS, ...TRANSACTIONS].map((command) => [command.name, command]),
);
