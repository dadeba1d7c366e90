/**
 * Generator: a load of our own, for machines without redis-benchmark and for what that can't send. N connections, each
 * with one batch of P commands under way: the next goes out when the last reply of the one before is there.
 * The clock runs from the first batch to the last reply, with all connections open before.
 */
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Batch } from './batch.js';
import { mainThreadSeconds } from './cpu.js';
import { ReplyCounter } from './reply-counter.js';
import type { Command } from './suites.js';

/** Plain data, so that it can be handed to another process. */
export interface LoadPlan {
  readonly port: number;
  readonly clients: number;
  readonly pipeline: number;
  /** Rounded up to whole batches. */
  readonly requests: number;
  readonly valueBytes: number;
  readonly keys: number;
  readonly keyOrder: 'random' | 'sequential';
  /** Sent in turn by each connection. */
  readonly commands: readonly Command[];
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** CPU of this thread meanwhile: the helpers of V8 work beside it and don't slow the load down. */
  readonly cpuSeconds: number;
}

/** Rejects if the server answers with an error, or not in RESP, or not at all. */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const sockets: Socket[] = [];
  try {
    for (let i = 0; i < plan.clients; i++)
      sockets.push(connect({ port: plan.port, host: '127.0.0.1', noDelay: true }));
    await Promise.all(sockets.map(connected));
    return await drive(sockets, plan);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.on('error', reject);
  });
}

function drive(sockets: readonly Socket[], plan: LoadPlan): Promise<LoadResult> {
  const { clients, pipeline, keys } = plan;
  const requests = Math.ceil(plan.requests / pipeline) * pipeline;
  const nextKey = keySource(plan);
  // Encoded before the clock starts.
  const batches = Array.from({ length: clients }, (_, client) => batchCycle(plan, client));
  return new Promise((resolve, reject) => {
    let issued = 0;
    let answered = 0;
    const startedAtMs = performance.now();
    const cpuAtStart = mainThreadSeconds();
    const finish = () => {
      const seconds = (performance.now() - startedAtMs) / 1000;
      resolve({ requests, seconds, cpuSeconds: mainThreadSeconds() - cpuAtStart });
    };
    sockets.forEach((socket, client) => {
      const counter = new ReplyCounter();
      let turn = 0;
      let awaited = 0;
      const send = () => {
        if (issued >= requests) return;
        issued += pipeline;
        awaited = pipeline;
        const cycle = batches[client];
        socket.write(cycle[turn++ % cycle.length].fill(nextKey, keys));
      };
      const receive = (chunk: Buffer) => {
        const replies = counter.push(chunk);
        if (counter.error !== undefined) throw new Error(`the server answered: ${counter.error}`);
        if (replies > awaited) throw new Error('the server sent more replies than it got commands');
        answered += replies;
        awaited -= replies;
        if (answered === requests) finish();
        else if (awaited === 0) send();
      };
      socket.on('data', (chunk: Buffer) => {
        try {
          receive(chunk);
        } catch (error) {
          reject(error);
        }
      });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the server closed a connection')));
      send();
    });
  });
}

/** The batches of one connection: as many as it takes until one starts with the first command again. */
function batchCycle({ commands: declared, pipeline, valueBytes }: LoadPlan, client: number): Batch[] {
  const commands = declared.map((words) => words.map((word) => word.replace('__client__', String(client))));
  const batches: Batch[] = [];
  let start = 0;
  do {
    const inTurn = Array.from({ length: pipeline }, (_, i) => commands[(start + i) % commands.length]);
    batches.push(new Batch(inTurn, valueBytes));
    start = (start + pipeline) % commands.length;
  } while (start !== 0);
  return batches;
}

function keySource({ keys, keyOrder }: LoadPlan): () => number {
  if (keyOrder === 'random') return () => Math.floor(Math.random() * keys);
  let next = 0;
  return () => next++ % keys;
}
