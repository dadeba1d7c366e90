/**
 * What a word for an argument may be, by the argument's type and, where that says too little, by its name: the names are
 * Redis's, and mean the same in every command that has them. A name this does not know gets what its type allows.
 */
import type { Argument } from '../../src/commands/grammar.js';
import type { Random } from '../support/random.js';
import {
  ELEMENTS,
  FLOATS,
  longValue,
  NAMES,
  NUMBERS,
  ODD_FLOATS,
  ODD_NUMBERS,
  PATTERNS,
  VALUES,
} from './words.js';

/** What is known of the server beforehand. */
export interface Knowledge {
  /** Names of commands, `client|setname` too. */
  readonly commandNames: readonly string[];
  /** What DUMP has given, for RESTORE. */
  readonly payloads: readonly string[];
}

/** Names of arguments that are times, from now or since 1970, beside those of type `unix-time`. */
const TIME_NAMES = new Set(['seconds', 'milliseconds', 'ttl', 'timeout']);
/** A soonest relative time in seconds, far behind the end of any run. */
const FAR_SECONDS = 100_000;
/** A Unix time in seconds, in the 23rd century. */
const FAR_FUTURE = 9_999_000_000;

const PICKED: Readonly<Record<string, readonly string[]>> = {
  // Another cursor is each server's own.
  cursor: ['0'],
  protover: ['2', '3', '3', '1', '4'],
  bit: ['0', '1', '1'],
  encoding: ['u1', 'u8', 'i8', 'i16', 'u16', 'i32', 'i64', 'u63', 'i5', 'u64', 'i65', 'u0', 'x8', 'i'],
  operation: ['AND', 'or', 'Xor', 'NOT', 'not', 'nonsense'],
  group: ['g', 'h'],
  groupname: ['g', 'g', 'h', ''],
  consumer: ['me', 'you'],
  consumername: ['me', 'you'],
  type: ['string', 'STRING', 'hash', 'list', 'set', 'zset', 'stream', 'nonsense', ''],
  timeout: ['0.001', '0.01', '0.005'],
  numreplicas: ['0'],
  longitude: ['13.361389', '15.087269', '-180', '180', '0', '181', '1e-5'],
  latitude: ['38.115556', '37.502669', '-85.05112878', '85.05112878', '0', '86', '-90'],
  radius: ['0', '1', '100', '1000', '20000', '-1'],
  id: [
    '0-0',
    '0-1',
    '1-1',
    '1',
    '2-5',
    '5-*',
    '$',
    '>',
    '-',
    '+',
    '18446744073709551615-18446744073709551615',
  ],
  min: ['-inf', '0', '1', '(1', '-', '[a', '(b', '-5', '(-inf', 'nan', '[', ''],
  max: ['+inf', '1', '5', '(10', '+', '[c', '(z', '100', 'inf', '(', 'x'],
  script: ['return 1', 'return KEYS', 'return ARGV', "return redis.call('get', KEYS[1])", 'return {1,2,"x"}'],
};
for (const alias of ['count', 'samples']) {
  Object.assign(PICKED, {
    [alias]: ['1', '2', '10', '1000', '100000', '9223372036854775807', '0', '-1', '-3'],
  });
}
for (const alias of ['index', 'db', 'destination-db', 'index1', 'index2']) {
  Object.assign(PICKED, { [alias]: ['0', '0', '0', '0', '0', '1', '1', '2', '3', '-1', '15', '16'] });
}
for (const alias of ['start', 'end', 'stop', 'offset']) {
  Object.assign(PICKED, {
    [alias]: [...NUMBERS, '#1', '20000', '9223372036854775807', '-9223372036854775808'],
  });
}

for (const alias of ['field', 'member', 'member1', 'member2', 'element', 'pivot']) {
  Object.assign(PICKED, { [alias]: [...ELEMENTS, ...ELEMENTS, ...VALUES] });
}

/** Whether it, or something in it, is a time: what stands beside it must not become one by chance. */
export function hasTime({ name, parts = [], type }: Argument): boolean {
  return type === 'unix-time' || TIME_NAMES.has(name) || parts.some(hasTime);
}

export class ArgumentValues {
  private readonly random: Random;
  private readonly knowledge: Knowledge;
  /** Makes every time another one, so that comparisons of deadlines come out the same everywhere. */
  private times = 0;

  constructor(random: Random, knowledge: Knowledge) {
    this.random = random;
    this.knowledge = knowledge;
  }

  /** A word for anything but a key, a token, or what is made of parts. */
  draw(argument: Argument): string {
    const { random } = this;
    const { name, type } = argument;
    if (type === 'unix-time' || TIME_NAMES.has(name)) return this.time(argument);
    const picked = Object.hasOwn(PICKED, name) ? PICKED[name] : undefined;
    if (picked !== undefined && !(type === 'integer' && random.chance(0.1))) return random.pick(picked);
    switch (type) {
      case 'integer':
        return this.integer();
      case 'double':
        return random.pick(random.pick([NUMBERS, NUMBERS, NUMBERS, FLOATS, FLOATS, ODD_FLOATS]));
      case 'pattern':
        return random.pick(PATTERNS);
      default:
        return this.text(name);
    }
  }

  private integer(): string {
    const { random } = this;
    return random.chance(0.2) ? random.pick(ODD_NUMBERS) : random.pick(NUMBERS);
  }

  private text(name: string): string {
    const { random } = this;
    const { commandNames, payloads } = this.knowledge;
    if (name === 'command' || name === 'command-name') return random.pick(commandNames);
    if (name.startsWith('serialized') && payloads.length > 0) return this.payload();
    if (name.endsWith('name')) return random.pick(NAMES);
    return random.chance(0.01) ? longValue(random) : random.pick(VALUES);
  }

  /** What DUMP has given, and sometimes a bit of it is wrong. */
  private payload(): string {
    const { random } = this;
    const payload = random.pick(this.knowledge.payloads);
    if (random.chance(0.8)) return payload;
    const at = random.below(payload.length);
    const wrong = random.chance(0.5) ? String.fromCharCode(random.below(256)) : '';
    return payload.slice(0, at) + wrong + payload.slice(at + 1);
  }

  /**
   * EXPIREAT with a time that is past removes the key at once, but SET with one leaves a key that is gone for readers and
   * counted by DBSIZE until it is removed, which every server does in its own time: an option's time is never past.
   */
  private time({ name, token, type }: Argument): string {
    const { random } = this;
    // What waits must not wait for long.
    if (name === 'timeout') return random.pick(PICKED.timeout);
    if (token === 'BLOCK') return random.pick(['1', '5', '10']);
    if (random.chance(0.15)) return random.pick(ODD_NUMBERS);
    const further = 7 * ++this.times + random.below(3) * 10_000_000;
    const inMilliseconds = name.includes('milliseconds') || name === 'ttl';
    if (name === 'ttl' && random.chance(0.5)) return '0';
    if (type === 'unix-time' && token === undefined && random.chance(0.1)) return '1000';
    const seconds = (type === 'unix-time' ? FAR_FUTURE : FAR_SECONDS) + further;
    return inMilliseconds ? String(seconds * 1000 + random.below(1000)) : String(seconds);
  }
}
