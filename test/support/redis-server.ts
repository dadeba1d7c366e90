/** A real redis-server to compare with, where one is installed. */
import { spawnSync } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { Test } from 'tap';
import { startProgram } from './processes.js';
import { RespClient } from './resp-client.js';
import { until } from './until.js';

/** The version whose replies Sherd gives byte for byte. */
const COMPARED_VERSION = '7.0.15';

export interface RedisServer {
  readonly port: number;
  connect(): Promise<RespClient>;
}

/** What to say to `skip` where there is no redis-server of the version that is compared with; false where there is. */
export function redisMissing(): string | false {
  const { status, stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  if (status !== 0) return 'redis-server is not installed';
  const version = /v=(\S+)/.exec(stdout)?.[1];
  return version === COMPARED_VERSION ? false : `redis-server is ${version}, not ${COMPARED_VERSION}`;
}

/** Starts one on a free port, with nothing on disk. */
export async function startRedis(t: Test, args: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const program = startProgram(t, 'redis-server', [...settings, '--daemonize', 'no', ...args]);
  const clients: RespClient[] = [];
  t.teardown(() => {
    for (const client of clients) client.destroy();
  });
  const connect = async (): Promise<RespClient> => {
    const client = await RespClient.connect(port);
    clients.push(client);
    return client;
  };
  await until('redis-server to answer', async () => {
    if (!program.isRunning) throw new Error(`redis-server ended:\n${program.stdout}`);
    return connect().then(
      () => true,
      () => false,
    );
  });
  return { port, connect };
}

/** A port that is free now; redis-server can't choose one itself. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
