/** Whether counts are what chance would make them. */

/** Chi-square of counts against chances that are as the weights, as a normal deviate (Wilson & Hilferty 1931). */
export function deviate(counts: readonly number[], weights: readonly number[]): number {
  const draws = counts.reduce((sum, count) => sum + count, 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const chiSquare = counts.reduce((sum, count, i) => {
    const expected = (draws * weights[i]) / total;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  const freedom = counts.length - 1;
  return (Math.cbrt(chiSquare / freedom) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom));
}

/** Some 1 in 30,000 runs goes beyond. */
export const DEVIATE_MAX = 4;
