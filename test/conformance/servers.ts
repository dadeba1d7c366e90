/**
 * The servers a unit can be run against, each started fresh on a free port with nothing in it.
 * Invariant: a server that is returned answers.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import { ConformanceError } from './conformance-error.js';

export interface UnitServer {
  readonly port: number;
  /** What it has logged so far. */
  readonly log: string;
  readonly isRunning: boolean;
  stop(): Promise<void>;
}

export type StartServer = () => Promise<UnitServer>;

const READY_MS_MAX = 30_000;
/** A server that takes a connection and says nothing is not up yet. */
const ANSWER_MS_MAX = 2000;

/** `main` is the built server's program; two shards are the least with commands over several of them. */
export function sherd(main: string, shards = 2): StartServer {
  return () => start('Sherd', process.execPath, [main, '--shards', String(shards)]);
}

export function redisServer(): StartServer {
  return () => start('redis-server', 'redis-server', ['--save', '', '--appendonly', 'no']);
}

async function start(name: string, file: string, args: readonly string[]): Promise<UnitServer> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sherd-conformance-'));
  const port = await freePort();
  const common = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
  const child = new Child(file, [...args, ...common, '--enable-debug-command', 'yes']);
  const failed = child.ended.catch(() => {});
  const stop = async (): Promise<void> => {
    child.kill();
    await failed;
    rmSync(directory, { recursive: true, force: true });
  };
  const deadlineMs = performance.now() + READY_MS_MAX;
  while (child.isRunning && performance.now() < deadlineMs) {
    if (await answers(port)) {
      return {
        port,
        stop,
        get log() {
          return child.output;
        },
        get isRunning() {
          return child.isRunning;
        },
      };
    }
    await sleep(20);
  }
  await stop();
  throw new ConformanceError(`${name} did not come up: ${child.lastWords()}`);
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

/** Whether a PING is answered with a PONG. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => {
      socket.destroy();
      resolve(reply.toString('latin1').startsWith('+PONG'));
    });
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy());
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
