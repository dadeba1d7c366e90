/**
 * Whether a history can be explained by any order at all, found by trying them (Wing & Gong 1993, with the memo of Lowe
 * 2017). It knows when commands were sent and answered, where the clock stood, and the replies; it believes nothing that
 * the router says. For short histories only: it is the check on the check that history.ts makes.
 */
import { MODEL_COMMANDS } from './commands.js';
import type { Reading, Recorded } from './history.js';
import { accepts, type Expected, Model, ModelClient } from './model.js';

interface State {
  readonly model: Model;
  readonly clients: readonly ModelClient[];
  /** By client: how many of its commands have their place. */
  readonly done: readonly number[];
}

/** A command that can come next, with what is tried for it. */
interface Candidate {
  readonly client: number;
  readonly recorded: Recorded;
}

export type Verdict = 'linearizable' | 'not linearizable' | 'too many orders';

/** States looked at before it gives up. */
const STATES_MAX = 50_000;

class Search {
  private readonly commands: readonly (readonly Recorded[])[];
  private readonly readings: readonly Reading[];
  private readonly times: readonly number[];
  private readonly seen = new Set<string>();

  constructor(recorded: readonly Recorded[], readings: readonly Reading[]) {
    const byClient = new Map<number, Recorded[]>();
    for (const one of recorded) byClient.set(one.client, [...(byClient.get(one.client) ?? []), one]);
    this.commands = [...byClient.values()];
    this.readings = readings;
    this.times = [...new Set(readings.map(({ atMs }) => atMs))].sort((one, other) => one - other);
  }

  verdict(): Verdict {
    const model = new Model(MODEL_COMMANDS);
    const clients = this.commands.map(() => new ModelClient(model));
    if (this.explains({ model, clients, done: this.commands.map(() => 0) })) return 'linearizable';
    return this.seen.size < STATES_MAX ? 'not linearizable' : 'too many orders';
  }

  /** Whether the commands that are left can be put in an order. */
  private explains(state: State): boolean {
    const next = this.commands.map((commands, client) => commands[state.done[client]]);
    // Whatever is sent behind this instant comes behind a command that is left.
    const until = Math.min(...next.map((one) => one?.answered ?? Number.POSITIVE_INFINITY));
    // What was never answered may have happened, now or later, or not.
    if (until === Number.POSITIVE_INFINITY) return true;
    const { clients, done, model } = state;
    const key = [done, model.nowMs, model.fingerprint(), ...clients.map((one) => one.fingerprint())].join(
      ' ',
    );
    if (this.seen.has(key) || this.seen.size >= STATES_MAX) return false;
    this.seen.add(key);
    return next.some(
      (recorded, client) =>
        recorded !== undefined && recorded.sent < until && this.explainsWith(state, { client, recorded }),
    );
  }

  /** The same, with one command first, at any time that it can have. */
  private explainsWith(state: State, { client, recorded }: Candidate): boolean {
    return this.timesOf(recorded, state.model.nowMs).some((nowMs) => {
      const model = state.model.copy();
      const clients = state.clients.map((one) => one.copy(model));
      const done = state.done.map((count, at) => (at === client ? count + 1 : count));
      const expected = clients[client].run(nowMs, recorded.words);
      const after = { model, clients, done };
      const isTransaction = typeof expected === 'object' && expected !== null && 'queued' in expected;
      if (isTransaction) return this.explainsRest(after, { client, recorded }, expected.queued, []);
      return isAnsweredBy(recorded, expected) && this.explains(after);
    });
  }

  /** The same, in the middle of a transaction, whose commands may have different times. */
  private explainsRest(
    state: State,
    candidate: Candidate,
    queued: readonly (readonly string[])[],
    replies: readonly Expected[],
  ): boolean {
    const { client, recorded } = candidate;
    if (replies.length === queued.length) return isAnsweredBy(recorded, [...replies]) && this.explains(state);
    return this.timesOf(recorded, state.model.nowMs).some((nowMs) => {
      const model = state.model.copy();
      const clients = state.clients.map((one) => one.copy(model));
      const reply = clients[client].runQueued(nowMs, queued[replies.length]);
      return this.explainsRest({ ...state, model, clients }, candidate, queued, [...replies, reply]);
    });
  }

  /** The times that a command can have: what the clock has shown around it, but not before `fromMs`. */
  private timesOf({ answered, earliestMs, sent }: Recorded, fromMs: number): number[] {
    let least = earliestMs;
    let most = 0;
    for (const { atMs, since } of this.readings) {
      if (since > answered) break;
      if (since > sent) least = Math.min(least, atMs);
      most = Math.max(most, atMs);
    }
    return this.times.filter((atMs) => atMs >= Math.max(least, fromMs) && atMs <= most);
  }
}

function isAnsweredBy({ reply }: Recorded, expected: Expected): boolean {
  return reply === undefined || accepts(expected, reply);
}

export function judge(recorded: readonly Recorded[], readings: readonly Reading[]): Verdict {
  return new Search(recorded, readings).verdict();
}
