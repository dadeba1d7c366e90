/**
 * ArgvList: copies of many argument vectors in one buffer, for commands that wait in a transaction. Main thread.
 * An Argv of its own for each would cost more than all the rest of queueing a command.
 */
import type { Argv } from './argv.js';
import { copyBytes } from './copy-bytes.js';

const INITIAL_BYTES = 512;

export class ArgvList {
  private bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  private used = 0;
  /** By vector: the number of its first argument in `ends`. */
  private readonly firsts: number[] = [];
  /** By argument, all vectors one behind the other: where its bytes end; they begin where those before it end. */
  private readonly ends: number[] = [];
  /** By argument: those with a buffer of their own, which have no bytes here; null while there are none. */
  private large: Map<number, Buffer> | null = null;

  /** How many vectors there are. */
  get count(): number {
    return this.firsts.length;
  }

  push(argv: Argv): void {
    this.firsts.push(this.ends.length);
    for (let i = 0; i < argv.count; i++) {
      const large = argv.largeValue(i);
      if (large === undefined) this.append(argv.source(i), argv.start(i), argv.end(i));
      else this.appendLarge(large);
    }
  }

  /** Makes `argv` the vector with this index; its large arguments are given away with it. */
  read(index: number, argv: Argv): void {
    const first = this.firsts[index];
    const end = index + 1 < this.firsts.length ? this.firsts[index + 1] : this.ends.length;
    argv.reset();
    argv.setBytes(this.bytes);
    let start = first === 0 ? 0 : this.ends[first - 1];
    for (let i = first; i < end; i++) {
      const large = this.large?.get(i);
      if (large === undefined) argv.push(start, this.ends[i]);
      else argv.pushLarge(large);
      start = this.ends[i];
    }
  }

  private append(source: Buffer, start: number, end: number): void {
    const needed = this.used + end - start;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
      copyBytes(this.bytes, 0, this.used, larger, 0);
      this.bytes = larger;
    }
    copyBytes(source, start, end, this.bytes, this.used);
    this.used = needed;
    this.ends.push(needed);
  }

  private appendLarge(value: Buffer): void {
    this.large ??= new Map();
    this.large.set(this.ends.length, value);
    this.ends.push(this.used);
  }
}
