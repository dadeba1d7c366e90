/** What the fuzzer says of a difference: both replies, how to repeat the run, and the shortest history found. */
import type { Difference, Line } from './arena.js';
import { quoted, shown } from './command-line.js';
import type { Found } from './fuzzer.js';

const REPLY_CHARACTERS_MAX = 400;
const BYTES_BEFORE = 20;
/** Of a history that could not be shrunk the end is shown. */
const LINES_MAX = 50;

export function reportOf({ difference, history, seed, shrunk }: Found): string[] {
  const head = [
    `A difference at command ${difference.index + 1} of seed ${seed}:`,
    ...toldDifference(history[difference.index], difference),
    '',
  ];
  if (shrunk === undefined) {
    const end = history.slice(Math.max(0, difference.index + 1 - LINES_MAX), difference.index + 1);
    return [...head, `Repeated it does not show; its last ${end.length} commands were:`, ...pasteable(end)];
  }
  const { lines } = shrunk;
  const isBehind = shrunk.difference.index < lines.length - 1;
  return [
    ...head,
    `The shortest history found, ${lines.length} commands${isBehind ? ', sent at once' : ''}:`,
    ...pasteable(lines),
    ...toldDifference(lines[shrunk.difference.index], shrunk.difference),
  ];
}

function toldDifference({ words }: Line, { redis, sherd }: Difference): string[] {
  const from =
    Math.max(redis.length, sherd.length) <= REPLY_CHARACTERS_MAX ? 0 : firstDifference(redis, sherd);
  return [`  ${shown(words)}`, `    Redis: ${part(redis, from)}`, `    Sherd: ${part(sherd, from)}`];
}

/** Where to look: a little before the first byte that differs. */
function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return Math.max(0, at - BYTES_BEFORE);
}

function part(reply: string, from: number): string {
  const shownPart = quoted(reply.slice(from, from + REPLY_CHARACTERS_MAX));
  const isWhole = from === 0 && reply.length <= REPLY_CHARACTERS_MAX;
  return isWhole ? shownPart : `from byte ${from} of ${reply.length}: ${shownPart}`;
}

/** Lines for redis-cli; where they belong to several connections, each says behind whose they are. */
function pasteable(lines: readonly Line[]): string[] {
  const connections = [...new Set(lines.map(({ connection }) => connection))];
  if (connections.length === 1) return lines.map(({ words }) => shown(words));
  return lines.flatMap(({ connection, words }, i) => {
    const heading = `# in redis-cli ${connections.indexOf(connection) + 1}:`;
    return lines[i - 1]?.connection === connection ? [shown(words)] : [heading, shown(words)];
  });
}
