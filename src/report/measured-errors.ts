/**
 * Pairs of measured and simulated values as a picture needs them: those that have a place on
 * logarithmic axes, with their relative errors, and how far an axis of errors has to reach.
 */

import { max, mean, quantile } from "d3-array";
import { type GroupStyle, groupStyle } from "./group-style.ts";

/** A measured value with what the simulator says, in the same unit. */
export interface MeasuredPair {
  readonly measured: number;
  readonly simulated: number;
}

/** Pairs that share a name, a colour and a symbol. */
export interface MeasuredGroup {
  readonly name: string;
  readonly points: readonly MeasuredPair[];
}

/** A pair that is drawn. */
export interface DrawnPair extends MeasuredPair {
  /** (simulated - measured) / measured. */
  readonly error: number;
  readonly style: GroupStyle;
}

/** A group with its pairs that are drawn; `meanError` is of absolute values, NaN without pairs. */
export interface DrawnGroup {
  readonly name: string;
  readonly style: GroupStyle;
  readonly pairs: readonly DrawnPair[];
  readonly meanError: number;
}

/** Where the axis of errors ends on both sides, and how many errors lie beyond. */
export interface ErrorLimit {
  readonly limit: number;
  readonly beyond: number;
}

/** The groups with styles and errors; pairs that are not positive and finite are left out. */
export function drawnGroups(groups: readonly MeasuredGroup[]): DrawnGroup[] {
  return groups.map(({ name, points }, index) => {
    const style = groupStyle(index);
    const pairs = points
      .filter(({ measured, simulated }) => isDrawable(measured) && isDrawable(simulated))
      .map(({ measured, simulated }) => ({
        measured,
        simulated,
        error: (simulated - measured) / measured,
        style,
      }));
    return { name, style, pairs, meanError: meanAbsoluteError(pairs) };
  });
}

/** The mean of the absolute relative errors (MAPE); NaN without pairs. */
export function meanAbsoluteError(pairs: readonly DrawnPair[]): number {
  return mean(pairs, ({ error }) => Math.abs(error)) ?? Number.NaN;
}

/** The pairs of all groups mixed evenly, so that no group hides another. */
export function mixedPairs(groups: readonly DrawnGroup[]): DrawnPair[] {
  return groups
    .flatMap(({ pairs }, group) =>
      pairs.map((pair, index) => ({ pair, group, rank: (index + 0.5) / pairs.length })),
    )
    .sort((a, b) => a.rank - b.rank || a.group - b.group)
    .map(({ pair }) => pair);
}

/** From so many pairs on, a few outliers may be left beyond the axis. */
const MIN_PAIRS_FOR_OUTLIERS = 50;
const MOST_PAIRS = 0.98;
/** Errors beyond this multiple of most errors would leave most of the axis empty. */
const OUTLIER_FACTOR = 4;

/** Errors from 5 % on are shown on an axis that holds 10 % as well. */
const COMPARED_ERROR = 0.05;
const COMPARED_LIMIT = 0.12;

const MIN_LIMIT = 0.005;

/** The reach of an axis that shows the errors of all pairs, or of all but a few outliers. */
export function errorLimit(pairs: readonly DrawnPair[]): ErrorLimit {
  const errors = pairs.map(({ error }) => Math.abs(error));
  const largest = max(errors) ?? 0;
  const most = quantile(errors, MOST_PAIRS) ?? 0;
  const hasOutliers =
    pairs.length >= MIN_PAIRS_FOR_OUTLIERS && most > 0 && largest > OUTLIER_FACTOR * most;
  const shown = hasOutliers ? 1.5 * most : 1.06 * largest;
  const limit = Math.max(shown, shown >= COMPARED_ERROR ? COMPARED_LIMIT : MIN_LIMIT);
  return { limit, beyond: errors.filter((error) => error > limit).length };
}

function isDrawable(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}
