/** The production router, and what it writes replies with, telling a History which command gets its place when. */
import type { ConnectionCall } from '../../src/commands/calls.js';
import type { Command, OnShard, ShardRun, Step } from '../../src/commands/command.js';
import type { Argv } from '../../src/protocol/argv.js';
import type { ReplyWriter, RespVersion } from '../../src/protocol/reply-writer.js';
import type { Holder } from '../../src/router/gate.js';
import { LocalReplies } from '../../src/router/local-replies.js';
import { PendingReply } from '../../src/router/pending-reply.js';
import { type ClientState, Router, type RouterEnvironment } from '../../src/router/router.js';
import type { ShardLink, Target } from '../../src/router/shard-link.js';
import type { BatchPort } from '../../src/shard/batch.js';
import type { History } from './history.js';

export class ObservedRouter extends Router {
  private readonly history: History;
  /** The command that is being begun. */
  private beginning: PendingReply | null = null;

  constructor(ports: readonly BatchPort[], environment: RouterEnvironment, history: History) {
    super(ports, environment);
    this.history = history;
  }

  override submit(call: ConnectionCall, execution: OnShard, pending: PendingReply): Holder | null {
    return this.beginningWith(pending, () => super.submit(call, execution, pending));
  }

  override carryOut(call: ConnectionCall, pending: PendingReply, whenSequenced: () => void): void {
    this.beginningWith(pending, () => super.carryOut(call, pending, whenSequenced));
  }

  override sequence(call: ConnectionCall, execution: OnShard, pending: PendingReply): ShardLink | null {
    const full = super.sequence(call, execution, pending);
    this.history.step(this.sequenced, this.currentMs());
    this.history.place(pending);
    return full;
  }

  override beginStep(): number {
    const nowMs = super.beginStep();
    this.history.step(this.sequenced, nowMs);
    return nowMs;
  }

  override sendStep(
    call: ConnectionCall,
    step: Step,
    client: ClientState,
    firstHop: boolean,
    target: Target,
    part: number,
  ): void {
    super.sendStep(call, step, client, firstHop, target, part);
    // The last step of a second hop; or the first hop of a command that only reads, and whose place that is.
    const { writes } = call.command;
    if (writes && target instanceof PendingReply) this.history.place(target);
    else if (!writes && firstHop && part === 0) this.history.place(this.beginning!);
  }

  override sendTo(
    shard: number,
    command: Command,
    run: ShardRun,
    argv: Argv,
    client: ClientState,
    target: Target,
    part: number,
  ): void {
    super.sendTo(shard, command, run, argv, client, target, part);
    if (target instanceof PendingReply) this.history.place(target);
  }

  override sendGuarded(shard: number, call: ConnectionCall, pending: PendingReply): void {
    super.sendGuarded(shard, call, pending);
    this.history.placeIfRun(pending);
  }

  private beginningWith<T>(pending: PendingReply, run: () => T): T {
    const before = this.beginning;
    this.beginning = pending;
    const result = run();
    this.beginning = before;
    return result;
  }
}

export class ObservedReplies extends LocalReplies {
  private readonly history: History;

  constructor(history: History) {
    super();
    this.history = history;
  }

  override reply(pending: PendingReply, resp: RespVersion, write: (writer: ReplyWriter) => void): void {
    this.history.replyHere(pending);
    super.reply(pending, resp, write);
  }
}
