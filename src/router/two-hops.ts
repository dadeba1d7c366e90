/**
 * TwoHops: a command on its way over several shards: first hop, decision, second hop. Main thread.
 *
 * Its place in the order is the step in which the whole second hop is appended. What the first hop found is still true then:
 * nobody wrote to its keys, since it has a claim on their slots, and none has expired, or the first hop is made again. A
 * command that writes nothing has no claim; its place is the first hop, and the second one only computes.
 */
import type { ConnectionCall } from '../commands/calls.js';
import type { InTwoHops, Step } from '../commands/command.js';
import { areTooLarge, firstError } from '../commands/steps.js';
import { ReplyTooLarge, type ReplyWriter } from '../protocol/reply-writer.js';
import { Hop, unheard } from './hop.js';
import type { PendingReply } from './pending-reply.js';
import type { ClientState, Router } from './router.js';

export class TwoHops {
  private readonly router: Router;
  private readonly call: ConnectionCall;
  private readonly execution: InTwoHops;
  private readonly pending: PendingReply;
  /** As it was when the command came: one that only reads does not keep its client from changing it. */
  private readonly client: ClientState;
  private readonly whenSequenced: () => void;

  /** `call` must be a lasting one. `whenSequenced` is called when the command has its place in the order. */
  constructor(
    router: Router,
    call: ConnectionCall,
    execution: InTwoHops,
    pending: PendingReply,
    whenSequenced: () => void,
  ) {
    this.router = router;
    this.call = call;
    this.execution = execution;
    this.pending = pending;
    this.client = { databaseIndex: call.session.databaseIndex, resp: call.session.resp };
    this.whenSequenced = whenSequenced;
  }

  start(): void {
    const steps = this.execution.first(this.call);
    this.router.counters.firstHops++;
    const hop = new Hop(steps.length, (complete) => this.router.later(() => this.decide(complete)));
    this.router.beginStep();
    steps.forEach((step, part) => {
      this.send(step, true, hop, part);
    });
    if (!this.call.command.writes) this.whenSequenced();
  }

  private decide(hop: Hop): void {
    const untilMs = hop.takeTimes();
    const { writes } = this.call.command;
    if (writes && this.router.beginStep() > untilMs) {
      hop.release();
      this.start();
      return;
    }
    const error = firstError(hop.found);
    if (error !== undefined) this.reply((reply) => reply.raw(error.bytes, error.start, error.end));
    else if (areTooLarge(hop.found)) this.reply((reply) => reply.error(new ReplyTooLarge().reply));
    else this.proceed(hop);
    hop.release();
    if (writes) this.whenSequenced();
  }

  private proceed({ found }: Hop): void {
    const next = this.execution.second(this.call, found);
    if (typeof next === 'function') {
      this.reply(next);
      return;
    }
    this.router.beginStep();
    const last = next.length - 1;
    next.forEach((step, i) => {
      this.send(step, false, i === last ? this.pending : unheard, 0);
    });
  }

  private send(
    step: Step,
    firstHop: boolean,
    target: Hop | PendingReply | typeof unheard,
    part: number,
  ): void {
    this.router.sendStep(this.call, step, this.client, firstHop, target, part);
  }

  private reply(write: (reply: ReplyWriter) => void): void {
    this.router.replies.reply(this.pending, this.client.resp, write);
  }
}
