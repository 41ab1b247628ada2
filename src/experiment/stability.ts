/**
 * Whether a run was in a steady state: nearly all executions completed, and those in flight did
 * not grow. A cluster that fills up from empty grows too, so growth is looked for after one 95th
 * percentile of latency. Where that leaves less than half of the window, the run is too short to
 * tell filling from overload by counts; then mean latency must not grow by more than half.
 */

import { quantile } from "d3-array";
import type { Evaluation } from "./evaluation.ts";
import { significantGrowth } from "./statistics.ts";

/** Part of the executions that must complete. */
const COMPLETED = 0.98;

/** Growth of latency over a short run that filling up does not explain. */
const FILLING_GROWTH = 0.5;

/** A verdict on a run. */
export interface Stability {
  readonly isStable: boolean;
  /** The cluster was still filling up for most of the run: a longer one would say more. */
  readonly isShort: boolean;
}

/** Judges the measured executions of a run. */
export function judgeStability({ measurements, window }: Evaluation): Stability {
  const { arrived, completed } = measurements.counts;
  const latencies = measurements.latencies;
  const filled = window.start + (quantile(latencies, 0.95) ?? 0);
  const isShort = filled > (window.start + window.end) / 2;
  const isGrowing = isShort
    ? significantGrowth(latencies) > FILLING_GROWTH
    : significantGrowth(measurements.inFlightAtArrivals(filled)) > 0;
  return { isStable: completed >= COMPLETED * arrived && arrived > 0 && !isGrowing, isShort };
}
