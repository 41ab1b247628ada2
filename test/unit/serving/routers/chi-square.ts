/** Pearson's statistic of counts against equal probabilities. */

/** χ² of the values 0 to `cells` − 1, with `cells` − 1 degrees of freedom. */
export function chiSquare(values: readonly number[], cells: number): number {
  const counts = new Array<number>(cells).fill(0);
  for (const value of values) counts[value]!++;
  const expected = values.length / cells;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
