/**
 * Figures of replications of a run, which differ by their seeds alone and are independent: means
 * and ratios with their 95 % intervals by Student's t.
 */

import { mean } from "./statistics.ts";

/** A figure and its interval; the interval is null for a single replication. */
export interface Estimate {
  readonly value: number;
  readonly interval: [number, number] | null;
}

/** The mean over replications; null for none. */
export function meanOver(values: readonly number[]): Estimate | null {
  if (values.length === 0) return null;
  const value = mean(values);
  if (values.length < 2) return { value, interval: null };
  const squares = values.reduce((sum, each) => sum + (each - value) ** 2, 0);
  const freedom = values.length - 1;
  const half = studentT975(freedom) * Math.sqrt(squares / freedom / values.length);
  return { value, interval: [value - half, value + half] };
}

/** The geometric mean of values above zero over replications; null for none. */
export function geometricMeanOver(values: readonly number[]): Estimate | null {
  const logarithms = meanOver(values.map(Math.log));
  if (logarithms === null) return null;
  const { value, interval } = logarithms;
  return {
    value: Math.exp(value),
    interval: interval && [Math.exp(interval[0]), Math.exp(interval[1])],
  };
}

const T_975_SMALL = [12.706, 4.303, 3.182, 2.776];
const Z_975 = 1.959964;

/**
 * 97.5 % quantile of Student's t, to 0.2 %: tabulated up to 4 degrees of freedom, beyond by
 * Cornish and Fisher's expansion about the normal quantile.
 */
export function studentT975(freedom: number): number {
  const z = Z_975;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return (
    T_975_SMALL[freedom - 1] ?? z + first / freedom + second / freedom ** 2 + third / freedom ** 3
  );
}
