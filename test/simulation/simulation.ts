/**
 * Simulation: carries out a plan on the production classes, in one process, and checks what clients and shards saw (see
 * history.ts) and what is left at the end (audit.ts).
 */
import type { Dispatcher } from '../../src/connection/dispatcher.js';
import type { PendingReply } from '../../src/router/pending-reply.js';
import type { BatchPort } from '../../src/shard/batch.js';
import { InProcessClient, InProcessServer } from '../support/in-process-server.js';
import { createRandom, type Random } from '../support/random.js';
import { decode, endOfReply } from '../support/replies.js';
import { auditClients, auditKeyspace, auditServer } from './audit.js';
import { History, type Reading, type Recorded } from './history.js';
import type { ModelClient } from './model.js';
import { ObservedReplies, ObservedRouter } from './observed-router.js';
import type { Action, Plan } from './plan.js';

/** A bug on purpose: what is done to a server before the run. */
export interface Fault {
  readonly wrapPort?: (random: Random) => (port: BatchPort, index: number) => BatchPort;
  /** Returns what undoes it, where it is not the server's alone. */
  readonly plant?: (server: InProcessServer) => (() => void) | undefined;
  /** Only what clients see is checked while it runs, not what the shards are sent. */
  readonly clientsOnly?: boolean;
  /** The run goes on when something is wrong. */
  readonly goesOn?: boolean;
}

export interface Outcome {
  readonly failures: readonly string[];
  readonly recorded: readonly Recorded[];
  readonly readings: readonly Reading[];
}

/** A client that keeps a record of what it sends and gets. */
export class RecordingClient extends InProcessClient {
  /** Its number in this run. */
  readonly number: number;
  private readonly history: History;
  private readonly model: ModelClient;
  private readonly undispatched: Recorded[] = [];
  private readonly unanswered: Recorded[] = [];
  /** Parts of the last command's reply, the first one not counted. */
  private parts = 0;
  private lastBegun: Recorded | undefined;
  private bytes = Buffer.alloc(0);

  constructor(dispatcher: Dispatcher, history: History, number: number) {
    super(dispatcher);
    this.number = number;
    this.history = history;
    this.model = history.newClient();
    // Both protocols, whose nulls are different bytes and the same reply.
    this.resp = number % 2 === 0 ? 3 : 2;
  }

  /** Commands not answered yet. */
  get missing(): readonly Recorded[] {
    return [...this.unanswered, ...this.undispatched];
  }

  say(words: readonly string[]): void {
    this.undispatched.push(this.history.send(this.number, words));
    this.send(...words);
  }

  protected override begin(pending: PendingReply): void {
    const recorded = this.undispatched.shift()!;
    this.unanswered.push(recorded);
    this.lastBegun = recorded;
    this.parts = 0;
    this.history.await(pending, recorded, this.model);
  }

  override expectReply(muted: boolean): PendingReply {
    const pending = super.expectReply(muted);
    // While a transaction runs its client sends nothing behind it.
    this.history.await(pending, this.lastBegun!, this.model, ++this.parts);
    return pending;
  }

  /** Reads what has come. */
  read(): void {
    if (this.replies.length === 0) return;
    this.bytes = Buffer.concat([this.bytes, ...this.replies.splice(0)]);
    for (;;) {
      const end = this.bytes.length === 0 ? 0 : endOfReply(this.bytes, 0);
      if (typeof end !== 'number' || end === 0) return;
      const recorded = this.unanswered.shift();
      const reply = decode(this.bytes.subarray(0, end));
      this.bytes = this.bytes.subarray(end);
      if (recorded === undefined) this.history.fail(`client ${this.number}: a reply to nothing`);
      else this.history.answered(recorded, reply);
    }
  }
}

class Run {
  readonly history = new History();
  readonly server: InProcessServer;
  private readonly clients: RecordingClient[] = [];
  private readonly gone: RecordingClient[] = [];
  private readonly undo: (() => void) | undefined;
  private readonly goesOn: boolean;
  private clientsMade = 0;

  constructor({ seed, shards }: Plan, { clientsOnly, goesOn = false, plant, wrapPort }: Fault) {
    this.goesOn = goesOn;
    const { history } = this;
    const random = createRandom(seed);
    this.server = new InProcessServer({
      shards,
      random,
      replies: new ObservedReplies(history),
      makeRouter: (ports, environment) => new ObservedRouter(ports, environment, history),
      ...(clientsOnly ? {} : { onRequests: (batch, shard) => history.toShard(batch, shard) }),
      ...(wrapPort === undefined ? {} : { wrapPort: wrapPort(random) }),
    });
    history.clockMoved(this.server.clock.atMs);
    this.undo = plant?.(this.server);
  }

  carryOut(actions: readonly Action[]): void {
    try {
      for (const action of actions) {
        this.act(action);
        if (this.history.failures.length > 0 && !this.goesOn) return;
      }
      this.end();
    } catch (error) {
      this.history.fail(`thrown: ${error instanceof Error ? error.stack : String(error)}`);
    } finally {
      this.undo?.();
    }
  }

  private act(action: Action): void {
    const { server } = this;
    switch (action.do) {
      case 'send':
        this.client(action.client).say(action.words);
        break;
      case 'deliver':
        server.ports.deliver(action.choice);
        break;
      case 'end turn':
        if (server.endTurn()) this.history.turnEnded();
        break;
      case 'clock':
        this.history.clockMoved(server.clock.atMs + action.ms);
        server.clock.advance(action.ms);
        break;
      case 'leave':
        this.leave(action.client);
    }
    this.read();
  }

  /** The client at a place; a new one where there is none. */
  private client(place: number): RecordingClient {
    this.clients[place] ??= new RecordingClient(this.server.dispatcher, this.history, this.clientsMade++);
    return this.clients[place];
  }

  private leave(place: number): void {
    const client = this.clients[place];
    if (client === undefined) return;
    client.disconnect();
    this.gone.push(client);
    delete this.clients[place];
  }

  private read(): void {
    for (const client of this.clients) client?.read();
  }

  private settle(): void {
    const { server } = this;
    do {
      if (server.endTurn()) this.history.turnEnded();
      this.read();
    } while (server.ports.step() || server.turnIsOpen);
  }

  private end(): void {
    const { history, server } = this;
    this.settle();
    auditClients(this.clients, history);
    this.clients.forEach((_, place) => {
      this.leave(place);
    });
    this.settle();
    server.router.tickAll();
    this.settle();
    if (history.failures.length > 0) return;
    auditServer(server, this.gone, history);
    auditKeyspace(server, history);
  }
}

/** Carries out a plan, up to the first thing that is wrong. */
export function simulate(plan: Plan, fault: Fault = {}): Outcome {
  const run = new Run(plan, fault);
  run.carryOut(plan.actions);
  return run.history;
}
