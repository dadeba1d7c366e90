/**
 * Fuzzer: episodes of random commands to redis-server and Sherd, until the time or the commands are used up or a
 * difference is found, which is then shrunk. Episode n of seed s is episode 0 of seed s + n, so what is found in any
 * of them is found again at once.
 */
import type { Command } from '../../src/commands/command.js';
import type { StartServer } from '../conformance/servers.js';
import { decode } from '../support/replies.js';
import { type Alter, Arena, type Difference, type Line } from './arena.js';
import type { Knowledge } from './argument-values.js';
import type { Preference } from './command-generator.js';
import type { CommandLine } from './command-line.js';
import { Coverage } from './coverage.js';
import { Episode } from './episode.js';
import { Likeness } from './likeness.js';
import { type Shrunk, shrink } from './shrink.js';
import { compareState } from './state.js';

export interface FuzzOptions extends Preference {
  readonly commands: readonly Command[];
  readonly seed: number;
  readonly redis: StartServer;
  readonly sherd: StartServer;
  /** The run ends at the first of these. */
  readonly commandsMax?: number;
  readonly secondsMax?: number;
  /** Commands of an episode; the state is compared a few times in it, and at its end. */
  readonly episodeCommands?: number;
  readonly alter?: Alter;
}

export interface FuzzResult {
  readonly commandsSent: number;
  readonly episodes: number;
  readonly seconds: number;
  readonly coverage: Coverage;
  readonly found?: Found;
}

export interface Found {
  /** That of the episode. */
  readonly seed: number;
  readonly difference: Difference;
  /** With what was sent together with the command that differs. */
  readonly history: readonly Line[];
  /** Undefined where the history, repeated, shows no difference. */
  readonly shrunk: Shrunk | undefined;
}

const EPISODE_COMMANDS = 20_000;
const STATE_COMPARISONS = 4;

/** Values whose DUMP is what RESTORE is given, by the command that makes them, which must be declared. */
const DUMPED: readonly CommandLine[] = [
  ['SET', 'dumped', ''],
  ['SET', 'dumped', 'value'],
  ['SET', 'dumped', '12'],
  ['SET', 'dumped', '-30000'],
  ['SET', 'dumped', '9223372036854775807'],
  ['SET', 'dumped', 'x'.repeat(300)],
  ['SET', 'dumped', '\0\xff\r\n'.repeat(20)],
  ['PFADD', 'dumped', 'a', 'b', 'c'],
  ['RPUSH', 'dumped', 'a', '1', 'x'.repeat(100)],
  ['SADD', 'dumped', '1', '2', '3'],
  ['SADD', 'dumped', 'a', 'b'],
  ['HSET', 'dumped', 'field', 'value', 'f', '1'],
  ['ZADD', 'dumped', '1', 'a', '2.5', 'b'],
  ['XADD', 'dumped', '1-1', 'field', 'value'],
];

export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const {
    commands,
    commandsMax = Number.POSITIVE_INFINITY,
    secondsMax = Number.POSITIVE_INFINITY,
    seed,
  } = options;
  const likeness = new Likeness(commands);
  const coverage = new Coverage(likeness, commands);
  const arena = await Arena.open(likeness, options.redis, options.sherd);
  arena.alter = options.alter;
  arena.witness = (words, reply) => coverage.add(words, reply);
  const startedMs = performance.now();
  const seconds = () => (performance.now() - startedMs) / 1000;
  let commandsSent = 0;
  let episodes = 0;
  try {
    const knowledge = await learn(arena, likeness, commands);
    while (commandsSent < commandsMax && seconds() < secondsMax) {
      const episodeSeed = seed + episodes++;
      const episode = new Episode(episodeSeed, commands, knowledge, options);
      const left = Math.min(options.episodeCommands ?? EPISODE_COMMANDS, commandsMax - commandsSent);
      const { difference, history } = await play(
        arena,
        likeness,
        episode,
        left,
        () => seconds() >= secondsMax,
      );
      commandsSent += history.length;
      if (difference === null) continue;
      arena.witness = () => {};
      const shrunk = await shrink(arena, likeness, history, difference.index);
      const found = { seed: episodeSeed, difference, history, shrunk };
      return { commandsSent, episodes, seconds: seconds(), coverage, found };
    }
    return { commandsSent, episodes, seconds: seconds(), coverage };
  } finally {
    await arena.close();
  }
}

/** One episode, up to its end or to a difference, whose index is that in the history. */
async function play(
  arena: Arena,
  likeness: Likeness,
  episode: Episode,
  commandsMax: number,
  isTimeUp: () => boolean,
): Promise<{ difference: Difference | null; history: Line[] }> {
  const history: Line[] = [];
  await arena.clear();
  let compared = 0;
  for (let burst = 0; ; burst++) {
    const { connection, cuts, lines } = episode.next();
    const { difference } = await arena.send(connection, lines, cuts);
    const before = history.length;
    for (const words of lines) history.push({ connection, burst, words });
    if (difference !== null) {
      return { difference: { ...difference, index: before + difference.index }, history };
    }
    const isOver = history.length >= commandsMax || isTimeUp();
    if (!isOver && history.length - compared < commandsMax / STATE_COMPARISONS) continue;
    compared = history.length;
    const state = await compareState(arena, likeness);
    if (state !== null) {
      const whole = [...history, ...state.lines];
      return { difference: { ...state.difference, index: whole.length - 1 }, history: whole };
    }
    if (isOver) return { difference: null, history };
  }
}

async function learn(arena: Arena, likeness: Likeness, commands: readonly Command[]): Promise<Knowledge> {
  const commandNames = commands.flatMap((one) => [
    one.fullName,
    ...one.shownSubcommands.map((sub) => sub.fullName),
  ]);
  const known = DUMPED.filter((words) => likeness.find(words) !== undefined);
  const lines = known.flatMap((words) => [words, ['DUMP', 'dumped'], ['DEL', 'dumped']]);
  const replies = await arena.askRedis(lines);
  const payloads = known.map((_, i) => decode(replies[3 * i + 1]) as string);
  return { commandNames: [...commandNames, 'nonsense', ''], payloads };
}
