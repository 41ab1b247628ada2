/**
 * Relative errors of predictions, summarised over groups of measurements. An error is
 * (predicted − measured) / measured.
 */

import { mean, quantile } from "d3-array";

/** A prediction beside what was measured. */
export interface Comparison {
  readonly group: string;
  readonly measured: number;
  readonly simulated: number;
}

/** Errors of some comparisons. */
export interface ErrorSummary {
  readonly n: number;
  /** Mean and 90th percentile of the errors' sizes, and the mean of the errors. */
  readonly mape: number;
  readonly p90: number;
  readonly bias: number;
}

/** Summarises at least one comparison. */
export function summarizeErrors(comparisons: readonly Comparison[]): ErrorSummary {
  const errors = comparisons.map(({ measured, simulated }) => simulated / measured - 1);
  const sizes = errors.map(Math.abs);
  return {
    n: errors.length,
    mape: mean(sizes)!,
    p90: quantile(sizes, 0.9)!,
    bias: mean(errors)!,
  };
}

/** The comparisons of each group, groups in order of first occurrence. */
export function byGroup<T extends Comparison>(comparisons: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const comparison of comparisons) {
    const group = groups.get(comparison.group);
    if (group === undefined) groups.set(comparison.group, [comparison]);
    else group.push(comparison);
  }
  return groups;
}
