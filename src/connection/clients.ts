/**
 * Clients: the connections there are, who may become one, and what is done for all of them: the flush when the turn
 * sends, closing the idle ones. Main thread.
 */
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type { ClientDirectory } from '../commands/calls.js';
import type { Config } from '../config/config.js';
import type { RequestLimits } from '../protocol/request-parser.js';
import { Connection, type ConnectionHost, isLoopback } from './connection.js';
import type { Dispatcher } from './dispatcher.js';
import { OutputBuffer } from './output-buffer.js';
import type { Statistics } from './statistics.js';

const PROTECTED =
  'DENIED this server is in protected mode, since it has no passwords: it accepts connections from this machine only. ' +
  "Anybody who can reach it could read and change everything. To open it all the same, start it with '--protected-mode no' " +
  "or, from this machine, send 'CONFIG SET protected-mode no'.";

/** Least time between two warnings of suspicious connections. */
const SUSPICION_MS = 60_000;

export class Clients implements ConnectionHost, ClientDirectory {
  readonly dispatcher: Dispatcher;
  readonly statistics: Statistics;
  readonly log: Logger;
  readonly output = new OutputBuffer();
  readonly commandsCame: () => void;
  readonly limits: RequestLimits;

  private readonly config: Config;
  private readonly requestTurnEnd: () => void;
  private readonly connections = new Map<number, Connection>();
  private toFlush: Connection[] = [];
  private lastId = 0;
  private suspectedAtMs = Number.NEGATIVE_INFINITY;
  private finished: (() => void) | undefined;

  /** `requestTurnEnd` has flush() called when this turn of the event loop ends; `commandsCame` may do so before. */
  constructor(
    config: Config,
    dispatcher: Dispatcher,
    statistics: Statistics,
    log: Logger,
    requestTurnEnd: () => void,
    commandsCame: () => void,
  ) {
    this.commandsCame = commandsCame;
    this.config = config;
    this.dispatcher = dispatcher;
    this.statistics = statistics;
    this.log = log;
    this.requestTurnEnd = requestTurnEnd;
    this.limits = { bulkBytesMax: config.get('proto-max-bulk-len') };
    config.onChange('proto-max-bulk-len', (bytes) => {
      this.limits.bulkBytesMax = bytes;
    });
  }

  all(): Iterable<Connection> {
    return this.connections.values();
  }

  find(id: number): Connection | undefined {
    return this.connections.get(id);
  }

  get count(): number {
    return this.connections.size;
  }

  get heldCount(): number {
    return this.count === 0
      ? 0
      : [...this.connections.values()].filter((connection) => connection.held).length;
  }

  get queryBufferBytesMax(): number {
    let most = 0;
    for (const connection of this.connections.values()) most = Math.max(most, connection.queryBufferBytes);
    return most;
  }

  /** Says so in the log, but not more than once a minute: a scanner must not keep the server busy with its log. */
  suspect(client: number, address: string | undefined, why: string): void {
    if (performance.now() - this.suspectedAtMs < SUSPICION_MS) return;
    this.suspectedAtMs = performance.now();
    this.log.warn({ client, address }, `connection closed: ${why}`);
  }

  /** Takes a socket that was accepted just now, or turns it away. */
  accept(socket: Socket): void {
    this.statistics.connectionsReceived++;
    if (this.connections.size >= this.config.get('maxclients')) {
      this.turnAway(socket, 'ERR max number of clients reached');
      return;
    }
    if (this.config.get('protected-mode') === 'yes' && !isLoopback(socket.remoteAddress)) {
      this.turnAway(socket, PROTECTED);
      return;
    }
    const keepAliveSeconds = this.config.get('tcp-keepalive');
    if (keepAliveSeconds > 0) socket.setKeepAlive(true, keepAliveSeconds * 1000);
    const connection = new Connection(++this.lastId, socket, this);
    this.connections.set(connection.id, connection);
    if (connection.id > 1) return;
    // Only a socket can tell, and what the first one says goes for all.
    const reads = connection.readsDirectly ? 'direct' : 'stream';
    this.log.debug({ reads }, `sockets are read ${reads === 'direct' ? 'directly' : 'by way of streams'}`);
  }

  private turnAway(socket: Socket, why: string): void {
    this.statistics.connectionsRejected++;
    socket.on('error', () => {});
    socket.end(`-${why}\r\n`, () => socket.destroy());
  }

  requestFlush(connection: Connection): void {
    if (this.toFlush.length === 0) this.requestTurnEnd();
    this.toFlush.push(connection);
  }

  forget(connection: Connection): void {
    this.connections.delete(connection.id);
    if (this.connections.size === 0) this.finished?.();
  }

  /** Writes the replies that have become ready since it was last called. */
  flush(): void {
    const connections = this.toFlush;
    if (connections.length === 0) return;
    this.toFlush = [];
    for (const connection of connections) connection.flush();
  }

  /** Closes those that have been idle for longer than the `timeout` setting allows; to be called every second. */
  closeIdle(): void {
    const timeoutMs = this.config.get('timeout') * 1000;
    const nowMs = performance.now();
    for (const connection of this.connections.values()) {
      // Asked of all of them, so that it is known to the second how long each has been idle.
      const idleMs = nowMs - connection.activeSince(nowMs);
      if (timeoutMs > 0 && idleMs > timeoutMs) connection.finish();
    }
  }

  /** Ends every connection when what it has in flight is answered; resolves when all are closed. */
  finish(): Promise<void> {
    return new Promise((resolve) => {
      if (this.connections.size === 0) return resolve();
      this.finished = resolve;
      for (const connection of this.connections.values()) connection.finish();
    });
  }
}
