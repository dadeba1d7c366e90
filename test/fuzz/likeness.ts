/**
 * When two replies that differ mean the same. Most must not differ at all; what may is told by the command's tips, and for
 * a few commands by a rule of their own.
 */
import type { Command } from '../../src/commands/command.js';
import { decode, endOfReply, type Reply } from '../support/replies.js';
import type { CommandLine } from './command-line.js';
import { DEVIATIONS } from './exceptions.js';

/** Both are of one type, and no errors. */
type Rule = (theirs: Buffer, ours: Buffer, words: CommandLine) => boolean;

/** How far apart times may be that were measured from now. */
const TOLERANCE_MS = 5000;

const exact: Rule = () => false;
/** Of one type, which has been looked at already, and both null or neither. */
const sameShape: Rule = (theirs, ours) => isNull(theirs) === isNull(ours);
const sameElements: Rule = (theirs, ours) => {
  const [redis, sherd] = [theirs, ours].map((reply) =>
    elementsOf(reply)
      .map((element) => element.toString('latin1'))
      .sort(),
  );
  return redis.length === sherd.length && redis.every((element, i) => element === sherd[i]);
};

/** The same but for integers, among which there are times. */
const closeIntegers: Rule = (...replies) => {
  const [redis, sherd] = replies.slice(0, 2).map((reply) => String(reply).split(/:(-?\d+)\r\n/));
  return (
    redis.length === sherd.length &&
    redis.every(
      (part, i) =>
        part === sherd[i] || (i % 2 === 1 && Math.abs(Number(part) - Number(sherd[i])) <= TOLERANCE_MS),
    )
  );
};

/** By full name; what goes before tips. */
const RULES: Readonly<Record<string, Rule>> = {
  // Tells of a value that both must keep alike, whatever the tips say.
  'object|encoding': exact,
  'object|refcount': exact,
  dump: sameDump,
  ttl: closeTimes(1000),
  pttl: closeTimes(1),
  expiretime: closeTimes(1000),
  pexpiretime: closeTimes(1),
  'xinfo|stream': closeIntegers,
  'xinfo|consumers': closeIntegers,
  xpending: closeIntegers,
  time: (...replies) =>
    replies
      .slice(0, 2)
      .every((reply) => /^\*2\r\n\$10\r\n\d{10}\r\n\$\d\r\n\d{1,6}\r\n$/.test(String(reply))),
  hello: (theirs, ours) => withoutId(theirs) === withoutId(ours),
  info: sameShape,
  'client|id': sameShape,
  // The same fields in the same order; most of what they say is each server's own.
  'client|info': (theirs, ours) => fieldsOf(theirs) === fieldsOf(ours),
  // Every allocator has its own sizes.
  'memory|usage': sameShape,
  // What there are of commands is compared elsewhere, one by one.
  command: sameShape,
  'command|count': sameShape,
  'command|list': sameShape,
  'command|info': sameShape,
  'command|docs': sameShape,
  'config|get': (theirs, ours) => settingsOf(theirs) === settingsOf(ours),
  scan: (theirs, ours, [, cursor]) => !/^0?$/.test(cursor) || sameScans(decode(theirs), decode(ours)),
};

export class Likeness {
  private readonly commands: ReadonlyMap<string, Command>;

  constructor(commands: readonly Command[]) {
    this.commands = new Map(commands.map((command) => [command.declaration.name, command]));
  }

  /** The command, or subcommand, that the words name, undefined if there is none. */
  find([name = '', sub = '']: CommandLine): Command | undefined {
    const command = this.commands.get(name.toLowerCase());
    return command?.subcommands?.get(sub.toLowerCase()) ?? command;
  }

  /** Whether two replies to the words, of which it is known that their bytes differ, may do so. */
  areAlike(words: CommandLine, theirs: Buffer, ours: Buffer): boolean {
    const command = this.find(words);
    const name = command?.fullName ?? '';
    if (isDeviation(name, words, theirs, ours)) return true;
    if (command === undefined || typeOf(theirs) !== typeOf(ours) || theirs[0] === MINUS) return false;
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : ruleOf(command.tips);
    return rule(theirs, ours, words);
  }
}

/** The replies inside an array, set, map or push; none of anything else. */
export function elementsOf(reply: Buffer): Buffer[] {
  if (!'*~%>'.includes(String.fromCharCode(reply[0]))) return [];
  const elements: Buffer[] = [];
  for (let at = reply.indexOf('\n') + 1; at < reply.length; ) {
    const end = endOfReply(reply, at) as number;
    elements.push(reply.subarray(at, end));
    at = end;
  }
  return elements;
}

export function isNull(reply: Buffer): boolean {
  return reply[0] === UNDERSCORE || (reply[1] === MINUS && reply[0] !== COLON && reply[0] !== COMMA);
}

const MINUS = '-'.charCodeAt(0);
const UNDERSCORE = '_'.charCodeAt(0);
const COLON = ':'.charCodeAt(0);
const COMMA = ','.charCodeAt(0);

function isDeviation(name: string, words: CommandLine, theirs: Buffer, ours: Buffer): boolean {
  const [redis, sherd] = [theirs.toString('latin1'), ours.toString('latin1')];
  return DEVIATIONS.some(({ covers }) => covers(name, words, redis, sherd));
}

/** A null is the type of its dialect, so that a rule decides what it means beside something else. */
function typeOf(reply: Buffer): string {
  const type = String.fromCharCode(reply[0]);
  return type === '_' ? '$' : type;
}

function ruleOf(tips: readonly string[]): Rule {
  if (tips.includes('nondeterministic_output')) return sameShape;
  return tips.includes('nondeterministic_output_order') ? sameElements : exact;
}

function closeTimes(unitMs: number): Rule {
  return (theirs, ours) => {
    const [redis, sherd] = [theirs, ours].map((reply) => BigInt(reply.toString('latin1', 1).trimEnd()));
    if (redis < 0n || sherd < 0n) return false;
    const apart = redis < sherd ? sherd - redis : redis - sherd;
    return apart * BigInt(unitMs) <= BigInt(TOLERANCE_MS);
  };
}

/** RDB's types that are written in the order of a hash table, set, hash and sorted set, and streams, which have times in them. */
const VAGUE_RDB_TYPES = new Set([2, 4, 5, 19]);

/** Elements may come in another order, times be later, and check sums follow from that. */
function sameDump(theirs: Buffer, ours: Buffer): boolean {
  const type = theirs[theirs.indexOf('\n') + 1];
  return theirs.length === ours.length && VAGUE_RDB_TYPES.has(type) && ours[ours.indexOf('\n') + 1] === type;
}

/** What a cursor means, and how far a call goes, is each server's own; where both went to the end they give the same keys. */
function sameScans(theirs: Reply, ours: Reply): boolean {
  const [theirCursor, theirKeys] = theirs as [string, string[]];
  const [ourCursor, ourKeys] = ours as [string, string[]];
  if (theirCursor !== '0' || ourCursor !== '0') return true;
  return JSON.stringify(theirKeys.sort()) === JSON.stringify(ourKeys.sort());
}

/** Name and value of each, in an order of ours; in RESP2 they stand in one list. */
function settingsOf(reply: Buffer): string {
  const elements = decode(reply) as Reply[];
  if (Array.isArray(elements[0])) return JSON.stringify(elements.map(String).sort());
  const pairs = elements.flatMap((name, i) => (i % 2 === 0 ? [`${name},${elements[i + 1]}`] : []));
  return JSON.stringify(pairs.sort());
}

function fieldsOf(info: Buffer): string {
  return info
    .toString('latin1')
    .replace(/\d+\r\n/, '')
    .replace(/=[^ ]*/g, '');
}

function withoutId(hello: Buffer): string {
  return hello.toString('latin1').replace(/(\$2\r\nid\r\n):\d+/, '$1:ID');
}
