/**
 * Dispatcher: from a parsed command to its reply. It looks the command up, refuses what Redis would refuse, runs what
 * runs on the main thread and gives the rest to the router. Main thread.
 *
 * Invariant: every command gets one PendingReply, in the order of the requests, whatever becomes of it.
 */
import { ConnectionCall, type Server, type Session } from '../commands/calls.js';
import {
  arityAllows,
  type Command,
  type OnConnection,
  type OnShard,
  type ReplyPart,
} from '../commands/command.js';
import type { CommandTable } from '../commands/table.js';
import type { Argv } from '../protocol/argv.js';
import { SHOWN_BYTES_MAX, wrongArity, wrongSubcommand } from '../protocol/reply-errors.js';
import type { ReplyWriter } from '../protocol/reply-writer.js';
import type { LocalReplies } from '../router/local-replies.js';
import type { PendingReply } from '../router/pending-reply.js';
import type { Router, RunJoin } from '../router/router.js';
import type { ShardLink } from '../router/shard-link.js';
import type { Statistics } from './statistics.js';

export class Dispatcher {
  private readonly table: CommandTable;
  private readonly router: Router;
  private readonly replies: LocalReplies;
  private readonly server: Server;
  private readonly statistics: Statistics;
  private readonly call: ConnectionCall;
  private running: OnConnection['run'] = () => {};
  private readonly runHere = (reply: ReplyWriter): void => {
    this.call.reply = reply;
    this.running(this.call);
  };
  private readonly prepareJoin = (): RunJoin => this.joinOf(this.call.session);

  constructor(server: Server, router: Router, replies: LocalReplies, statistics: Statistics) {
    this.table = server.commands;
    this.router = router;
    this.replies = replies;
    this.server = server;
    this.statistics = statistics;
    this.call = new ConnectionCall(server);
  }

  /**
   * Runs or routes a command; its reply will fill `pending`.
   * @returns a link that is full now, so that this connection stops feeding it, or null
   */
  dispatch(argv: Argv, session: Session, pending: PendingReply): ShardLink | null {
    const { call } = this;
    call.argv = argv;
    call.session = session;
    const resolved = this.resolve(argv);
    if (typeof resolved === 'string') return this.refuse(resolved, pending);
    session.lastCommand = resolved;
    call.command = resolved;
    const { execution } = resolved;
    if (execution.on === 'connection') {
      this.statistics.commandsProcessed++;
      this.running = execution.run;
      this.replies.reply(pending, session.resp, this.runHere);
      return null;
    }
    const error = execution.refuse?.(call) ?? null;
    if (error !== null) return this.refuse(error, pending);
    this.statistics.commandsProcessed++;
    return this.router.submit(resolved, execution, argv, session, pending, this.prepareJoin);
  }

  /** Makes an error the reply, in its place behind the replies before it. */
  refuse(error: string, pending: PendingReply): null {
    this.replies.reply(pending, 2, (reply) => reply.error(error));
    return null;
  }

  /** The command that argv names, or the error to reply. */
  private resolve(argv: Argv): Command | string {
    let command = this.table.lookup(argv, 0);
    if (command === undefined) return unknownCommand(argv);
    if (command.subcommands !== null && argv.count > 1) {
      const { guard, name, ownSubcommands } = command.declaration;
      const error = guard?.(this.call) ?? null;
      if (error !== null) return error;
      const sub = command.subcommands.get(argv.latin1(1, SHOWN_BYTES_MAX).toLowerCase());
      if (ownSubcommands && (sub === undefined || !arityAllows(sub, argv.count))) {
        return wrongSubcommand(name, argv);
      }
      if (sub === undefined) {
        return `ERR unknown subcommand '${argv.shown(1, SHOWN_BYTES_MAX)}'. Try ${name.toUpperCase()} HELP.`;
      }
      command = sub;
    }
    return arityAllows(command, argv.count) ? command : wrongArity(command.fullName);
  }

  /** A join that can run later, when this command's argv is long gone. */
  private joinOf(session: Session): RunJoin {
    const { argv, command } = this.call;
    const { join } = command.execution as OnShard;
    if (typeof join !== 'function') throw new Error(`${command.fullName} has no join of its own`);
    const call = new ConnectionCall(this.server);
    call.argv = argv.copy();
    call.session = session;
    call.command = command;
    return (parts: readonly ReplyPart[]) => {
      // The reply has been begun, in the dialect of the time when the command came.
      call.reply = this.replies.writer;
      join(parts, call);
    };
  }
}

function unknownCommand(argv: Argv): string {
  let args = '';
  for (let i = 1; i < argv.count && args.length < SHOWN_BYTES_MAX; i++) {
    args += `'${argv.shown(i, SHOWN_BYTES_MAX - args.length)}' `;
  }
  return `ERR unknown command '${argv.shown(0, SHOWN_BYTES_MAX)}', with args beginning with: ${args}`;
}
