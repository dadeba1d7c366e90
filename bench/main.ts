/**
 * The benchmarks: `npm run bench -- [engine | micro | spike | suite] [--name value ...]`. Standard output has only the result,
 * a table or JSON; all else goes to stderr.
 */
import { BenchError } from './bench-error.js';

/** Each is loaded only when it is run: its modules would show in another's figures. */
async function run([first, ...rest]: readonly string[], all: readonly string[]): Promise<void> {
  if (first === 'engine') return (await import('./engine/main.js')).main(rest);
  if (first === 'micro') return (await import('./micro/main.js')).main(rest);
  if (first === 'spike') return (await import('./spike/main.js')).main(rest);
  return (await import('./load/main.js')).main(all);
}

const args = process.argv.slice(2);
run(args, args).catch((error: unknown) => {
  const text = error instanceof BenchError ? error.message : (error as Error).stack;
  process.stderr.write(`bench: ${text}\n`);
  process.exitCode = 1;
});
