/**
 * Whether a run was in a steady state: nearly all executions completed, and those in flight did
 * not grow. A cluster that fills up from empty grows too, so growth is looked for after one 99th
 * percentile of latency; a run in which that leaves less than half of the window cannot be told
 * from an overloaded one, and does not count as stable. Users of a closed loop wait for one another
 * instead, so nothing grows: the rest is asked of it too.
 */

import type { MeasuredRun } from "./evaluation.ts";
import { quantiles } from "./quantiles.ts";
import { hasGrowth } from "./statistics.ts";

/** Part of the executions that must complete. */
const COMPLETED = 0.98;

/** Quantile of latency after which the cluster holds what it holds in the long run. */
const FILLING_QUANTILE = 0.99;

/** A verdict on a run. */
export interface Stability {
  readonly isStable: boolean;
  /** The cluster was still filling up for most of the run: a longer one would say more. */
  readonly isShort: boolean;
}

/** Judges the measured executions of a run. */
export function judgeStability({ measurements, window, users }: MeasuredRun): Stability {
  const { arrived, completed } = measurements.counts;
  const latencies = measurements.latencies;
  const filled = window.start + (quantiles(latencies, [FILLING_QUANTILE])[0] ?? 0);
  const isShort = filled > (window.start + window.end) / 2;
  const isGrowing = users === Infinity && hasGrowth(measurements.inFlightAtArrivals(filled));
  const isComplete = arrived > 0 && completed >= COMPLETED * arrived;
  return { isStable: isComplete && !isShort && !isGrowing, isShort };
}
