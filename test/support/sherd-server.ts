/**
 * Starts the built server, dist/main.js, on a free port, and stops it with the test: by SIGTERM, and the exit status
 * must be 0. A test that ends it otherwise says so by waiting for `ended` itself.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { type Ended, Program } from './processes.js';
import { RespClient } from './resp-client.js';

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A line of the log, as pino writes it. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly addresses?: readonly string[];
  readonly shards?: number;
  readonly pid?: number;
  readonly reads?: 'direct' | 'stream';
}

/** pino's levels. */
export const FATAL = 60;

export interface SherdServer {
  readonly port: number;
  readonly program: Program;
  log(): LogLine[];
  /** A new connection, closed when the test is over. */
  connect(): Promise<RespClient>;
  /** Sends SIGTERM and gives how it ended. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
  /** How it ends, whatever ends it; the test takes it upon itself to look at the status. */
  ended(): Promise<Ended>;
  /** Resident size in bytes, as ps has it. */
  residentBytes(): number;
}

export interface SherdOptions {
  /** More arguments of main.js. */
  readonly args?: readonly string[];
  /** Read before the arguments count. */
  readonly configFile?: string;
  /** A module that node loads first, in every thread. */
  readonly preload?: string;
  /** How many file descriptors it may have. */
  readonly descriptors?: number;
  /** The Node.js to run it with, and the main.js, in place of this one and the built one. */
  readonly node?: string;
  readonly main?: string;
}

export async function startSherd(t: Test, options: SherdOptions = {}): Promise<SherdServer> {
  const preload = options.preload === undefined ? [] : ['--import', options.preload];
  const { main = MAIN, node = process.execPath } = options;
  const file = options.configFile === undefined ? [] : [options.configFile];
  const command = [node, ...preload, main, ...file, '--port', '0', ...(options.args ?? [])];
  const limit = options.descriptors === undefined ? [] : limited(options.descriptors);
  const [name, ...args] = [...limit, ...command];
  const program = new Program(name, args);
  let endIsExpected = false;
  const clients: RespClient[] = [];
  t.teardown(async () => {
    for (const client of clients) client.destroy();
    if (!endIsExpected) {
      const unexpected = !program.isRunning;
      program.kill('SIGTERM');
      const { status, signal } = await program.end().finally(() => program.kill('SIGKILL'));
      if (unexpected || status !== 0) {
        throw new Error(
          `the server ended ${unexpected ? 'on its own ' : ''}with status ${status}, signal ${signal}\n${program.stdout}${program.stderr}`,
        );
      }
    }
    program.kill('SIGKILL');
    await program.ended;
  });
  const log = (): LogLine[] => parseLog(program.stdout);
  const addresses = await program.output('the line that says it is ready', (stdout) => {
    return parseLog(stdout).find((line) => line.addresses !== undefined)?.addresses;
  });
  const port = Number(addresses[0].split(':').at(-1));
  return {
    port,
    program,
    log,
    async connect() {
      const client = await RespClient.connect(port);
      clients.push(client);
      return client;
    },
    stop(signal = 'SIGTERM') {
      endIsExpected = true;
      program.kill(signal);
      return program.end();
    },
    ended() {
      endIsExpected = true;
      return program.end();
    },
    residentBytes() {
      const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(program.pid)], { encoding: 'utf8' });
      return Number(stdout) * 1024;
    },
  };
}

/** The beginning of a command that may have no more than so many file descriptors. */
function limited(descriptors: number): string[] {
  return ['bash', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'bash'];
}

/** Every whole line of the log. @throws SyntaxError if one is no JSON */
function parseLog(stdout: string): LogLine[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LogLine);
}
