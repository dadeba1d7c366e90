/**
 * What a command's handler is given while it runs: a ShardCall on a shard, a ConnectionCall on the main thread.
 * The interfaces to session and server are declared here, where the commands need them, and implemented by
 * src/connection/ and src/server.ts, so that commands import neither.
 */
import type { Config } from '../config/config.js';
import type { Database } from '../keyspace/database.js';
import type { Keyspace } from '../keyspace/keyspace.js';
import type { Argv } from '../protocol/argv.js';
import type { ArgvList } from '../protocol/argv-list.js';
import { type Int64, parseInt64 } from '../protocol/int64.js';
import type { ReplyWriter, RespVersion } from '../protocol/reply-writer.js';
import type { Command } from './command.js';
import type { Argument } from './grammar.js';
import type { CommandTable } from './table.js';

/** More options than any command has. */
const SLOTS_MAX = 64;
export const INT_MIN = -(2 ** 31);
export const INT_MAX = 2 ** 31 - 1;

/** Reading of arguments, the same on both sides. One object serves every command of a thread. */
export abstract class Call {
  command!: Command;
  argv!: Argv;
  reply!: ReplyWriter;
  /** Where the options were found, by slot of the declared argument; filled by the option parser. */
  readonly found = new Int32Array(SLOTS_MAX);

  /** Whether the option was given. */
  has(option: Argument): boolean {
    return this.found[option.slot] !== 0;
  }

  /** The index in argv of the option's value, 0 if it was not given. */
  at(option: Argument): number {
    return this.found[option.slot];
  }

  /** The argument as an integer, undefined if it is none. */
  integer(index: number): Int64 | undefined {
    const { argv } = this;
    return parseInt64(argv.source(index), argv.start(index), argv.end(index));
  }

  /** Whether the argument is an integer that a C int can hold. */
  isInt32(index: number): boolean {
    const integer = this.integer(index);
    return integer !== undefined && integer >= INT_MIN && integer <= INT_MAX;
  }

  /** Reads the options behind the positional arguments: null, or the error to reply. */
  optionsError(): string | null {
    return this.command.grammar.parseOptions(this.argv, this.found);
  }

  /** The same, but replies the error, and returns false if there is one. */
  parseOptions(): boolean {
    const error = this.optionsError();
    if (error === null) return true;
    this.reply.error(error);
    return false;
  }
}

/** A command, or its part for one shard, running on that shard. */
export class ShardCall extends Call {
  /** Index of the database the client has selected. */
  databaseIndex = 0;
  /** Whether the guarded commands that come next are to be run: a transaction's first step says so. */
  guardHolds = false;
  private selected: Database | null = null;
  readonly keyspace: Keyspace;
  readonly shard: ShardContext;

  constructor(keyspace: Keyspace, shard: ShardContext) {
    super();
    this.keyspace = keyspace;
    this.shard = shard;
  }

  /** The database the client has selected. */
  get database(): Database {
    return this.selected!;
  }

  /** None is run any more: a database that is flushed must not be kept alive. */
  deselect(): void {
    this.selected = null;
  }

  /** What is run next is for this database. */
  select(index: number): void {
    this.databaseIndex = index;
    this.selected = this.keyspace.database(index);
  }

  /** The time the command was stamped with when it was sequenced. */
  get nowMs(): number {
    return this.keyspace.clock.nowMs;
  }
}

/** What a command can ask of the shard it runs on. */
export interface ShardContext {
  /** The settings in force for this command. */
  readonly config: Config;
  /** How many shards there are. */
  readonly shards: number;
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number;
  /** This shard's figures for INFO. */
  readonly figures: () => ShardFigures;
}

/** A command running on the main thread. */
export class ConnectionCall extends Call {
  session!: Session;
  readonly server: Server;

  constructor(server: Server) {
    super();
    this.server = server;
  }

  /** One that is still valid when the client's next command has come; itself if it is that already. */
  lasting(): ConnectionCall {
    return this.isLasting
      ? this
      : ConnectionCall.lasting(this.server, this.command, this.argv.copy(), this.session);
  }

  static lasting(server: Server, command: Command, argv: Argv, session: Session): ConnectionCall {
    const call = new ConnectionCall(server);
    call.isLasting = true;
    call.command = command;
    call.argv = argv;
    call.session = session;
    return call;
  }

  private isLasting = false;
}

/** Commands that wait for EXEC. */
export interface Transaction {
  readonly commands: Command[];
  /** Their arguments. */
  readonly argvs: ArgvList;
  /** One was refused when it came, so EXEC will refuse all. */
  failed: boolean;
}

/** What WATCH, EXEC and WAIT have done for the command that is being run; its reply comes when that is done. */
export interface Transactions {
  /** Keeps the client waiting, and then replies; 0 for ever. Within EXEC nobody waits. */
  block(timeoutMs: number, write: (reply: ReplyWriter) => void): void;
  /** Watches the keys that are the command's arguments. */
  watch(): void;
  /** Runs the client's transaction, unless a key that it watches has changed, and ends it either way. */
  exec(): void;
  /** Replies at once. */
  reply(write: (reply: ReplyWriter) => void): void;
}

/** The state of one client that commands read and change. */
export interface Session {
  readonly id: number;
  databaseIndex: number;
  resp: RespVersion;
  /** CLIENT SETNAME; empty for none. */
  name: string;
  /** CLIENT SETINFO. */
  libraryName: string;
  libraryVersion: string;
  /** Since MULTI; null outside of a transaction. */
  transaction: Transaction | null;
  /** Whether the client is on this machine. */
  readonly isLocal: boolean;
  /** UNWATCH. */
  unwatch(): void;
  /** It waits in a command that blocks. */
  readonly isBlocked: boolean;
  /** Ends that, with an error or as if the time were up; returns whether it did wait. */
  unblock(error: string | null): boolean;
  /** The one it last named, whatever became of it. */
  lastCommand: Command | null;
  /** CLIENT NO-EVICT; shown, since no client is given up for memory's sake yet. */
  isNeverEvicted: boolean;
  readonly addresses: ClientAddresses;
  readonly ageSeconds: number;
  /** Since bytes last came or went. */
  readonly idleSeconds: number;
  /** Its connection ends when its replies are sent. */
  readonly isClosing: boolean;
  readonly buffers: ClientBuffers;
  /** CLIENT REPLY: whether replies are sent, this command's included; `skip` leaves out the next one's. */
  setReplies(mode: 'on' | 'off' | 'skip'): void;
  /** Ends the connection at once, as a client that is killed. */
  kill(): void;
  /** Ends the connection once the replies up to this command's are sent; later commands are not run. */
  closeAfterReplies(): void;
  /** Ends the connection at once, whatever replies are outstanding, and logs why. */
  closeNow(why: string): void;
}

/** Where a client's connection comes from and goes to, as `ip:port`. */
export interface ClientAddresses {
  readonly remote: string;
  readonly local: string;
  /** The socket's file descriptor, -1 where that can't be known. */
  readonly descriptor: number;
}

/** What is kept for a client, in bytes. */
export interface ClientBuffers {
  /** Received and not done with. */
  readonly queryBytes: number;
  /** Arguments of the command that is being run. */
  readonly argumentBytes: number;
  /** Replies that the system has not taken yet. */
  readonly outputBytes: number;
  /** `r` while its socket is read, `w` while there is something to be written. */
  readonly events: string;
}

/** The clients there are. */
export interface ClientDirectory {
  all(): Iterable<Session>;
  find(id: number): Session | undefined;
}

/** What the server as a whole offers to commands. */
export interface Server {
  readonly config: Config;
  /** A number from 0 up to, not including, 1. */
  random(): number;
  /** Microseconds since 1970, in step with the sequenced clock. */
  nowMicros(): number;
  /** Figures for INFO that the main thread knows. */
  figures(): ServerFigures;
  resetStatistics(): void;
  /**
   * CONFIG REWRITE.
   * @throws Error where the file can't be written; it is then as it was
   */
  rewriteConfig(): void;
  /** Starts an orderly end of the process. */
  shutdown(reason: string): void;
  /** Leaves a remark for the operator. */
  warn(message: string): void;
  /** Stops the main thread for so long: nobody is answered, and what comes after it is sequenced after it. */
  sleep(ms: number): void;
  readonly commands: CommandTable;
  readonly clients: ClientDirectory;
}

/** What a shard says of its part of a database. */
export interface DatabaseFigures {
  readonly index: number;
  readonly keys: number;
  readonly expiring: number;
  readonly averageTtlMs: number;
  /** By the allocator's books: in use, of that what is neither key nor value, and with what is not in use. */
  readonly usedBytes: number;
  readonly overheadBytes: number;
  readonly reservedBytes: number;
}

/** What one shard says of itself; instants are Unix times in milliseconds. */
export interface ShardFigures {
  readonly shard: number;
  readonly databases: readonly DatabaseFigures[];
  /** The most bytes its databases have ever used. */
  readonly peakBytes: number;
  /** Entries are being moved so that memory can be given back. */
  readonly compacting: boolean;
  readonly hits: number;
  readonly misses: number;
  readonly expired: number;
  /** Keys changed since the start, as Redis counts them. */
  readonly changes: number;
  readonly commands: number;
  readonly batches: number;
  /** Of the shard thread's JavaScript heap and the buffers outside it. */
  readonly heapBytes: number;
  readonly externalBytes: number;
  /** Part of the time since start that the thread's event loop was busy, 0 to 1. */
  readonly utilization: number;
}

export interface ServerFigures {
  readonly version: string;
  readonly runId: string;
  readonly uptimeSeconds: number;
  readonly listening: readonly string[];
  readonly port: number;
  readonly connectedClients: number;
  readonly connectionsReceived: number;
  readonly connectionsRejected: number;
  readonly commandsProcessed: number;
  readonly commandsPerSecond: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly inputBytesPerSecond: number;
  readonly outputBytesPerSecond: number;
  readonly queryBufferBytesMax: number;
  readonly pausedConnections: number;
  readonly slotRanges: readonly (readonly [first: number, last: number])[];
  /** Bytes of requests sent to each shard and not answered yet. */
  readonly queuedBytes: readonly number[];
  readonly order: OrderFigures;
}

/** How commands got their places in the order. */
export interface OrderFigures {
  /** Places given. */
  readonly sequenced: number;
  /** First hops made, those included that were made again because a key had expired in between. */
  readonly firstHops: number;
  /** Commands that had to wait for others, and for how long in all, those that wait still not counted. */
  readonly waited: number;
  readonly waitedMicros: number;
  /** Commands between their hops, or waiting. */
  readonly claims: number;
  /** Transactions that had the server to themselves. */
  readonly barriers: number;
}
