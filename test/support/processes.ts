/**
 * Programs that tests start: their output by lines, their end. Each is started as a user would start it, without what
 * tap puts into NODE_OPTIONS to watch node processes, and none outlives its test.
 */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Test } from 'tap';
import { within } from './until.js';

export interface Ended {
  /** Null where a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Program {
  /** What it has written so far. */
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  isRunning = true;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  private wake: () => void = () => {};

  constructor(command: string, args: readonly string[], cwd?: string) {
    // env replaces itself by the program, so signals and pid are the program's.
    this.child = spawn('env', ['-u', 'NODE_OPTIONS', command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.wake();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.wake();
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (status, signal) => {
        this.isRunning = false;
        resolve({ status, signal });
        this.wake();
      });
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  kill(signal: NodeJS.Signals): void {
    if (this.isRunning) this.child.kill(signal);
  }

  end(deadlineMs?: number): Promise<Ended> {
    return within('the program to end', this.ended, () => this.describe(), deadlineMs);
  }

  /** The first match of `find` in the standard output, waited for. */
  async output<T>(what: string, find: (stdout: string) => T | undefined): Promise<T> {
    for (;;) {
      const found = find(this.stdout);
      if (found !== undefined) return found;
      if (!this.isRunning) throw new Error(`the program ended before ${what}${this.describe()}`);
      await within(
        what,
        new Promise<void>((resolve) => {
          this.wake = resolve;
        }),
        () => this.describe(),
      );
    }
  }

  private describe(): string {
    return `\nstdout: ${this.stdout.slice(-2000)}\nstderr: ${this.stderr.slice(-2000)}`;
  }
}

/** Starts a program that is killed, if it still runs, when the test is over. */
export function startProgram(t: Test, command: string, args: readonly string[], cwd?: string): Program {
  const program = new Program(command, args, cwd);
  t.teardown(async () => {
    program.kill('SIGKILL');
    await program.ended;
  });
  return program;
}

/** Runs a program to its end. */
export async function run(
  t: Test,
  command: string,
  args: readonly string[],
): Promise<Ended & Pick<Program, 'stdout' | 'stderr'>> {
  const program = startProgram(t, command, args);
  const ended = await program.end();
  return { ...ended, stdout: program.stdout, stderr: program.stderr };
}

/** Runs a shell line to its end; for what a README tells people to type. */
export function runShell(t: Test, line: string): ReturnType<typeof run> {
  return run(t, 'sh', ['-c', line]);
}

/** What to say to `skip` where a program is not installed; false where it is. */
export function missing(command: string): string | false {
  const found = spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
  return found ? false : `${command} is not installed`;
}
