/**
 * Shard: runs the batches of one shard against its keyspace, in the order in which they come.
 *
 * Shard thread; it knows its end of the channel, its clock comes with the batches, and it starts no timer of its own.
 * Invariant: every request of a batch is answered, in order, before the next batch is looked at. Keys that are due are
 * removed inside the batch handler, within a budget: while batches keep coming no timer runs within a slice of the loop
 * (batch-loop.ts).
 */
import { ShardCall, type ShardFigures } from '../commands/calls.js';
import type { Command, ShardRun } from '../commands/command.js';
import { CommandTable } from '../commands/table.js';
import { Config } from '../config/config.js';
import { NEVER, NO_ENTRY } from '../keyspace/database.js';
import type { HashSeed } from '../keyspace/half-siphash.js';
import { Keyspace } from '../keyspace/keyspace.js';
import { KeyRanges } from '../keyspace/look-ahead.js';
import { OutOfMemory } from '../keyspace/out-of-memory.js';
import { Argv } from '../protocol/argv.js';
import { ReplyTooLarge, ReplyWriter } from '../protocol/reply-writer.js';
import { type Batch, type BatchPort, PAGE_BYTES } from './batch.js';
import { RequestBatchReader } from './request-batch.js';
import { ResponseBatchWriter } from './response-batch.js';

/** What a shard needs of its thread. */
export interface ShardEnvironment {
  readonly port: BatchPort;
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number;
  /** Figures of the thread: its heap, and how busy it is. */
  threadFigures(): Pick<ShardFigures, 'heapBytes' | 'externalBytes' | 'utilization'>;
}

export interface ShardOptions {
  readonly index: number;
  /** How many shards there are. */
  readonly shards: number;
  /** Start of the sequenced clock, Unix time in milliseconds. */
  readonly nowMs: number;
  /** Secret, so that nobody can choose keys that collide. */
  readonly hashSeed: HashSeed;
  /** Settings at the start, those of Config.all(); without them, Redis's. */
  readonly settings?: readonly (readonly [name: string, text: string])[];
}

/** Steps of the timing wheel taken in a batch; some 100 µs, so that replies never wait long for expiry. */
const EXPIRE_BUDGET = 500;
/** Entries moved in a millisecond so that memory can be given back; some 150 µs. */
const COMPACT_BUDGET = 400;
/**
 * A response this large is sent before the batch is done: pages need not be outgrown, and the main thread has
 * something to write while the shard goes on.
 */
const RESPONSE_BYTES_MAX = (PAGE_BYTES * 3) / 4;

export class Shard {
  private readonly options: ShardOptions;
  private readonly environment: ShardEnvironment;
  private readonly table = new CommandTable();
  readonly keyspace: Keyspace;
  private readonly call: ShardCall;
  private readonly reply = new ReplyWriter(Buffer.alloc(0));
  private readonly requests: RequestBatchReader;
  private readonly responses: ResponseBatchWriter;
  private readonly keys = new KeyRanges();
  private commands = 0;
  private batches = 0;

  constructor(options: ShardOptions, environment: ShardEnvironment) {
    this.options = options;
    this.environment = environment;
    this.keyspace = new Keyspace(options.nowMs, options.hashSeed, environment.random);
    const argv = new Argv();
    this.requests = new RequestBatchReader(argv);
    this.responses = new ResponseBatchWriter(this.reply, environment.port);
    const config = new Config();
    for (const [name, text] of options.settings ?? []) config.set(name, text);
    this.followPolicy(config);
    this.call = new ShardCall(this.keyspace, {
      config,
      shards: options.shards,
      random: environment.random,
      figures: () => this.figures(),
    });
    this.call.argv = argv;
    this.call.reply = this.reply;
  }

  /**
   * Runs a request batch and posts the response.
   * @throws Error for what is none, and whatever a handler throws: either means that this shard can't be trusted any
   *   more
   */
  receive(batch: Batch): void {
    const { requests, responses } = this;
    requests.open(batch);
    this.batches++;
    this.keyspace.advanceClock(requests.nowMs);
    responses.begin(requests.left);
    for (let ahead = 0; requests.left > 0; ahead--) {
      if (ahead === 0) ahead = this.lookAhead();
      requests.next();
      this.run();
      if (responses.used >= RESPONSE_BYTES_MAX && requests.left > 0) {
        responses.post(requests.epoch, false, this.keyspace.nextDueAtMs(), 0);
        responses.begin(requests.left);
      }
    }
    this.keyspace.expireDue(EXPIRE_BUDGET);
    this.keyspace.compact(COMPACT_BUDGET);
    this.keyspace.endBatch();
    this.call.deselect();
    requests.close();
    this.environment.port.release(batch);
    responses.post(requests.epoch, requests.endsEpoch, this.keyspace.nextDueAtMs(), requests.byteLength);
  }

  /** Looks ahead at the keys of the next commands; returns how many of them. */
  private lookAhead(): number {
    const { keys, requests } = this;
    requests.peekKeys(keys);
    // With fewer there is nothing to overlap.
    if (keys.count > 1) this.keyspace.database(requests.nextDatabase).lookAhead(requests.words, keys);
    return Math.max(keys.count, 1);
  }

  /** Bytes of buffers let go of since the start, for the garbage collector to free. */
  get releasedBytes(): number {
    return this.keyspace.releasedBytes;
  }

  private run(): void {
    const { call, requests } = this;
    const command = this.table.at(requests.command);
    const run = command?.shardRuns[requests.run];
    if (run === undefined) {
      throw new Error(`request ${requests.id}: no command ${requests.command} with a run ${requests.run}`);
    }
    call.command = command!;
    call.select(requests.database);
    this.reply.resp = requests.resp;
    try {
      if (requests.firstHop) this.runFirstHop(run);
      else if (!requests.guarded || call.guardHolds) run(call);
    } catch (error) {
      if (!isHarmless(error, command!, requests.firstHop)) throw error;
      this.responses.rewind();
      if (requests.firstHop) this.reply.double64(NEVER);
      this.reply.error(error.reply);
    }
    this.responses.endReply(requests.id);
    this.commands++;
  }

  /** The finding behind the time for which it holds: the deadline of the key that is argument 1. */
  private runFirstHop(run: ShardRun): void {
    const { call, reply } = this;
    const { database } = call;
    const entry = database.peek(call.argv, 1);
    reply.double64(entry === NO_ENTRY ? NEVER : database.expiresAtMs(entry));
    run(call);
  }

  /** What is kept of the uses of entries is a matter of settings. */
  private followPolicy(config: Config): void {
    const { accessClock } = this.keyspace;
    const follow = (policy: string): void => {
      accessClock.countsUses = policy.endsWith('-lfu');
      accessClock.advance();
    };
    config.onChange('maxmemory-policy', follow);
    config.onChange('lfu-log-factor', (factor) => {
      accessClock.logFactor = factor;
    });
    config.onChange('lfu-decay-time', (minutes) => {
      accessClock.decayMinutes = minutes;
    });
    accessClock.logFactor = config.get('lfu-log-factor');
    accessClock.decayMinutes = config.get('lfu-decay-time');
    follow(config.get('maxmemory-policy'));
  }

  private figures(): ShardFigures {
    const databases = this.keyspace.inUse.map(({ index, database }) => ({
      index,
      keys: database.size,
      expiring: database.expiring,
      averageTtlMs: database.averageTtlMs(),
      usedBytes: database.usedBytes,
      overheadBytes: database.overheadBytes,
      reservedBytes: database.reservedBytes,
    }));
    return {
      shard: this.options.index,
      databases,
      peakBytes: this.keyspace.peakBytes,
      compacting: this.keyspace.inUse.some(({ database }) => database.isSparse),
      ...this.keyspace.counters,
      changes: this.keyspace.changes,
      commands: this.commands,
      batches: this.batches,
      ...this.environment.threadFigures(),
    };
  }
}

/**
 * Whether the command can be answered with the error, since it has changed nothing. Commands that write reply little, so a
 * reply that is too large belongs to one that reads, and so does a first hop. A command over several keys that runs out of
 * memory may have written some of them, here or on other shards: that must not be answered at all.
 */
function isHarmless(
  error: unknown,
  { grammar, writes }: Command,
  firstHop: boolean,
): error is ReplyTooLarge | OutOfMemory {
  if (error instanceof ReplyTooLarge) return true;
  if (!(error instanceof OutOfMemory)) return false;
  const [spec, ...others] = grammar.keySpecs;
  return firstHop || !writes || (spec !== undefined && spec.first === spec.last && others.length === 0);
}
