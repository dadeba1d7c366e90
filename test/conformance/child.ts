/**
 * Child: a process the runner starts, with everything that process starts in turn.
 * Invariant: none of them outlives the runner, however it ends (short of its own SIGKILL).
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** What is kept of an output: the suite's chattiest unit says a tenth of it. */
const OUTPUT_CHARACTERS_MAX = 16 * 1024 * 1024;

const running = new Set<Child>();

process.on('exit', () => {
  for (const child of running) child.kill();
});

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class Child {
  /** Resolves with its status, -1 where a signal ended it, when its output is read to the end. Rejects if it can't be run. */
  readonly ended: Promise<number>;
  /** What it has written so far, to both outputs. */
  output = '';
  isRunning = true;
  private readonly process: ChildProcessByStdio<null, Readable, Readable>;

  constructor(file: string, args: readonly string[], { cwd, env }: ChildOptions = {}) {
    // What tap puts into NODE_OPTIONS to watch node processes is not for a server that is tested.
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    this.process = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own: the suite starts clients that would wait on a dead server's port for ever.
      detached: true,
      env: { ...inherited, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    running.add(this);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-OUTPUT_CHARACTERS_MAX);
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.process.on('error', (error) => {
        this.isRunning = false;
        running.delete(this);
        reject(error);
      });
      this.process.on('exit', () => {
        this.isRunning = false;
      });
      this.process.on('close', (status) => {
        running.delete(this);
        resolve(status ?? -1);
      });
    });
  }

  /** Ends it and all it has started. */
  kill(): void {
    const { pid } = this.process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The group is gone already.
    }
  }

  /** Its last line, for an error message. */
  lastWords(): string {
    return this.output.trim().split('\n').at(-1)?.slice(0, 300) || 'it said nothing';
  }
}

/**
 * Runs a program to its end and gives what it wrote.
 * @throws Error with its last words where it can't be run or ends with another status than 0
 */
export async function run(file: string, args: readonly string[], options?: ChildOptions): Promise<string> {
  const child = new Child(file, args, options);
  const status = await child.ended;
  if (status !== 0) throw new Error(`${file} ended with status ${status}: ${child.lastWords()}`);
  return child.output;
}
