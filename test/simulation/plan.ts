/**
 * Plan: everything that happens in one run of the simulation, drawn from a seed before any of it happens. Invariant: an
 * action means the same whatever became of the ones before it, so that a plan without some of its actions is a plan too.
 */
import { START_MS } from '../support/in-process-server.js';
import { createRandom, type Random } from '../support/random.js';
import { COMMANDS, Draw, type SimulatedCommand } from './commands.js';

export type Action =
  /** A client, by its place, sends a command. */
  | { readonly do: 'send'; readonly client: number; readonly words: readonly string[] }
  /** A batch arrives: the next one of the port that the number, from 0 to 1, chooses among those that have any. */
  | { readonly do: 'deliver'; readonly choice: number }
  | { readonly do: 'end turn' }
  /** The clock moves, maybe backwards. */
  | { readonly do: 'clock'; readonly ms: number }
  /** A client goes away, whatever it is in the middle of; another one takes its place. */
  | { readonly do: 'leave'; readonly client: number };

export interface Plan {
  readonly seed: number;
  readonly shards: number;
  readonly actions: readonly Action[];
}

export interface PlanOptions {
  /** Commands at most. */
  readonly commands: number;
  /** Without, the seed chooses. */
  readonly shards?: number | undefined;
  /** Names of the commands to choose from, beside those that make transactions; without, the seed chooses. */
  readonly only?: readonly string[] | undefined;
}

type Kind = Action['do'];
const KINDS: readonly Kind[] = ['send', 'deliver', 'end turn', 'clock', 'leave'];

/** How often what happens, other in every run. */
interface Habits {
  readonly clients: number;
  readonly burstMax: number;
  readonly weights: Readonly<Record<Kind, number>>;
  /** How probable it is that a client begins one. */
  readonly transactions: number;
  readonly commands: readonly SimulatedCommand[];
}

export function makePlan(seed: number, { commands, only, shards }: PlanOptions): Plan {
  const random = createRandom(seed);
  const shardCount = shards ?? random.pick([1, 2, 2, 3, 4, 4, 5, 7]);
  const habits = drawHabits(random, only);
  let nowMs = START_MS;
  const draw = new Draw(random, () => nowMs);
  const scripts = Array.from({ length: habits.clients }, () => [] as (readonly string[])[]);
  const actions: Action[] = [];
  for (let left = commands; left > 0; ) {
    const client = random.below(habits.clients);
    switch (random.weighted(KINDS, (kind) => habits.weights[kind])) {
      case 'send':
        for (let burst = 1 + random.below(habits.burstMax); burst > 0 && left > 0; burst--, left--) {
          if (scripts[client].length === 0) scripts[client] = drawScript(random, draw, habits);
          actions.push({ do: 'send', client, words: scripts[client].shift()! });
        }
        break;
      case 'deliver':
        for (let burst = 1 + random.below(4); burst > 0; burst--) {
          actions.push({ do: 'deliver', choice: random.fraction() });
        }
        break;
      case 'clock': {
        const ms = drawTime(random);
        nowMs += ms;
        actions.push({ do: 'clock', ms });
        break;
      }
      case 'end turn':
        actions.push({ do: 'end turn' });
        break;
      case 'leave':
        scripts[client] = [];
        actions.push({ do: 'leave', client });
    }
  }
  return { seed, shards: shardCount, actions };
}

function drawHabits(random: Random, only: readonly string[] | undefined): Habits {
  const some = random.chance(0.4) ? COMMANDS.filter(() => random.chance(0.4)) : COMMANDS;
  const chosen = only === undefined ? some : COMMANDS.filter(({ name }) => only.includes(name));
  const commands = chosen.length > 0 ? chosen : COMMANDS;
  return {
    clients: 2 + random.below(5),
    burstMax: random.pick([1, 2, 4, 10]),
    weights: {
      send: random.pick([0.5, 1, 2]),
      deliver: random.pick([0.5, 1, 2, 4]),
      'end turn': random.pick([0.3, 0.6, 1.5]),
      clock: random.pick([0, 0.1, 0.3, 1]),
      leave: random.pick([0, 0.01, 0.05]),
    },
    transactions: random.pick([0, 0.1, 0.3, 0.6]),
    commands,
  };
}

/** Small steps, none, steps over deadlines, and now and then back. */
function drawTime(random: Random): number {
  return random.pick([0, 1, 1, 1, 2, 5, 5, 20, 60, 1 + random.below(500), -1, -1 - random.below(20)]);
}

/** What a client sends next: one command, or a transaction with all that belongs to it. */
function drawScript(random: Random, draw: Draw, habits: Habits): (readonly string[])[] {
  if (!random.chance(habits.transactions)) return [drawCommand(random, draw, habits)];
  const commands = (most: number): (readonly string[])[] =>
    Array.from({ length: random.below(most + 1) }, () => drawInside(random, draw, habits));
  const watches = random.chance(0.6) ? [['WATCH', ...draw.keys], ...commands(2)] : [];
  const more =
    watches.length > 0 && random.chance(0.3)
      ? [
          ['SELECT', draw.database],
          ['WATCH', draw.key],
        ]
      : [];
  const end = random.chance(0.9) ? ['EXEC'] : random.pick([['DISCARD'], ['EXEC'], ['UNWATCH']]);
  return [...watches, ...more, ['MULTI'], ...commands(5), end];
}

/** A command of a transaction: now and then one that does not belong there. */
function drawInside(random: Random, draw: Draw, habits: Habits): readonly string[] {
  if (!random.chance(0.03)) return drawCommand(random, draw, habits);
  return random.pick([
    ['NONSENSE', 'x'],
    ['GET'],
    ['MULTI'],
    ['WATCH', draw.key],
    ['MSETNX', draw.key],
    ['EXEC'],
  ]);
}

function drawCommand(random: Random, draw: Draw, { commands }: Habits): readonly string[] {
  const command = random.weighted(commands, ({ weight }) => weight);
  return [command.name, ...command.draw(draw)];
}
