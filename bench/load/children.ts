/**
 * Children: every process the benchmark starts, servers and clients alike.
 * Invariant: none outlives the benchmark, however it ends (short of its own SIGKILL).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { BenchError } from '../bench-error.js';

/** What is kept of an output; a client says less than this, a server's last words are enough. */
const OUTPUT_CHARACTERS_MAX = 65536;

const running = new Set<ChildProcess>();

// Of all ways to end, each passes here. The children have nothing to save, so no need to ask them nicely.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Child {
  readonly pid: number;
  /** Resolves with how it ended (`status 0`, `SIGKILL`) when its output has been read to the end; never rejects. */
  readonly ended: Promise<string>;
  /** The end of what it has said so far. */
  stdout = '';
  stderr = '';
  private readonly process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.process = process;
    this.pid = process.pid ?? 0;
    process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout = (this.stdout + text).slice(-OUTPUT_CHARACTERS_MAX);
    });
    process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-OUTPUT_CHARACTERS_MAX);
    });
    this.ended = new Promise((resolve) => {
      process.on('close', (status, signal) => {
        running.delete(process);
        resolve(signal ?? `status ${status}`);
      });
    });
  }

  /** @throws BenchError if the file can't be run */
  static async start(file: string, args: readonly string[], directory?: string): Promise<Child> {
    const process = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(directory === undefined ? {} : { cwd: directory }),
    });
    running.add(process);
    const child = new Child(process);
    try {
      await once(process, 'spawn');
    } catch (error) {
      running.delete(process);
      throw new BenchError(`can't start ${file}: ${(error as Error).message}`);
    }
    return child;
  }

  /** Resolves when it is gone. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  /** Its last line, for an error message; of a log in JSON what the line says. */
  lastWords(): string {
    const line = (this.stderr.trim() || this.stdout.trim()).split('\n').at(-1) || 'it said nothing';
    try {
      return String((JSON.parse(line) as { msg?: unknown }).msg);
    } catch {
      return line.slice(0, 200);
    }
  }
}
