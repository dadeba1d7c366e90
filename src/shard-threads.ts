/**
 * ShardThreads: the shards' threads, from the first to the last, and the main thread's ends of their channels. Main thread.
 *
 * The threads are Piscina tasks that last as long as the server; a task that ends before its port is closed has lost the
 * data of its shard. What the shards answer is polled for at a turn's end, and when a turn sends before that; a thread's
 * message comes only when this one sleeps.
 */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { HashSeed } from './keyspace/half-siphash.js';
import type { Batch, BatchPort } from './shard/batch.js';
import { Channel, newLane } from './shard/channel.js';
import { Doorbell } from './shard/doorbell.js';
import type { ShardOptions } from './shard/shard.js';
import type { ShardTask } from './shard-task.js';

/** Batches taken from one shard in a turn, so that a turn stays short. */
const BATCHES_PER_TURN_MAX = 32;
/** How long the end waits for the tasks to notice that their ports are closed. */
const TASKS_END_MS_MAX = 2000;

const SHARD_ENTRY = fileURLToPath(new URL('./workers/shard.js', import.meta.url));

export interface ShardThreadsOptions {
  readonly count: number;
  /** Start of the sequenced clock, Unix time in milliseconds. */
  readonly nowMs: number;
  /** What the shards' settings are at the start. */
  readonly settings: NonNullable<ShardOptions['settings']>;
  /** A shard has something while this thread sleeps, or its thread was told to wake it. */
  readonly onWake: () => void;
  /** A task has ended, with an error or without one. */
  readonly onEnd: (index: number, error: unknown) => void;
}

export class ShardThreads {
  private readonly options: ShardThreadsOptions;
  private readonly pool: Piscina;
  private readonly bell = new Doorbell();
  private readonly ports: MessagePort[] = [];
  private readonly channels: Channel[] = [];
  private readonly tasks: Promise<void>[] = [];

  constructor(options: ShardThreadsOptions) {
    this.options = options;
    this.pool = new Piscina({
      filename: SHARD_ENTRY,
      minThreads: options.count,
      maxThreads: options.count,
      concurrentTasksPerWorker: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      // A worker waits for its task's batches, not for more tasks.
      atomics: 'disabled',
    });
    for (let index = 0; index < options.count; index++) this.start(index);
  }

  /** By shard, where its batches go. */
  get batchPorts(): readonly BatchPort[] {
    return this.channels;
  }

  /**
   * Hands out what the shards have answered, a bounded number of batches; returns how many.
   * @throws Error if what came is no batch, and whatever `take` throws
   */
  receive(take: (index: number, batch: Batch) => void): number {
    let taken = 0;
    for (let index = 0; index < this.channels.length; index++) {
      for (let left = BATCHES_PER_TURN_MAX; left > 0; left--) {
        const batch = this.channels[index].poll();
        if (batch === null) break;
        take(index, batch);
        taken++;
      }
    }
    return taken;
  }

  /** Has the shards send a message with their next answers, unless there are some; says whether this thread may sleep. */
  sleep(): boolean {
    return this.bell.enterLoop(this.hasAnswers);
  }

  /** This thread is awake: the shards need not send a message. */
  wake(): void {
    this.bell.wake();
  }

  /** Closes the ports, which ends the tasks and then the threads. */
  async end(): Promise<void> {
    for (const port of this.ports) port.close();
    // A thread that is stopped while it still loads its modules can take the process with it.
    const giveUp = new Promise<void>((resolve) => setTimeout(resolve, TASKS_END_MS_MAX));
    await Promise.race([Promise.all(this.tasks), giveUp]);
    await this.pool.destroy();
  }

  private readonly hasAnswers = (): boolean => this.channels.some((channel) => channel.hasArrived);

  private start(index: number): void {
    const { port1, port2 } = new MessageChannel();
    const [requests, responses] = [newLane(), newLane()];
    const shardBell = new Doorbell();
    const channel = new Channel({
      port: port1,
      nextMessage: () => receiveMessageOnPort(port1)?.message,
      outgoing: requests,
      incoming: responses,
      theirs: shardBell,
    });
    this.ports.push(port1);
    this.channels.push(channel);
    port1.on('message', (message: unknown) => {
      channel.arrive(message);
      this.options.onWake();
    });
    const seed = randomBytes(8);
    const hashSeed: HashSeed = [seed.readInt32LE(0), seed.readInt32LE(4)];
    const { nowMs, settings } = this.options;
    const task: ShardTask = {
      port: port2,
      requests,
      responses,
      shardBell: shardBell.shared,
      mainBell: this.bell.shared,
      options: { index, shards: this.options.count, nowMs, hashSeed, settings },
    };
    const running: Promise<void> = this.pool.run(task, { transferList: [port2] });
    const ended = (error?: unknown) => this.options.onEnd(index, error);
    this.tasks.push(running.then(ended, ended));
  }
}
