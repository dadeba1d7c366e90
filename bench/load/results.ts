/** Results: what the rounds of a row come to. This is what JSON shows; the table shows a part of it. */
import type { Round, RowRounds } from './rounds.js';
import { median, type Quartiles, quartiles } from './statistics.js';
import type { Row } from './suites.js';

/** A client that uses more than this of its one core may be what limits the figures. */
const CLIENT_SHARE_MAX = 0.9;

/** Quartiles, with the figures in the order of the rounds. */
export interface Spread extends Quartiles {
  readonly rounds: readonly number[];
}

/** Medians of the rounds, microseconds of CPU per command. `shards` are shares of every command, not of a shard's. */
export interface CpuMicros {
  readonly main: number;
  readonly shards: readonly number[];
  readonly other: number;
  readonly total: number;
}

export interface ServerResult {
  readonly requestsPerSecond: Spread;
  readonly cpuMicrosPerCommand: CpuMicros | null;
}

/** The thread of Sherd's that limits it where every thread has a core of its own, and the rate that it allows. */
export interface Bound {
  readonly thread: string;
  readonly requestsPerSecond: number;
}

export interface RowResult {
  readonly test: string;
  readonly pipeline: number;
  readonly clients: number;
  readonly valueBytes: number;
  readonly keys: number;
  /** Of one round. */
  readonly requests: number;
  readonly load: string;
  readonly sherd: ServerResult;
  /** null where there is no redis-server; so is `ratio`. */
  readonly redis: ServerResult | null;
  /** Sherd's requests per second over redis-server's, of the same round. */
  readonly ratio: Spread | null;
  /** null where there are no CPU figures. */
  readonly bound: Bound | null;
  /** CPU of the client as a share of one core: the median of the rounds, of the server where it is higher. */
  readonly clientShare: number | null;
  readonly clientBound: boolean;
}

/** @param rounds Sherd's, then redis-server's if there is one */
export function resultOf(row: Row, load: string, rounds: RowRounds): RowResult {
  const [sherd, redis] = rounds as [readonly Round[], (readonly Round[])?];
  const clientShare = clientShareOf(rounds);
  const sherdResult = serverResult(sherd, row.requests);
  return {
    test: row.workload.name,
    pipeline: row.pipeline,
    clients: row.clients,
    valueBytes: row.valueBytes,
    keys: row.keys,
    requests: row.requests,
    load,
    sherd: sherdResult,
    redis: redis === undefined ? null : serverResult(redis, row.requests),
    ratio:
      redis === undefined
        ? null
        : spread(sherd.map((round, i) => round.requestsPerSecond / redis[i].requestsPerSecond)),
    bound: boundOf(sherdResult.cpuMicrosPerCommand),
    clientShare,
    clientBound: clientShare !== null && clientShare > CLIENT_SHARE_MAX,
  };
}

/** The thread that spends most on a command is what can't be spread over more cores. */
export function boundOf(cpu: CpuMicros | null): Bound | null {
  if (cpu === null) return null;
  const most = Math.max(cpu.main, ...cpu.shards);
  // So short a run that the clock has not seen it.
  if (most === 0) return null;
  const thread = most === cpu.main ? 'main' : `shard ${cpu.shards.indexOf(most)}`;
  return { thread, requestsPerSecond: 1e6 / most };
}

function serverResult(rounds: readonly Round[], requests: number): ServerResult {
  return {
    requestsPerSecond: spread(rounds.map(({ requestsPerSecond }) => requestsPerSecond)),
    cpuMicrosPerCommand: cpuMicros(rounds, requests),
  };
}

function cpuMicros(rounds: readonly Round[], requests: number): CpuMicros | null {
  const uses = rounds.flatMap(({ cpu }) => cpu ?? []);
  if (uses.length === 0) return null;
  const micros = (nanos: readonly number[]) => median(nanos) / 1000 / requests;
  return {
    main: micros(uses.map(({ main }) => main)),
    shards: uses[0].shards.map((_, shard) => micros(uses.map(({ shards }) => shards[shard]))),
    other: micros(uses.map(({ other }) => other)),
    total: micros(
      uses.map(({ main, shards, other }) => shards.reduce((sum, nanos) => sum + nanos, main + other)),
    ),
  };
}

function clientShareOf(rounds: RowRounds): number | null {
  const medians = rounds.flatMap((ofServer) => {
    const shares = ofServer.flatMap(({ clientShare }) => clientShare ?? []);
    return shares.length === 0 ? [] : [median(shares)];
  });
  return medians.length === 0 ? null : Math.max(...medians);
}

function spread(rounds: readonly number[]): Spread {
  return { ...quartiles(rounds), rounds };
}
