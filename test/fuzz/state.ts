/**
 * The whole state of both servers, compared by commands like any others: what is in every database, and of every key its
 * type, its deadline, its encoding and its value. So a difference found there is one in a reply, and can be shrunk.
 */
import { decode } from '../support/replies.js';
import type { Arena, Difference, Line } from './arena.js';
import type { CommandLine } from './command-line.js';
import type { Likeness } from './likeness.js';

const DATABASES = 16;
/** No connection of an episode's. */
const CONNECTION = 1000;
/** At once all keys there are. */
const SCAN: CommandLine = ['SCAN', '0', 'COUNT', '1000000'];

/** What tells of a key; one that is for another type is refused by both. Those that are not declared are not sent. */
const READERS: readonly (readonly [before: CommandLine, after: CommandLine])[] = [
  [['TYPE'], []],
  [['PTTL'], []],
  [['OBJECT', 'ENCODING'], []],
  [['GET'], []],
  [['LRANGE'], ['0', '-1']],
  [['HGETALL'], []],
  [['SMEMBERS'], []],
  [['ZRANGE'], ['0', '-1', 'WITHSCORES']],
  [['XRANGE'], ['-', '+']],
  [['DUMP'], []],
];

/** @returns the commands that show a difference, the last of which has it, or null */
export async function compareState(
  arena: Arena,
  likeness: Likeness,
): Promise<{ difference: Difference; lines: Line[] } | null> {
  const { witness } = arena;
  arena.witness = () => {};
  try {
    const overview: CommandLine[] = [];
    for (let index = 0; index < DATABASES; index++)
      overview.push(['SELECT', String(index)], ['DBSIZE'], SCAN);
    const first = await ask(arena, overview);
    if ('difference' in first) return first;
    const details: CommandLine[] = [];
    const readers = READERS.filter(([before]) => likeness.find(before) !== undefined);
    for (let index = 0; index < DATABASES; index++) {
      const [, keys] = decode(first.replies[3 * index + 2]) as [string, string[]];
      if (keys.length > 0) details.push(['SELECT', String(index)]);
      for (const key of keys) for (const [before, after] of readers) details.push([...before, key, ...after]);
    }
    const second = await ask(arena, details);
    return 'difference' in second ? second : null;
  } finally {
    arena.witness = witness;
  }
}

async function ask(
  arena: Arena,
  lines: readonly CommandLine[],
): Promise<{ difference: Difference; lines: Line[] } | { replies: readonly Buffer[] }> {
  const { difference, replies } = await arena.send(CONNECTION, lines);
  if (difference === null) return { replies };
  // Of the way there only the database matters.
  const select = lines.slice(0, difference.index).findLast(([name]) => name === 'SELECT');
  const shown = [...(select === undefined ? [] : [select]), lines[difference.index]];
  return { difference, lines: shown.map((words) => ({ connection: CONNECTION, burst: -1, words })) };
}
