/** Numbers: what the contenders of a contest are given alike, the same in every run. */

/** The numbers below `count` in an order that caches can't foresee (xorshift32, Marsaglia 2003; Fisher and Yates). */
export function shuffled(count: number, seed = 1): Uint32Array {
  const numbers = Uint32Array.from({ length: count }, (_, i) => i);
  let state = Math.imul(seed, 0x9e3779b9);
  for (let i = count - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    [numbers[i], numbers[j]] = [numbers[j], numbers[i]];
  }
  return numbers;
}

/** Keeps what a loop has computed, so that the compiler can't leave the loop out. */
export const sink = { value: 0 };
