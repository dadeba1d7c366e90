/**
 * Bystander: an open-loop load, GETs at a steady rate whatever the server does. Each has an instant at which it is to
 * be sent, and its latency runs from that instant: what a stall holds up counts in full, as does what it keeps from
 * being sent in time ("coordinated omission", Gil Tene).
 *
 * A process of its own. Timers of libuv count whole milliseconds, and a loop that spins would take a core from the
 * server, so between its turns the thread sleeps for up to SLEEP_MS in Atomics.wait: that is how exact a latency is.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Batch } from '../load/batch.js';
import { ReplyCounter } from '../load/reply-counter.js';
import { nowMs, sleepUntil } from './part.js';

const SLEEP_MS = 0.1;

/** Plain data, so that it can be handed to another process. */
export interface BystanderPlan {
  readonly port: number;
  readonly connections: number;
  readonly ratePerSecond: number;
  /** Unix time in milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** The key, with `__rand_int__` in it, and how many there are. */
  readonly key: string;
  readonly keys: number;
}

/** Latencies in milliseconds, of the GET to be sent at fromMs + index / rate. Rejects if the server fails. */
export async function runBystander(plan: BystanderPlan): Promise<Float64Array> {
  const sockets = Array.from({ length: plan.connections }, () =>
    connect({ port: plan.port, host: '127.0.0.1', noDelay: true }),
  );
  try {
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    await sleepUntil(plan.fromMs);
    return await drive(sockets, plan);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function drive(sockets: readonly Socket[], plan: BystanderPlan): Promise<Float64Array> {
  const { fromMs, untilMs, ratePerSecond, key, keys } = plan;
  const intervalMs = 1000 / ratePerSecond;
  const latencies = new Float64Array(Math.max(1, Math.floor((untilMs - fromMs) / intervalMs)));
  const intendedMs = (index: number) => fromMs + index * intervalMs;
  const never = new Int32Array(new SharedArrayBuffer(4));
  const batch = new Batch([['GET', key]], 0);
  const randomKey = () => Math.floor(Math.random() * keys);
  let sent = 0;
  let answered = 0;
  return new Promise((resolve, reject) => {
    sockets.forEach((socket, connection) => {
      const counter = new ReplyCounter();
      // Connections take turns and replies are in order, so the n-th of one is known by its number.
      let next = connection;
      socket.on('data', (chunk: Buffer) => {
        const atMs = nowMs();
        const replies = counter.push(chunk);
        if (counter.error !== undefined) reject(new Error(`the server answered: ${counter.error}`));
        for (let i = 0; i < replies; i++, next += sockets.length) latencies[next] = atMs - intendedMs(next);
        answered += replies;
        if (answered === latencies.length) resolve(latencies);
      });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the server closed a connection')));
    });
    const turn = () => {
      for (; sent < latencies.length && intendedMs(sent) <= nowMs(); sent++) {
        // A copy: a socket that can't take it at once keeps it.
        sockets[sent % sockets.length].write(Buffer.from(batch.fill(randomKey, keys)));
      }
      if (answered === latencies.length) return;
      const waitMs = sent < latencies.length ? Math.min(intendedMs(sent) - nowMs(), SLEEP_MS) : SLEEP_MS;
      if (waitMs > 0) Atomics.wait(never, 0, 0, waitMs);
      setImmediate(turn);
    };
    turn();
  });
}
