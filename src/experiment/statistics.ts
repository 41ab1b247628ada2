/**
 * Statistics of one run: summaries of samples, and confidence intervals of the mean and of
 * percentiles of correlated observations.
 */

import { quantiles } from "./quantiles.ts";
import { finiteOrNull } from "./ratios.ts";

/** Ends of a 95 % interval; the upper one is null where too few values lie beyond it to tell. */
export type QuantileInterval = readonly [number, number | null];

/** Mean, percentiles and maximum of a sample with 95 % intervals; null where not known. */
export interface SampleSummary {
  readonly mean: number | null;
  readonly mean_ci95: readonly [number, number] | null;
  readonly p50: number | null;
  readonly p50_ci95: QuantileInterval | null;
  readonly p90: number | null;
  readonly p90_ci95: QuantileInterval | null;
  readonly p95: number | null;
  readonly p95_ci95: QuantileInterval | null;
  readonly p99: number | null;
  readonly p99_ci95: QuantileInterval | null;
  readonly max: number | null;
}

/** Summary of a sample in order of time. */
export function summarize(ordered: ArrayLike<number>): SampleSummary {
  const [p50, p90, p95, p99, max] = quantiles(ordered, [0.5, 0.9, 0.95, 0.99, 1]);
  const intervals = quantileIntervals(ordered, [0.5, 0.9, 0.95, 0.99]);
  return {
    mean: finiteOrNull(mean(ordered)),
    mean_ci95: meanInterval(ordered),
    p50: p50 ?? null,
    p50_ci95: intervals[0]!,
    p90: p90 ?? null,
    p90_ci95: intervals[1]!,
    p95: p95 ?? null,
    p95_ci95: intervals[2]!,
    p99: p99 ?? null,
    p99_ci95: intervals[3]!,
    max: max ?? null,
  };
}

/** Sum over number of values, in their order; NaN for none. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}

/** Batches for intervals, and Student's t at 97.5 % with one degree less. */
export const INTERVAL_BATCHES = 15;
const T_975_14 = 2.145;

/** The most that neighbouring batches are taken to be correlated. */
const MOST_CORRELATION = 0.8;

/** 95 % interval of the mean of observations in order of time; null for fewer than two a batch. */
export function meanInterval(ordered: ArrayLike<number>): readonly [number, number] | null {
  if (ordered.length < 2 * INTERVAL_BATCHES) return null;
  return batchInterval(batchMeans(ordered, INTERVAL_BATCHES), mean(ordered));
}

/**
 * 95 % interval of a mean, `center`, from the means of `INTERVAL_BATCHES` batches in order of time.
 * Their variance is raised for the correlation of neighbours and t is adjusted for their skewness,
 * as in Skart (Tafazzoli, Steiger and Wilson, IEEE Trans. Autom. Control 56, 2011): latencies of a
 * loaded system are both correlated and skewed.
 */
export function batchInterval(means: readonly number[], center: number): readonly [number, number] {
  const { error, skewness } = batchError(means, center);
  const adjust = skewAdjustment(skewness / (6 * Math.sqrt(INTERVAL_BATCHES)));
  return [center - adjust(T_975_14) * error, center - adjust(-T_975_14) * error];
}

/**
 * 95 % intervals of the quantiles at ascending fractions `ps` of observations in order of time;
 * null for fewer than two observations a batch. The part of the observations beyond a quantile is a
 * mean, whose error batches tell (at least that of independent observations); what it may be if the
 * quantile is right, skewed as binomial counts are, is read off the sample again (Woodruff, J. Am.
 * Stat. Assoc. 47, 1952).
 */
export function quantileIntervals(
  ordered: ArrayLike<number>,
  ps: readonly number[],
): (QuantileInterval | null)[] {
  if (ordered.length < 2 * INTERVAL_BATCHES) return ps.map(() => null);
  const values = quantiles(ordered, ps);
  const beyond = ps.map((p, index) => partBeyond(ordered, p, values[index]!));
  const at = beyond.flatMap(([least, most]) => [Math.max(0, 1 - most), Math.min(1, 1 - least)]);
  const fractions = [...new Set(at)].sort((a, b) => a - b);
  const found = quantiles(ordered, fractions);
  const valueAt = (fraction: number) => found[fractions.indexOf(fraction)]!;
  return beyond.map(([least, most], index) => {
    if (most >= 1) return null;
    return [valueAt(at[2 * index]!), least <= 0 ? null : valueAt(at[2 * index + 1]!)];
  });
}

/** The least and the most that 1 − p may be among observations, `value` being their p-quantile. */
function partBeyond(ordered: ArrayLike<number>, p: number, value: number): [number, number] {
  const isBeyond = (observation: number) => Number(observation > value);
  const means = batchMeans(ordered, INTERVAL_BATCHES, isBeyond);
  const variance = p * (1 - p);
  const independent = Math.sqrt(variance / ordered.length);
  const error = Math.max(independent, batchError(means, mean(means)).error);
  const skewness = ((2 * p - 1) * error) / variance;
  const shift = (skewness * (T_975_14 ** 2 - 1)) / 6;
  return [1 - p + error * (shift - T_975_14), 1 - p + error * (shift + T_975_14)];
}

/** Standard error of the mean of batches, raised for their correlation, and their skewness. */
function batchError(means: readonly number[], center: number): { error: number; skewness: number } {
  const count = means.length;
  const deviations = means.map((value) => value - center);
  const variance = sumOf(deviations, (value) => value ** 2) / (count - 1);
  if (variance === 0) return { error: 0, skewness: 0 };
  const products = sumOf(deviations, (value, batch) => value * (deviations[batch - 1] ?? 0));
  // The estimate of the correlation is too low by about one in the number of batches.
  const measured = products / ((count - 1) * variance) + 1 / count;
  const correlation = Math.min(MOST_CORRELATION, Math.max(0, measured));
  const raised = (variance * (1 + correlation)) / (1 - correlation);
  const cubes = sumOf(deviations, (value) => value ** 3) / variance ** 1.5;
  return {
    error: Math.sqrt(raised / count),
    skewness: (count / ((count - 1) * (count - 2))) * cubes,
  };
}

/** Willink's adjustment of a t value for skewness / (6·√n): the same value where that is zero. */
function skewAdjustment(beta: number): (t: number) => number {
  if (Math.abs(beta) < 1e-9) return (t) => t;
  return (t) => (Math.cbrt(1 + 6 * beta * (t - beta)) - 1) / (2 * beta);
}

function sumOf(values: readonly number[], of: (value: number, index: number) => number): number {
  return values.reduce((sum, value, index) => sum + of(value, index), 0);
}

/** Means of `batches` batches of observations in order, or of what `of` makes of each. */
export function batchMeans(
  ordered: ArrayLike<number>,
  batches: number,
  of: (value: number) => number = (value) => value,
): number[] {
  return Array.from({ length: batches }, (_, batch) => {
    const from = Math.floor((batch * ordered.length) / batches);
    const to = Math.floor(((batch + 1) * ordered.length) / batches);
    let sum = 0;
    for (let index = from; index < to; index++) sum += of(ordered[index]!);
    return sum / (to - from);
  });
}
