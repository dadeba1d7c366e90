/** Hop: waits for what several shards were asked at one place in the order. Main thread. */
import type { ReplyPart } from '../commands/command.js';
import { FINDING_TIME_BYTES } from '../shard/response-batch.js';
import type { PartsOwner, ReplySource } from './pending-reply.js';

const MINUS = 0x2d;

export class Hop implements PartsOwner {
  /** In the order of the requests; valid until release(). */
  readonly found: ReplyPart[];
  private readonly sources: ReplySource[] = [];
  private readonly whenComplete: (hop: Hop) => void;
  private missing: number;

  /** `whenComplete` is called with the last answer. */
  constructor(requests: number, whenComplete: (hop: Hop) => void) {
    this.found = new Array<ReplyPart>(requests);
    this.missing = requests;
    this.whenComplete = whenComplete;
  }

  partReady(part: number, source: ReplySource, start: number, length: number): void {
    source.retain();
    this.sources.push(source);
    this.found[part] = { bytes: source.bytes, start, end: start + length };
    if (--this.missing === 0) this.whenComplete(this);
  }

  /** Of a first hop: takes the times off the findings, and returns the first millisecond's end at which one ends to hold. */
  takeTimes(): number {
    let untilMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.found.length; i++) {
      const { bytes, start, end } = this.found[i];
      untilMs = Math.min(untilMs, bytes.readDoubleLE(start));
      this.found[i] = { bytes, start: start + FINDING_TIME_BYTES, end };
    }
    return untilMs;
  }

  /** What was found is not needed any more. */
  release(): void {
    for (const source of this.sources) source.release();
  }
}

/** Takes answers that nobody waits for, of requests that cannot fail. */
export const unheard: PartsOwner = {
  partReady(_part, source, start, length) {
    if (source.bytes[start] !== MINUS) return;
    const error = source.bytes.toString('latin1', start, start + length).trim();
    throw new Error(`a step that cannot fail did: ${error}`);
  },
};
