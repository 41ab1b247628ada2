/** Whether what is observed in order of time grows, by means of batches. */

import { batchMeans, mean } from "./statistics.ts";

/** Batches, and Student's t at 99 % with two degrees less. */
const BATCHES = 10;
const T_99_8 = 2.896;

/** Means of ten batches of observations in order of time; none for fewer than two a batch. */
export function growthBatches(ordered: ArrayLike<number>): number[] {
  return ordered.length < 2 * BATCHES ? [] : batchMeans(ordered, BATCHES);
}

/**
 * Whether batches of `growthBatches` grow: their least-squares slope is positive at 99 %. Not
 * decided, false, for none.
 */
export function hasGrowth(ys: readonly number[]): boolean {
  if (ys.length === 0) return false;
  const xMean = (BATCHES - 1) / 2;
  const yMean = mean(ys);
  let sxx = 0;
  let sxy = 0;
  ys.forEach((y, x) => {
    sxx += (x - xMean) ** 2;
    sxy += (x - xMean) * (y - yMean);
  });
  const slope = sxy / sxx;
  const residual = ys.reduce((sum, y, x) => sum + (y - yMean - slope * (x - xMean)) ** 2, 0);
  const error = Math.sqrt(residual / (BATCHES - 2) / sxx);
  return slope > T_99_8 * error;
}
