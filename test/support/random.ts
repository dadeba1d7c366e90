/** Chance with a seed, so that whatever a random test finds can be found again: SEED=n repeats a run. */

export interface Random {
  readonly seed: number;
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** A number from 0 up to, not including, 1. */
  fraction(): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Picks each item as often as its weight says. */
  weighted<T>(items: readonly T[], weightOf: (item: T) => number): T;
  bytes(length: number): Buffer;
}

/** The seed of this run: SEED from the environment, or a new one. */
export function runSeed(): number {
  const given = process.env.SEED;
  return given === undefined || given === '' ? Math.floor(Math.random() * 2 ** 32) : Number(given) >>> 0;
}

/** Mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    seed,
    below,
    fraction: next,
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)],
    weighted(items, weightOf) {
      let left = next() * items.reduce((sum, item) => sum + weightOf(item), 0);
      const found = items.find((item) => {
        left -= weightOf(item);
        return left < 0;
      });
      return found ?? items[items.length - 1];
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}
