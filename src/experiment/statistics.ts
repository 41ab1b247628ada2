/**
 * Statistics of one run: summaries of samples, a confidence interval of the mean of correlated
 * observations, and a test for growth.
 */

import { quantiles } from "./quantiles.ts";
import { finiteOrNull } from "./ratios.ts";

/** Mean, percentiles and maximum of a sample; null where it is empty. */
export interface SampleSummary {
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Summary of a sample with the 95 % interval of its mean; null where that is not known. */
export interface SampleSummaryInOrder extends SampleSummary {
  readonly mean_ci95: [number, number] | null;
}

/** Summary of a sample in any order. */
export function summarize(sample: readonly number[]): SampleSummary {
  const [p50, p90, p95, p99, max] = quantiles(sample, [0.5, 0.9, 0.95, 0.99, 1]);
  return {
    mean: finiteOrNull(mean(sample)),
    p50: p50 ?? null,
    p90: p90 ?? null,
    p95: p95 ?? null,
    p99: p99 ?? null,
    max: max ?? null,
  };
}

/** Summary of a sample in order of time, with the interval of its mean. */
export function summarizeInOrder(ordered: readonly number[]): SampleSummaryInOrder {
  const { mean, ...rest } = summarize(ordered);
  return { mean, mean_ci95: meanInterval(ordered), ...rest };
}

/** Sum over number of values, in their order; NaN for none. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}

/** Batches for the interval of a mean, and Student's t at 97.5 % with one degree less. */
const INTERVAL_BATCHES = 15;
const T_975_14 = 2.145;

/** The most that neighbouring batches are taken to be correlated. */
const MOST_CORRELATION = 0.8;

/** Batches for the growth test, and Student's t at 99 % with two degrees less. */
const GROWTH_BATCHES = 10;
const T_99_8 = 2.896;

/**
 * 95 % interval of the mean of observations in order of time; null for fewer than two a batch.
 * Batch means, whose variance is raised for the correlation of neighbours and whose t is adjusted
 * for their skewness, as in Skart (Tafazzoli, Steiger and Wilson, IEEE Trans. Autom. Control 56,
 * 2011): latencies of a loaded system are both correlated and skewed.
 */
export function meanInterval(ordered: readonly number[]): [number, number] | null {
  if (ordered.length < 2 * INTERVAL_BATCHES) return null;
  const center = mean(ordered);
  const deviations = batchMeans(ordered, INTERVAL_BATCHES).map((value) => value - center);
  const variance = sumOf(deviations, (value) => value ** 2) / (INTERVAL_BATCHES - 1);
  if (variance === 0) return [center, center];
  const products = sumOf(deviations, (value, batch) => value * (deviations[batch - 1] ?? 0));
  // The estimate of the correlation is too low by about one in the number of batches.
  const measured = products / ((INTERVAL_BATCHES - 1) * variance) + 1 / INTERVAL_BATCHES;
  const correlation = Math.min(MOST_CORRELATION, Math.max(0, measured));
  const raised = (variance * (1 + correlation)) / (1 - correlation);
  const error = Math.sqrt(raised / INTERVAL_BATCHES);
  const cubes = sumOf(deviations, (value) => value ** 3) / variance ** 1.5;
  const skewness = (INTERVAL_BATCHES / ((INTERVAL_BATCHES - 1) * (INTERVAL_BATCHES - 2))) * cubes;
  const adjust = skewAdjustment(skewness / (6 * Math.sqrt(INTERVAL_BATCHES)));
  return [center - adjust(T_975_14) * error, center - adjust(-T_975_14) * error];
}

/** Willink's adjustment of a t value for skewness / (6·√n): the same value where that is zero. */
function skewAdjustment(beta: number): (t: number) => number {
  if (Math.abs(beta) < 1e-9) return (t) => t;
  return (t) => (Math.cbrt(1 + 6 * beta * (t - beta)) - 1) / (2 * beta);
}

function sumOf(values: readonly number[], of: (value: number, index: number) => number): number {
  return values.reduce((sum, value, index) => sum + of(value, index), 0);
}

/**
 * Whether observations in order of time grow: the least-squares slope through batch means is
 * positive at 99 %. Not decided, false, for fewer than two observations a batch.
 */
export function hasGrowth(ordered: readonly number[]): boolean {
  if (ordered.length < 2 * GROWTH_BATCHES) return false;
  const ys = batchMeans(ordered, GROWTH_BATCHES);
  const xMean = (GROWTH_BATCHES - 1) / 2;
  const yMean = mean(ys);
  let sxx = 0;
  let sxy = 0;
  ys.forEach((y, x) => {
    sxx += (x - xMean) ** 2;
    sxy += (x - xMean) * (y - yMean);
  });
  const slope = sxy / sxx;
  const residual = ys.reduce((sum, y, x) => sum + (y - yMean - slope * (x - xMean)) ** 2, 0);
  const error = Math.sqrt(residual / (GROWTH_BATCHES - 2) / sxx);
  return slope > T_99_8 * error;
}

function batchMeans(ordered: readonly number[], batches: number): number[] {
  return Array.from({ length: batches }, (_, batch) => {
    const from = Math.floor((batch * ordered.length) / batches);
    const to = Math.floor(((batch + 1) * ordered.length) / batches);
    return mean(ordered.slice(from, to));
  });
}
