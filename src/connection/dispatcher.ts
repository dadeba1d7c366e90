/**
 * Dispatcher: from a parsed command to its reply. It looks the command up, refuses what Redis would refuse, queues what
 * belongs to a transaction, runs what runs on the main thread and gives the rest to the router. Main thread.
 *
 * Invariant: every command gets one PendingReply, in the order of the requests, whatever becomes of it.
 */
import { ConnectionCall, type Server, type Transaction } from '../commands/calls.js';
import { arityAllows, type Command, type OnConnection, type OnShard } from '../commands/command.js';
import type { CommandTable } from '../commands/table.js';
import type { Argv } from '../protocol/argv.js';
import { SHOWN_BYTES_MAX, wrongArity } from '../protocol/reply-errors.js';
import type { ReplyWriter } from '../protocol/reply-writer.js';
import type { Holder } from '../router/gate.js';
import type { LocalReplies } from '../router/local-replies.js';
import type { PendingReply } from '../router/pending-reply.js';
import type { Router } from '../router/router.js';
import type { Statistics } from './statistics.js';
import { type Client, TransactionRun, unwatch } from './transaction-run.js';

const QUEUED = Buffer.from('+QUEUED\r\n', 'latin1');
const writeQueued = (reply: ReplyWriter): void => reply.raw(QUEUED, 0, QUEUED.length);

export class Dispatcher {
  readonly router: Router;
  readonly replies: LocalReplies;
  private readonly table: CommandTable;
  private readonly statistics: Statistics;
  private readonly call: ConnectionCall;
  private running: OnConnection['run'] = () => {};
  private readonly runHere = (reply: ReplyWriter): void => {
    this.call.reply = reply;
    this.running(this.call);
  };

  constructor(server: Server, router: Router, replies: LocalReplies, statistics: Statistics) {
    this.table = server.commands;
    this.router = router;
    this.replies = replies;
    this.statistics = statistics;
    this.call = new ConnectionCall(server);
  }

  /**
   * Runs, routes or queues a command; its reply will fill `pending`.
   * @returns what the client's later commands have to wait for, or null
   */
  dispatch(argv: Argv, client: Client, pending: PendingReply): Holder | null {
    const resolved = this.resolve(argv, client);
    const { transaction } = client;
    if (typeof resolved === 'string') {
      if (transaction !== null) transaction.failed = true;
      return this.refuse(resolved, pending);
    }
    client.lastCommand = resolved;
    if (transaction !== null && resolved.declaration.immediate !== true) {
      return this.queue(resolved, argv, transaction, pending);
    }
    return this.execute(resolved, argv, client, pending);
  }

  /** Runs or routes a command, whether or not its client has a transaction. */
  execute(
    command: Command,
    argv: Argv,
    client: Client,
    pending: PendingReply,
    mayBlock = true,
  ): Holder | null {
    const call = this.callFor(command, argv, client);
    const { execution } = command;
    if (execution.on === 'connection') {
      this.statistics.commandsProcessed++;
      this.running = execution.run;
      this.replies.reply(pending, client.resp, this.runHere);
      return null;
    }
    if (execution.on === 'router') {
      this.statistics.commandsProcessed++;
      const run = new TransactionRun(this, call, client, pending, mayBlock);
      execution.run(call, run);
      return run.holder;
    }
    if (this.isRefused(execution, pending)) return null;
    return this.router.submit(call, execution, pending);
  }

  /**
   * Runs a command of a transaction that has its place in the order already; `whenSequenced` is called when the next one
   * may be run.
   */
  executeQueued(
    command: Command,
    argv: Argv,
    client: Client,
    pending: PendingReply,
    whenSequenced: () => void,
  ): void {
    const { execution } = command;
    if (execution.on !== 'shard') {
      this.execute(command, argv, client, pending, false);
      whenSequenced();
      return;
    }
    const call = this.callFor(command, argv, client);
    if (this.isRefused(execution, pending)) whenSequenced();
    else this.router.carryOut(call, pending, whenSequenced);
  }

  /** The call for a command that runs on shards, if its declaration does not refuse it; valid until the next one. */
  acceptedCall(command: Command, argv: Argv, client: Client): ConnectionCall | null {
    const { execution } = command;
    const call = this.callFor(command, argv, client);
    return execution.on === 'shard' && (execution.refuse?.(call) ?? null) === null ? call : null;
  }

  /** A command was run, or has its place among those that will be. */
  countCommand(): void {
    this.statistics.commandsProcessed++;
  }

  /** The call that serves every command, valid until the next one. */
  private callFor(command: Command, argv: Argv, client: Client): ConnectionCall {
    const { call } = this;
    call.argv = argv;
    call.session = client;
    call.command = command;
    return call;
  }

  /** Whether the declaration refuses the call at hand; then that is the reply. */
  private isRefused(execution: OnShard, pending: PendingReply): boolean {
    const error = execution.refuse?.(this.call) ?? null;
    if (error === null) {
      this.statistics.commandsProcessed++;
      return false;
    }
    this.refuse(error, pending);
    return true;
  }

  /** UNWATCH, also for a client that has gone. */
  unwatch(client: Client): void {
    unwatch(this.router, client);
  }

  /** Makes an error the reply, in its place behind the replies before it. */
  refuse(error: string, pending: PendingReply): null {
    this.replies.reply(pending, 2, (reply) => reply.error(error));
    return null;
  }

  private queue(command: Command, argv: Argv, transaction: Transaction, pending: PendingReply): null {
    if (command.declaration.flags.includes('no_multi')) {
      transaction.failed = true;
      return this.refuse('ERR Command not allowed inside a transaction', pending);
    }
    transaction.commands.push(command);
    transaction.argvs.push(argv);
    this.replies.reply(pending, 2, writeQueued);
    return null;
  }

  /** The command that argv names, or the error to reply. */
  private resolve(argv: Argv, client: Client): Command | string {
    let command = this.table.lookup(argv, 0);
    if (command === undefined) return unknownCommand(argv);
    if (command.subcommands !== null && argv.count > 1) {
      const { guard, name, ownSubcommands } = command.declaration;
      const error = guard?.(this.callFor(command, argv, client)) ?? null;
      if (error !== null) return error;
      const sub = command.subcommands.get(argv.latin1(1, SHOWN_BYTES_MAX).toLowerCase());
      // The container itself says what is wrong, and not before it is run: a transaction takes it as it is.
      if (ownSubcommands && (sub === undefined || !arityAllows(sub, argv.count))) return command;
      if (sub === undefined) {
        return `ERR unknown subcommand '${argv.shown(1, SHOWN_BYTES_MAX)}'. Try ${name.toUpperCase()} HELP.`;
      }
      command = sub;
    }
    if (arityAllows(command, argv.count)) return command;
    const error = wrongArity(command.fullName);
    return command.declaration.rejection?.(error, this.callFor(command, argv, client)) ?? error;
  }
}

function unknownCommand(argv: Argv): string {
  let args = '';
  for (let i = 1; i < argv.count && args.length < SHOWN_BYTES_MAX; i++) {
    args += `'${argv.shown(i, SHOWN_BYTES_MAX - args.length)}' `;
  }
  return `ERR unknown command '${argv.shown(0, SHOWN_BYTES_MAX)}', with args beginning with: ${args}`;
}
