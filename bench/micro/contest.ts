/**
 * Contest: one structure beside what it replaced, or what one would write without it. Contenders do the same steps in
 * the same order, each with a state of its own that is made anew for every round; a step is a loop over `count`
 * operations, since a single one takes less than a clock can tell, and what is inserted twice is not inserted.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { median, quartiles } from '../load/statistics.js';

export interface Contest {
  readonly summary: string;
  /** Operations of a step. */
  readonly count: number;
  /** What an operation of a step is about, for the table: `key`, `command`, `reply`. */
  readonly item: string;
  /** After this step, what the state takes is measured. */
  readonly weighedAfter?: string;
  /** Shared memory that the state made last has in use, which V8 does not count. */
  readonly sharedBytes?: () => number;
  /** @returns the contenders by name, Sherd's first; what they share, keys and the like, is made here */
  contenders(count: number): Readonly<Record<string, Contender>>;
}

/** Makes a fresh state; the steps do all of their `count` operations, and are run in their order. */
export type Contender = () => Readonly<Record<string, () => void>>;

export interface StepResult {
  readonly contender: string;
  readonly step: string;
  readonly nanos: { readonly q1: number; readonly median: number; readonly q3: number };
  /** Of one item, after the step that is weighed. */
  readonly bytes: number | null;
}

/** They compile and are not counted. */
const WARM_UP_ROUNDS = 2;
const FREED_AFTER_MS = 20;

/** Contenders take turns, so that what else the machine does hits all alike. */
export async function runContest(
  contest: Contest,
  count: number,
  rounds: number,
  onStep: (step: string) => void,
): Promise<StepResult[]> {
  const contenders = Object.entries(contest.contenders(count));
  const results = contenders.map((): Round[] => []);
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
    for (const [index, [name, contender]] of contenders.entries()) {
      onStep(`${name}, ${round < 1 ? 'warm-up' : `round ${round} of ${rounds}`}`);
      const result = await runRound(contender, count, contest);
      if (round > 0) results[index].push(result);
    }
  }
  return contenders.flatMap(([contender], index) =>
    [...results[index][0].nanos.keys()].map((step): StepResult => {
      const nanos = quartiles(results[index].flatMap((round) => round.nanos.get(step) ?? []));
      const bytes = results[index].flatMap((round) => round.bytes ?? []);
      return { contender, step, nanos, bytes: step === contest.weighedAfter ? median(bytes) : null };
    }),
  );
}

interface Round {
  /** Of one operation, by step. */
  readonly nanos: ReadonlyMap<string, number>;
  /** Of one item. */
  readonly bytes: number | undefined;
}

/** A function of its own, so that nothing of one round's state is alive when the next is weighed. */
async function runRound(
  contender: Contender,
  count: number,
  { sharedBytes = () => 0, weighedAfter }: Contest,
): Promise<Round> {
  const before = await settledBytes();
  const nanos = new Map<string, number>();
  let bytes: number | undefined;
  for (const [step, run] of Object.entries(contender())) {
    const startedMs = performance.now();
    run();
    nanos.set(step, ((performance.now() - startedMs) * 1e6) / count);
    if (step === weighedAfter) bytes = ((await settledBytes()) + sharedBytes() - before) / count;
  }
  return { nanos, bytes };
}

/** V8's own, which it offers to scripts when asked to. */
const collect = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc !== 'function') throw new Error('this V8 collects no garbage on demand');
  return () => void gc();
})();

/** What is in use on V8's heap and in ArrayBuffers after a collection. Those are freed by a thread behind it. */
async function settledBytes(): Promise<number> {
  for (let i = 0; i < 2; i++) {
    collect();
    await sleep(FREED_AFTER_MS);
  }
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
