/**
 * Server: puts the parts together and takes them apart again. Main thread.
 *
 * Start: shard threads, router, listeners. End: listeners first, then connections when their replies are out, then the
 * shards. A shard that ends before that has lost its data; the server then stops at once rather than answer from an empty
 * map.
 */
import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type { Server as CommandServer, ServerFigures } from './commands/calls.js';
import { CommandTable } from './commands/table.js';
import { type Config, ConfigError } from './config/config.js';
import { rewriteFile } from './config/rewrite.js';
import { Clients } from './connection/clients.js';
import { Dispatcher } from './connection/dispatcher.js';
import { Statistics } from './connection/statistics.js';
import { GarbageWatch } from './garbage-watch.js';
import { setLogLevel } from './log.js';
import { SystemClock } from './router/clock.js';
import { LocalReplies } from './router/local-replies.js';
import { Router } from './router/router.js';
import type { Batch } from './shard/batch.js';
import { ShardThreads } from './shard-threads.js';
import { Turn } from './turn.js';
import { version } from './version.js';

/** How often rates are taken and idle connections looked for. */
const HOUSEKEEPING_MS = 1000;
/** How long an orderly end waits for clients that don't take their replies. */
const FINISH_MS_MAX = 5000;

export class Server implements CommandServer {
  readonly config: Config;
  readonly commands = new CommandTable();
  /** Resolves with the exit status when the server has ended. */
  readonly ended: Promise<number>;

  private readonly log: Logger;
  private readonly clock = new SystemClock();
  private readonly statistics = new Statistics();
  private readonly replies = new LocalReplies();
  private readonly shards: ShardThreads;
  /** Shards that have answered for the first time. */
  private readonly started = new Set<number>();
  private resolveStarted!: () => void;
  private readonly allStarted = new Promise<void>((resolve) => {
    this.resolveStarted = resolve;
  });
  private readonly router: Router;
  readonly clients: Clients;
  private readonly listeners: NetServer[] = [];
  private readonly runId = randomBytes(20).toString('hex');
  private readonly startedAtMs = this.clock.nowMs();
  private readonly startedSteadyMs = performance.now();
  /** The sequenced millisecond last asked for, and when on the steady clock. */
  private millisecond = { nowMs: 0, seenAtMs: 0 };
  private housekeeping: NodeJS.Timeout | undefined;
  /** The end has begun: what is in flight is being finished. */
  private ending = false;
  /** The shards are being ended. */
  private closed = false;
  private resolveEnded!: (status: number) => void;

  constructor(config: Config, log: Logger) {
    this.config = config;
    this.log = log;
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
    const turn = new Turn({
      progress: () => this.router.sequenced,
      receive: () => this.receive(),
      send: () => {
        // Requests first, so that the shards work while the replies are written.
        this.router.flush();
        this.clients.flush();
      },
      sleep: () => this.shards.sleep(),
      wake: () => this.shards.wake(),
    });
    this.shards = new ShardThreads({
      count: config.get('shards'),
      nowMs: this.startedAtMs,
      settings: config.all(),
      onWake: () => turn.wake(),
      onEnd: (index, error) => this.fail(`shard ${index} has died and its data with it`, error),
    });
    const requestFlush = () => turn.request();
    const { clock, replies, startedAtMs } = this;
    this.router = new Router(this.shards.batchPorts, { clock, startedAtMs, replies, requestFlush });
    this.router.tickAll();
    const dispatcher = new Dispatcher(this, this.router, this.replies, this.statistics);
    this.clients = new Clients(config, dispatcher, this.statistics, log, requestFlush, () =>
      turn.commandsCame(),
    );
    config.onChange('loglevel', (level) => setLogLevel(log, level));
  }

  /**
   * Listens on every address of `bind`, as soon as every shard is there.
   * @throws ConfigError where that can't be done
   */
  async listen(): Promise<void> {
    await this.allStarted;
    if (this.ending) return;
    for (const word of this.config.get('bind').split(' ').filter(Boolean)) {
      const optional = word.startsWith('-');
      const address = optional ? word.slice(1) : word;
      const host = address === '*' ? '0.0.0.0' : address === '::*' ? '::' : address;
      try {
        this.listeners.push(await this.listenOn(host));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (optional && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue;
        const why = code === 'EADDRINUSE' ? 'the port is in use' : (error as Error).message;
        throw new ConfigError('bind', `can't listen on ${host} port ${this.config.get('port')}: ${why}`);
      }
    }
    if (this.listeners.length === 0) throw new ConfigError('bind', 'there is no address to listen on');
    GarbageWatch.start();
    this.housekeeping = setInterval(() => this.keepHouse(), HOUSEKEEPING_MS);
    const addresses = this.addresses();
    this.log.info(
      { addresses, shards: this.router.links.length, version },
      `ready to accept connections on ${addresses.join(', ')} with ${this.router.links.length} shards, pid ${process.pid}`,
    );
  }

  /** Ends in order: what is in flight is finished first. `ended` resolves with 0. */
  shutdown(reason: string): void {
    if (this.ending) return;
    this.ending = true;
    this.log.info({ reason }, `shutting down: ${reason}`);
    clearInterval(this.housekeeping);
    for (const listener of this.listeners) listener.close();
    const giveUp = new Promise<void>((resolve) => setTimeout(resolve, FINISH_MS_MAX));
    void Promise.race([this.clients.finish(), giveUp]).then(() => this.end(0));
  }

  nowMicros(): number {
    // The sequenced clock counts milliseconds; what is below them is the time since the millisecond was first seen.
    const nowMs = this.router.currentMs();
    if (nowMs !== this.millisecond.nowMs) this.millisecond = { nowMs, seenAtMs: performance.now() };
    const micros = Math.floor((performance.now() - this.millisecond.seenAtMs) * 1000);
    return nowMs * 1000 + Math.min(micros, 999);
  }

  random(): number {
    return Math.random();
  }

  warn(message: string): void {
    this.log.warn(message);
  }

  sleep(ms: number): void {
    // What came before need not wait, and what comes after must not have the time of before.
    this.router.flush();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  }

  rewriteConfig(): void {
    rewriteFile(this.config);
  }

  resetStatistics(): void {
    this.statistics.reset();
    this.router.resetCounters();
  }

  figures(): ServerFigures {
    const { statistics } = this;
    return {
      version,
      runId: this.runId,
      uptimeSeconds: Math.floor((performance.now() - this.startedSteadyMs) / 1000),
      listening: this.addresses(),
      port: this.port(),
      connectedClients: this.clients.count,
      connectionsReceived: statistics.connectionsReceived,
      connectionsRejected: statistics.connectionsRejected,
      commandsProcessed: statistics.commandsProcessed,
      commandsPerSecond: statistics.commandsPerSecond,
      inputBytes: statistics.inputBytes,
      outputBytes: statistics.outputBytes,
      inputBytesPerSecond: statistics.inputBytesPerSecond,
      outputBytesPerSecond: statistics.outputBytesPerSecond,
      queryBufferBytesMax: this.clients.queryBufferBytesMax,
      pausedConnections: this.clients.heldCount,
      slotRanges: this.router.slotRanges,
      order: this.router.figures(),
      queuedBytes: this.router.links.map((link) => link.bytesInFlight),
    };
  }

  /** Takes what the shards have answered. */
  private receive(): number {
    try {
      return this.shards.receive(this.take);
    } catch (error) {
      this.fail("what a shard answered can't be dealt with", error);
      return 0;
    }
  }

  private readonly take = (index: number, batch: Batch): void => {
    const { links } = this.router;
    this.router.receive(links[index], batch);
    if (this.started.size === links.length) return;
    this.started.add(index);
    if (this.started.size === links.length) this.resolveStarted();
  };

  /** Stops at once: going on would give wrong answers. */
  private fail(what: string, error: unknown): void {
    if (this.closed) return;
    this.ending = true;
    this.log.fatal({ err: error }, `${what}; the server stops`);
    this.end(1);
  }

  private end(status: number): void {
    if (this.closed) return;
    this.closed = true;
    const resolve = () => this.resolveEnded(status);
    void this.shards.end().then(resolve, resolve);
  }

  private listenOn(host: string): Promise<NetServer> {
    return new Promise((resolve, reject) => {
      const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
        this.clients.accept(socket),
      );
      listener.once('error', reject);
      const options = { host, port: this.port(), backlog: this.config.get('tcp-backlog') };
      listener.listen(options, () => {
        listener.off('error', reject);
        listener.on('error', (error) => this.log.error({ err: error }, 'accepting a connection failed'));
        resolve(listener);
      });
    });
  }

  /** The configured port, or the one the system chose if that is 0. */
  private port(): number {
    const [first] = this.listeners;
    const address = first?.address() as AddressInfo | null | undefined;
    return address?.port ?? this.config.get('port');
  }

  private addresses(): string[] {
    return this.listeners.flatMap((listener) => {
      const bound = listener.address() as AddressInfo | null;
      // It is closed: the server is ending.
      if (bound === null) return [];
      const { address, family, port } = bound;
      return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
    });
  }

  private keepHouse(): void {
    this.statistics.sample(performance.now());
    this.clients.closeIdle();
  }
}
