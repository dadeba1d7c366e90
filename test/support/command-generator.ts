/**
 * Random commands made from the declarations' own grammars, and bent: arguments too many and too few, of wrong types,
 * huge, empty, binary, options twice and in any order. What depends on the very millisecond is left out, since two
 * servers cannot be asked at the same one: relative times are far away, past or impossible, and never the same twice.
 */
import type { Declaration } from '../../src/commands/command.js';
import type { Argument } from '../../src/commands/grammar.js';
import type { Random } from './random.js';

export type CommandLine = string[];

const KEYS = ['a', 'b', 'c', 'key:1', 'key:2', '{tag}1', '{tag}2', '', '\0\r\n\xff', 'k'.repeat(300)];
const VALUES = ['', 'v', 'value', '12', '-7', '\r\n$1\r\n', '\0\x01\xfe', 'x'.repeat(50), 'y'.repeat(2000)];
/** No time soon to come, in seconds or milliseconds from now or since 1970, and none that is past but positive. */
const ODD_NUMBERS = [
  '0',
  '-1',
  '-1000',
  '-0',
  '01',
  '+5000',
  ' 5000',
  '5000 ',
  '5000.0',
  '5e3',
  '0x1388',
  'abc',
  '',
  '1\x002',
  '-2147483649',
  '99999999999999',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775',
  '9223372036854776',
  '-9223372036854775',
  '-9223372036854776',
  '9223370000000000000',
  '-9223372036854775808',
  '-9223372036854775809',
  '9223372036854775808',
  '18446744073709551616',
];
const NAMES = ['', 'name', 'a b', 'a\nb', 'ä', '~!', '\x7f'];
const PATTERNS = ['*', 'key:*', '?', '[ab]', '[^a]*', '{tag}?', '\\*', '*\xff', '', '**1', '[', 'k*k', '\0*'];
const TYPES = ['string', 'STRING', 'hash', 'stream', 'nonsense', ''];
const ODD_WORDS = ['', 'NX', 'xx', 'GET', 'EX', 'KEEPTTL', 'GT', 'nonsense', '\0', 'ASYNC', '3', '*', 'a'];

/** A soonest relative time in seconds, far behind the end of any test. */
const FAR_SECONDS = 100_000;
/** A Unix time in seconds, in the 23rd century. */
const FAR_FUTURE = 9_999_000_000;

export class CommandGenerator {
  private readonly random: Random;
  private readonly declarations: readonly Declaration[];
  /** Makes every time another one, so that comparisons of deadlines come out the same everywhere. */
  private times = 0;

  constructor(random: Random, declarations: readonly Declaration[]) {
    this.random = random;
    this.declarations = declarations;
  }

  next(): CommandLine {
    const { random } = this;
    const declaration = random.pick(this.declarations);
    const words = [random.chance(0.5) ? declaration.name : declaration.name.toUpperCase()];
    let target = declaration;
    if (declaration.subcommands !== undefined && declaration.subcommands.length > 0) {
      target = random.pick(declaration.subcommands);
      words.push(random.chance(0.5) ? target.name : target.name.toUpperCase());
    }
    const args = (target.arguments ?? []).flatMap((argument) => this.occurrences(argument));
    return [...words, ...(random.chance(0.25) ? this.bent(args) : args)];
  }

  private occurrences(argument: Argument): CommandLine {
    const { random } = this;
    if (argument.optional && random.chance(argument.type === 'block' ? 0.5 : 0.6)) return [];
    const times = argument.multiple ? 1 + random.below(4) : 1;
    return Array.from({ length: times }, () => this.occurrence(argument)).flat();
  }

  private occurrence(argument: Argument): CommandLine {
    const token = argument.token === undefined ? [] : [this.anyCase(argument.token)];
    switch (argument.type) {
      case 'pure-token':
        return token;
      case 'oneof':
        return this.occurrence(this.random.pick(argument.parts ?? []));
      case 'block':
        return [...token, ...(argument.parts ?? []).flatMap((part) => this.occurrences(part))];
      default:
        return [...token, this.value(argument)];
    }
  }

  private value({ name, token, type }: Argument): string {
    const { random } = this;
    switch (type) {
      case 'key':
        return random.pick(KEYS);
      case 'integer':
      case 'unix-time':
        return random.chance(0.2) ? random.pick(ODD_NUMBERS) : this.number(name, token === undefined);
      case 'pattern':
        return random.pick(PATTERNS);
      default:
        if (name === 'type') return random.pick(TYPES);
        return name.endsWith('name') ? random.pick(NAMES) : random.pick(VALUES);
    }
  }

  /**
   * `mayBePast`: EXPIREAT with a time that is past removes the key at once, but SET with one leaves a key that is gone
   * for readers and counted by DBSIZE until it is removed, which every server does in its own time.
   */
  private number(name: string, mayBePast: boolean): string {
    const { random } = this;
    const further = 7 * ++this.times + random.below(3) * 10_000_000;
    switch (name) {
      case 'seconds':
        return String(FAR_SECONDS + further);
      case 'milliseconds':
        return String((FAR_SECONDS + further) * 1000 + random.below(1000));
      case 'unix-time-seconds':
        return mayBePast && random.chance(0.1) ? '1000' : String(FAR_FUTURE + further);
      case 'unix-time-milliseconds':
        return mayBePast && random.chance(0.1)
          ? '1000'
          : String((FAR_FUTURE + further) * 1000 + random.below(1000));
      case 'cursor':
        // Any other one is each server's own.
        return '0';
      case 'count':
        return random.pick(['1', '10', '1000', '100000', '9223372036854775807']);
      case 'index':
      case 'index1':
      case 'index2':
      case 'destination-db':
      case 'db':
        return String(random.below(17));
      case 'client-id':
        return String(1_000_000 + random.below(1000));
      case 'start-slot':
      case 'end-slot':
      case 'slot':
      case 'config-epoch':
      case 'port':
      case 'cluster_bus_port':
        return String(random.below(20_000));
      case 'protover':
        return random.pick(['2', '3', '3', '1', '4']);
      default:
        throw new Error(`nothing is known of numbers called ${name}`);
    }
  }

  private bent(args: CommandLine): CommandLine {
    const { random } = this;
    const bent = [...args];
    const at = random.below(bent.length + 1);
    switch (random.below(5)) {
      case 0:
        bent.splice(at, 1);
        break;
      case 1:
        bent.splice(at, 0, random.pick(ODD_WORDS));
        break;
      case 2:
        // The whole end once more, so that options come twice.
        bent.push(...bent.slice(at));
        break;
      case 3:
        bent.splice(at, 1, random.pick(ODD_NUMBERS));
        break;
      default:
        bent.push(...bent.splice(at, 2));
    }
    return bent;
  }

  private anyCase(word: string): string {
    return this.random.pick([word, word.toLowerCase(), word[0] + word.slice(1).toLowerCase()]);
  }
}
