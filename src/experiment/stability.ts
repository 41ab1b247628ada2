/**
 * Whether a run was in a steady state: nearly all executions completed, and those in flight did
 * not grow. A cluster that fills up from empty grows too, so growth is looked for after one 99th
 * percentile of latency; a run in which that leaves less than half of the window cannot be told
 * from an overloaded one, and does not count as stable. Replications are judged together: what
 * grows in one by chance, as one in a hundred does, does not grow in their mean. Users of a closed
 * loop wait for one another, so nothing grows: the rest is asked of it too.
 */

import { sum } from "d3-array";
import type { MeasuredRun } from "./evaluation.ts";
import { growthBatches, hasGrowth } from "./growth.ts";
import { quantiles } from "./quantiles.ts";
import { mean } from "./statistics.ts";

/** Part of the executions that must complete. */
const COMPLETED = 0.98;

/** Quantile of latency after which the cluster holds what it holds in the long run. */
const FILLING_QUANTILE = 0.99;

/** What a verdict rests on. */
interface Evidence {
  /** Measured executions. */
  readonly arrived: number;
  readonly completed: number;
  /** In flight in each tenth of the run after the filling; none where that is too short. */
  readonly inFlight: readonly number[];
  /** The cluster was still filling up for most of the run: a longer one would say more. */
  readonly isShort: boolean;
}

/** A verdict on a run. */
export interface Stability extends Evidence {
  readonly isStable: boolean;
}

/** Judges the measured executions of a run; one that was cut off as too full is not stable. */
export function judgeStability({ measurements, window, users, isCutOff }: MeasuredRun): Stability {
  const { arrived, completed } = measurements.counts;
  const latencies = measurements.latencies;
  const filled = window.start + (quantiles(latencies, [FILLING_QUANTILE])[0] ?? 0);
  const isShort = filled > (window.start + window.end) / 2;
  const canGrow = users === Number.POSITIVE_INFINITY;
  const inFlight = canGrow ? growthBatches(measurements.inFlightAtArrivals(filled)) : [];
  const evidence = { arrived, completed, inFlight, isShort };
  return { ...evidence, isStable: !isCutOff && areStable([evidence]) };
}

/** Whether replications were, together, in a steady state. */
export function areStable(replications: readonly Evidence[]): boolean {
  if (replications.some(({ isShort }) => isShort)) return false;
  const arrived = sum(replications, (replication) => replication.arrived);
  const completed = sum(replications, (replication) => replication.completed);
  const decided = replications.filter(({ inFlight }) => inFlight.length > 0);
  const means = decided[0]?.inFlight.map((_, tenth) => {
    return mean(decided.map(({ inFlight }) => inFlight[tenth]!));
  });
  return arrived > 0 && completed >= COMPLETED * arrived && !hasGrowth(means ?? []);
}
