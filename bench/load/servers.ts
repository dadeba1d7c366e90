/**
 * Servers: starts Sherd as it was built, and redis-server, each on a free port of 127.0.0.1 and with no data on disk.
 * Invariant: a server that is returned answers; if it ends before it is told to, `died` rejects.
 */
import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../bench-error.js';
import { Child } from './children.js';

export interface BenchServer {
  readonly name: 'sherd' | 'redis';
  readonly pid: number;
  readonly port: number;
  /** Shard threads; 0 for redis-server. */
  readonly shards: number;
  readonly died: Promise<never>;
  stop(): Promise<void>;
}

const READY_MS_MAX = 20_000;
const SHERD = fileURLToPath(new URL('../../main.js', import.meta.url));

/**
 * @param nodeArguments what node is given before the program
 * @throws BenchError if it doesn't come up
 */
export async function startSherd(
  shards: number,
  directory: string,
  nodeArguments: readonly string[] = [],
): Promise<BenchServer> {
  if (!existsSync(SHERD)) throw new BenchError(`${SHERD} is missing: npm run build makes it`);
  const program = [SHERD, '--port', '0', '--bind', '127.0.0.1', '--shards', String(shards)];
  const child = await Child.start(process.execPath, [...nodeArguments, ...program], directory);
  return untilReady('sherd', child, shards, async () => listeningPort(child.stdout));
}

/** @throws BenchError if it doesn't come up */
export async function startRedis(file: string, directory: string): Promise<BenchServer> {
  const port = await freePort();
  const settings = { port: String(port), bind: '127.0.0.1', save: '', appendonly: 'no', loglevel: 'warning' };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = await Child.start(file, args, directory);
  return untilReady('redis', child, 0, async () => ((await answers(port)) ? port : undefined));
}

/**
 * Rejects with what a load failed with, unless its server has died: a client that has lost its server may hear of it
 * first, and tells less.
 */
export async function loadFailed(server: BenchServer, message: string): Promise<never> {
  await Promise.race([sleep(500), server.died]);
  throw new BenchError(message);
}

/** The port in Sherd's log, once the line that names its addresses is there. */
export function listeningPort(log: string): number | undefined {
  const address = /"addresses":\["[^"]*:(\d+)"/.exec(log);
  return address === null ? undefined : Number(address[1]);
}

async function untilReady(
  name: BenchServer['name'],
  child: Child,
  shards: number,
  findPort: () => Promise<number | undefined>,
): Promise<BenchServer> {
  let stopping = false;
  const died = child.ended.then((how): Promise<never> => {
    if (stopping) return new Promise(() => {});
    throw new BenchError(`${name} has ended with ${how}: ${child.lastWords()}`);
  });
  // Whoever awaits it hears of it; between the rounds nobody does.
  died.catch(() => {});
  const stop = (): Promise<void> => {
    stopping = true;
    return child.kill();
  };
  const deadlineMs = performance.now() + READY_MS_MAX;
  for (;;) {
    const port = await Promise.race([findPort(), died]);
    if (port !== undefined) return { name, pid: child.pid, port, shards, died, stop };
    // Looked at behind the question: the machine may have slept in between.
    if (performance.now() > deadlineMs) break;
    await Promise.race([sleep(20), died]);
  }
  await stop();
  throw new BenchError(`${name} wasn't ready after ${READY_MS_MAX / 1000} s: ${child.lastWords()}`);
}

/** Free a moment ago, that is; nobody reserves a port for another process. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer().once('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as AddressInfo;
      listener.close(() => resolve(port));
    });
  });
}

/** Whether a PING is answered with a PONG; while a server loads it answers with an error. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => {
      socket.destroy();
      resolve(reply.toString('latin1').startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
