/**
 * Server: puts the parts together and takes them apart again. Main thread.
 *
 * Start: shard threads (Piscina tasks that last as long as the server), router, listeners. End: listeners first, then
 * connections when their replies are out, then ports, which ends the tasks. A shard that ends before that has lost its
 * data; the server then stops at once rather than answer from an empty map.
 */
import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Logger } from 'pino';
import { Piscina } from 'piscina';
import type { Server as CommandServer, ServerFigures } from './commands/calls.js';
import { CommandTable } from './commands/table.js';
import { type Config, ConfigError } from './config/config.js';
import { Clients } from './connection/clients.js';
import { Dispatcher } from './connection/dispatcher.js';
import { Statistics } from './connection/statistics.js';
import { GarbageWatch } from './garbage-watch.js';
import type { HashSeed } from './keyspace/half-siphash.js';
import { setLogLevel } from './log.js';
import { SystemClock } from './router/clock.js';
import { LocalReplies } from './router/local-replies.js';
import { Router } from './router/router.js';
import type { ShardOptions } from './shard/shard.js';
import { Turn } from './turn.js';
import { version } from './version.js';

/** How often rates are taken and idle connections looked for. */
const HOUSEKEEPING_MS = 1000;
/** How long an orderly end waits for clients that don't take their replies. */
const FINISH_MS_MAX = 5000;
/** How long it waits for the shards' tasks to notice that their ports are closed. */
const TASKS_END_MS_MAX = 2000;

const SHARD_ENTRY = fileURLToPath(new URL('./workers/shard.js', import.meta.url));

export class Server implements CommandServer {
  readonly config: Config;
  readonly commands = new CommandTable();
  /** Resolves with the exit status when the server has ended. */
  readonly ended: Promise<number>;

  private readonly log: Logger;
  private readonly clock = new SystemClock();
  private readonly statistics = new Statistics();
  private readonly replies = new LocalReplies();
  private readonly pool: Piscina;
  private readonly ports: MessagePort[] = [];
  /** One for each shard; they end when the ports are closed. */
  private readonly tasks: Promise<void>[] = [];
  /** Shards that have answered for the first time. */
  private readonly started = new Set<number>();
  private resolveStarted!: () => void;
  private readonly allStarted = new Promise<void>((resolve) => {
    this.resolveStarted = resolve;
  });
  private readonly router: Router;
  private readonly clients: Clients;
  private readonly listeners: NetServer[] = [];
  private readonly runId = randomBytes(20).toString('hex');
  private readonly startedAtMs = this.clock.nowMs();
  private readonly startedSteadyMs = performance.now();
  /** The sequenced millisecond last asked for, and when on the steady clock. */
  private millisecond = { nowMs: 0, seenAtMs: 0 };
  private housekeeping: NodeJS.Timeout | undefined;
  /** The end has begun: what is in flight is being finished. */
  private ending = false;
  /** The ports are closed, or about to be. */
  private closed = false;
  private resolveEnded!: (status: number) => void;

  constructor(config: Config, log: Logger) {
    this.config = config;
    this.log = log;
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
    const shards = config.get('shards');
    this.pool = new Piscina({
      filename: SHARD_ENTRY,
      minThreads: shards,
      maxThreads: shards,
      concurrentTasksPerWorker: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      // A worker waits for its task's messages, not for more tasks.
      atomics: 'disabled',
    });
    for (let index = 0; index < shards; index++) this.startShard(index);
    const turn = new Turn(
      () => this.router.sequenced,
      () => {
        // Requests first, so that the shards work while the replies are written.
        this.router.flush();
        this.clients.flush();
      },
    );
    const requestFlush = () => turn.request();
    this.router = new Router(this.ports, { clock: this.clock, replies: this.replies, requestFlush });
    this.router.links.forEach((link, index) => {
      this.ports[index].on('message', (message: unknown) => {
        try {
          this.router.receive(link, message);
          this.hasStarted(index);
        } catch (error) {
          this.fail(`what shard ${index} answered can't be dealt with`, error);
        }
      });
    });
    this.router.tickAll();
    const dispatcher = new Dispatcher(this, this.router, this.replies, this.statistics);
    this.clients = new Clients(config, dispatcher, this.statistics, log, requestFlush);
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
      { addresses, shards: this.ports.length, version },
      `ready to accept connections on ${addresses.join(', ')} with ${this.ports.length} shards, pid ${process.pid}`,
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

  warn(message: string): void {
    this.log.warn(message);
  }

  resetStatistics(): void {
    this.statistics.reset();
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
      queuedBytes: this.router.links.map((link) => link.bytesInFlight),
    };
  }

  private startShard(index: number): void {
    const { port1, port2 } = new MessageChannel();
    this.ports.push(port1);
    const seed = randomBytes(8);
    const hashSeed: HashSeed = [seed.readInt32LE(0), seed.readInt32LE(4)];
    const options: ShardOptions = { index, nowMs: this.startedAtMs, hashSeed };
    const task: Promise<void> = this.pool.run({ port: port2, options }, { transferList: [port2] });
    const ended = (error?: unknown) => this.shardEnded(index, error);
    this.tasks.push(task.then(ended, ended));
  }

  private hasStarted(index: number): void {
    if (this.started.size === this.ports.length) return;
    this.started.add(index);
    if (this.started.size === this.ports.length) this.resolveStarted();
  }

  private shardEnded(index: number, error: unknown): void {
    this.fail(`shard ${index} has died and its data with it`, error);
  }

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
    for (const port of this.ports) port.close();
    // A thread that is stopped while it still loads its modules can take the process with it.
    const giveUp = new Promise<void>((resolve) => setTimeout(resolve, TASKS_END_MS_MAX));
    const resolve = () => this.resolveEnded(status);
    void Promise.race([Promise.all(this.tasks), giveUp])
      .then(() => this.pool.destroy())
      .then(resolve, resolve);
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
    return this.listeners.map((listener) => {
      const { address, family, port } = listener.address() as AddressInfo;
      return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
    });
  }

  private keepHouse(): void {
    this.statistics.sample(performance.now());
    this.clients.closeIdle();
  }
}
