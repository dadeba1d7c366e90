/** An Argv as a shard reads it from a batch: arguments that start on a word, with garbage behind them. */
import { Argv } from '../../src/protocol/argv.js';

/** Arguments of this size travel in buffers of their own. */
const LARGE_BYTES = 64 * 1024;

export function alignedArgv(values: readonly Buffer[]): Argv {
  const argv = new Argv();
  const starts: number[] = [];
  let at = 4;
  for (const value of values) {
    starts.push(at);
    if (value.length < LARGE_BYTES) at += ((value.length + 3) & ~3) + 4;
  }
  const words = new Int32Array(at >> 2).fill(0x5a5a5a5a);
  argv.setBytes(Buffer.from(words.buffer));
  argv.words = words;
  values.forEach((value, i) => {
    if (value.length >= LARGE_BYTES) {
      argv.pushLarge(value);
    } else {
      value.copy(argv.bytes, starts[i]);
      argv.push(starts[i], starts[i] + value.length);
    }
  });
  return argv;
}
