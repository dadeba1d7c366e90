/**
 * History: what clients sent and were answered, held against the model while it happens.
 *
 * When a command gets its place in the router's order, the model runs it, with the router's time; its reply must be the
 * model's. A place given is always behind the command's sending and before its reply, so an order in which every reply is
 * right is a proof of strict serializability, whoever proposed it, if time never goes back along it, clients' commands
 * keep their order, and nothing comes between those of a transaction. All of that is checked here, and that the shards did
 * nothing in another order or at another time.
 */
import { Argv } from '../../src/protocol/argv.js';
import type { PendingReply } from '../../src/router/pending-reply.js';
import type { Batch } from '../../src/shard/batch.js';
import { RequestBatchReader } from '../../src/shard/request-batch.js';
import { ErrorReply, type Reply } from '../support/replies.js';
import { MODEL_COMMANDS } from './commands.js';
import { Accepts, accepts, type Expected, Model, ModelClient } from './model.js';

/** One command of one client. */
export interface Recorded {
  /** Its number in the history, in the order of sending. */
  readonly number: number;
  readonly client: number;
  readonly words: readonly string[];
  /** The clock when it was sent. */
  readonly sentAtMs: number;
  /** When it was sent and answered, on a scale of all that happened; Infinity for never. */
  readonly sent: number;
  answered: number;
  /** The smallest clock since the turn before it was sent, which bounds its time whoever gives it a place. */
  readonly earliestMs: number;
  /** Its place: sequence number and time. */
  place: { readonly sequence: number; readonly nowMs: number } | null;
  /** The commands of the transaction that it is EXEC of. */
  queued: readonly (readonly string[])[] | null;
  expected: Expected;
  /** Undefined before it has come. */
  reply: Reply | undefined;
  /** Of its replies how many have a place: more than one with EXEC. */
  placed: number;
}

export interface Reading {
  readonly since: number;
  readonly atMs: number;
}

/** A reply that a client waits for. */
interface Awaited {
  readonly recorded: Recorded;
  readonly client: ModelClient;
  /** 0, or which command of the transaction. */
  readonly part: number;
  placed: boolean;
}

export class History {
  readonly model = new Model(MODEL_COMMANDS);
  readonly recorded: Recorded[] = [];
  /** Where the clock has stood, and since when. */
  readonly readings: Reading[] = [];
  /** What was found wrong. */
  readonly failures: string[] = [];

  private readonly awaited = new Map<PendingReply, Awaited>();
  private instant = 0;
  /** The clock, its largest value, and its smallest one since the last turn ended. */
  private clockMs = 0;
  private latestMs = 0;
  private earliestMs = 0;
  private last = { sequence: 0, nowMs: 0 };
  /** Of every step of the order, by its sequence number. */
  private readonly stepMs: number[] = [];
  /** A transaction that has not all of its places yet. */
  private open: Recorded | null = null;
  /** Of each client's commands the one that got its place last. */
  private readonly lastPlaced = new Map<ModelClient, Recorded>();
  private readonly reader = new RequestBatchReader(new Argv());
  /** By shard: the last that it was sent. */
  private readonly sent = new Map<number, { sequence: number; nowMs: number }>();

  fail(text: string): void {
    this.failures.push(text);
  }

  newClient(): ModelClient {
    return new ModelClient(this.model);
  }

  send(client: number, words: readonly string[]): Recorded {
    const recorded: Recorded = {
      number: this.recorded.length,
      client,
      words,
      sentAtMs: this.clockMs,
      sent: ++this.instant,
      answered: Number.POSITIVE_INFINITY,
      earliestMs: this.earliestMs,
      place: null,
      queued: null,
      expected: null,
      reply: undefined,
      placed: 0,
    };
    this.recorded.push(recorded);
    return recorded;
  }

  /** `pending` is to become the reply to a command, or that part of it. */
  await(pending: PendingReply, recorded: Recorded, client: ModelClient, part = 0): void {
    this.awaited.set(pending, { recorded, client, part, placed: false });
  }

  clockMoved(nowMs: number): void {
    this.readings.push({ since: ++this.instant, atMs: nowMs });
    this.clockMs = nowMs;
    this.latestMs = Math.max(this.latestMs, nowMs);
    this.earliestMs = Math.min(this.earliestMs, nowMs);
  }

  turnEnded(): void {
    this.earliestMs = this.clockMs;
  }

  /** The router has begun a step of its order. */
  step(sequence: number, nowMs: number): void {
    this.stepMs[sequence] = nowMs;
    if (sequence <= this.last.sequence || nowMs < this.last.nowMs) {
      this.fail(`step ${sequence} at ${nowMs} came behind ${this.last.sequence} at ${this.last.nowMs}`);
    }
    if (nowMs > this.latestMs || nowMs < this.earliestMs) {
      this.fail(
        `step ${sequence} has the time ${nowMs}; the clock went from ${this.earliestMs} to ${this.latestMs}`,
      );
    }
    this.last = { sequence, nowMs };
  }

  /** A command has its place: the step begun last; `pending` is its reply, and the model says what that must be. */
  place(pending: PendingReply): void {
    const awaited = this.awaited.get(pending);
    if (awaited === undefined) {
      this.fail('a place was given for nothing');
      return;
    }
    if (this.open !== null && this.open !== awaited.recorded) {
      this.fail(`${told(awaited.recorded)} ran in the middle of ${told(this.open)}`);
    }
    this.take(awaited);
  }

  /**
   * The same for a command of a transaction whose shard decides whether it is run. Where the model says that it is not, its
   * reply must be empty and its effect none, which is seen later.
   */
  placeIfRun(pending: PendingReply): void {
    if (this.awaited.get(pending)?.recorded.queued !== null) this.place(pending);
  }

  /** A reply is written on the main thread: that is the command's place if it has none and nothing of it ran elsewhere. */
  replyHere(pending: PendingReply): void {
    const awaited = this.awaited.get(pending);
    if (awaited !== undefined && !awaited.placed) this.take(awaited);
  }

  /** A shard is about to be given a batch. */
  toShard(batch: Batch, shard: number): void {
    const { reader } = this;
    const last = this.sent.get(shard) ?? { sequence: 0, nowMs: 0 };
    reader.open(batch);
    if (reader.nowMs < last.nowMs) this.fail(`shard ${shard}: the time went back to ${reader.nowMs}`);
    last.nowMs = reader.nowMs;
    while (reader.next()) {
      const { nowMs, sequence } = reader;
      if (sequence < last.sequence)
        this.fail(`shard ${shard}: step ${sequence} came behind step ${last.sequence}`);
      if (this.stepMs[sequence] !== nowMs) {
        this.fail(
          `shard ${shard}: step ${sequence} has the time ${nowMs} there, not ${this.stepMs[sequence]}`,
        );
      }
      last.sequence = sequence;
    }
    reader.close();
    this.sent.set(shard, last);
  }

  answered(recorded: Recorded, reply: Reply): void {
    recorded.reply = reply;
    recorded.answered = ++this.instant;
    const parts = 1 + (recorded.queued?.length ?? 0);
    if (recorded.placed !== parts) {
      this.fail(`${told(recorded)} was answered when ${recorded.placed} of its ${parts} places were known`);
    } else if (!accepts(recorded.expected, reply)) {
      this.fail(`${told(recorded)} -> ${show(reply)}, not ${show(recorded.expected)}`);
    }
  }

  private take(awaited: Awaited): void {
    const { client, part, recorded } = awaited;
    if (awaited.placed) {
      this.fail(`${told(recorded)} was run twice`);
      return;
    }
    awaited.placed = true;
    if (part !== recorded.placed) {
      this.fail(`${told(recorded)}: part ${part} has a place, and ${recorded.placed} had one before`);
      return;
    }
    recorded.placed++;
    if (part === 0) this.begin(recorded, client);
    else this.goOn(recorded, client, part);
    if (this.open === recorded && recorded.placed > recorded.queued!.length) this.open = null;
  }

  private begin(recorded: Recorded, client: ModelClient): void {
    recorded.place = this.last;
    const before = this.lastPlaced.get(client);
    if (before !== undefined && before.number > recorded.number) {
      this.fail(`${told(before)} overtook ${told(recorded)}`);
    }
    this.lastPlaced.set(client, recorded);
    const expected = client.run(this.last.nowMs, recorded.words);
    if (!isTransaction(expected)) {
      recorded.expected = expected;
      return;
    }
    recorded.queued = expected.queued;
    recorded.expected = [];
    this.open = recorded;
  }

  private goOn(recorded: Recorded, client: ModelClient, part: number): void {
    const words = recorded.queued?.[part - 1];
    if (words === undefined) {
      this.fail(`${told(recorded)} runs though it must not`);
      return;
    }
    (recorded.expected as Expected[]).push(client.runQueued(this.last.nowMs, words));
  }
}

function isTransaction(
  expected: Expected | { readonly queued: readonly (readonly string[])[] },
): expected is { readonly queued: readonly (readonly string[])[] } {
  return typeof expected === 'object' && expected !== null && 'queued' in expected;
}

const SHOWN_CHARACTERS = 300;

export function told({ client, words }: Recorded): string {
  return `client ${client}: ${words.join(' ').slice(0, SHOWN_CHARACTERS)}`;
}

export function show(reply: Expected | undefined): string {
  if (reply === undefined) return 'no reply';
  if (reply instanceof Accepts) return reply.told;
  if (reply instanceof ErrorReply) return `(${reply.text})`;
  if (Array.isArray(reply)) return `[${reply.map(show).join(', ')}]`;
  return typeof reply === 'string' ? JSON.stringify(reply).slice(0, SHOWN_CHARACTERS) : String(reply);
}
