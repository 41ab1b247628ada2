/**
 * Predictors against the simulation: one plan over rates up to its simulated peak, and many plans,
 * drawn at random, at one rate. The error of the paper's pipeline is taken apart into residuals,
 * each the difference of two sums, so that they add up to it exactly.
 */

import { mean, rank } from "d3-array";
import { predictedPeak, scepsyPlanner } from "../../planner/scepsy.ts";
import { atFactor } from "../../predictor/prediction.ts";
import { PREDICTORS } from "../../predictor/predictors.ts";
import type { OnProgress } from "../planning.ts";
import { prepare, type Workload } from "../preparation.ts";
import { relativeError } from "../ratios.ts";
import { createPool } from "../workers.ts";
import { type ComparedPeak, type PredictedPoint, PredictedTrials } from "./predicted-trials.ts";
import type { Residuals } from "./residuals.ts";

/** Slack for loads that are parts of a measured rate. */
const LOAD_TOLERANCE = 1e-9;

/** The plan is made for this part of the predicted peak. */
const PLANNED_LOAD = 0.6;

/** The rate of the random plans, as part of the plan's simulated peak. */
const COMMON_LOAD = 0.25;

/** Runs, each with executions of its own, that the plan's peak is the mean of. */
const REPLICATIONS = 3;

/** Of the random plans, those whose peaks are simulated too. */
const PEAKS = 3;

/** Errors of one predictor. */
export interface PredictorErrors {
  readonly latency_mape_to_70: number | null;
  readonly latency_mape_to_90: number | null;
  /** Of the plan; and of plans drawn at random, most of which no planner would make. */
  readonly peak_throughput_mape: number | null;
  readonly random_peak_throughput_mape: number | null;
  /** Spearman's, of mean latencies of different plans at one rate. */
  readonly rank_correlation: number | null;
}

/** The document of `validate predictor`. */
export interface PredictorComparison {
  readonly workload: string;
  readonly cluster: string;
  readonly predictors: Readonly<Record<string, PredictorErrors>>;
  readonly residuals: readonly Residuals[];
  readonly points: readonly PredictedPoint[];
  readonly plans: readonly PredictedPoint[];
  /** Random plans that were simulated to find as many stable ones. */
  readonly plans_tried: number;
  /** The plan's first. */
  readonly peaks: readonly ComparedPeak[];
}

/** What is compared, and with how many random plans. */
export interface PredictorValidation extends Workload {
  readonly plans: number;
}

/** Plans, simulates and compares; a reason where nothing can be planned. */
export async function comparePredictors(
  validation: PredictorValidation,
  onProgress: OnProgress,
): Promise<PredictorComparison | { readonly infeasible: string }> {
  const preparation = await prepare(validation, (done, stage) => onProgress(stage, done));
  if ("infeasible" in preparation) return preparation;
  const { workflow, cluster, llms, seed } = validation;
  const problem = { cluster, llms, ...preparation };
  const best = predictedPeak(problem);
  if (typeof best !== "number") return { infeasible: best.isFeasible ? "" : best.reason };
  const outcome = scepsyPlanner.plan(atFactor(problem, PLANNED_LOAD * best));
  if (!outcome.isFeasible) return { infeasible: outcome.reason };
  const pool = await createPool();
  const trials = new PredictedTrials({ workflow, seed, problem, pool });
  try {
    onProgress("simulate the peak", 0);
    const first = await trials.peakOf(outcome.deployment, REPLICATIONS);
    if (first === null) return { infeasible: "the plan sustains no rate that was simulated" };
    onProgress("simulate rates", 0.25);
    const points = await trials.overLoads(outcome.deployment, first.throughput_max_per_second);
    const rate = COMMON_LOAD * first.throughput_max_per_second;
    const { plans, tried } = await trials.ofRandomPlans(rate, validation.plans, (done) =>
      onProgress("simulate plans", 0.4 + 0.4 * done),
    );
    onProgress("simulate more peaks", 0.8);
    const others = plans.slice(0, PEAKS).map(({ deployment }) => trials.peakOf(deployment));
    const peaks = [first, ...(await Promise.all(others))].filter((peak) => peak !== null);
    const planPoints = plans.map(({ point }) => point);
    return {
      workload: workflow.name,
      cluster: cluster.name,
      predictors: errorsOf(points, planPoints, peaks),
      residuals: points.flatMap(({ residuals }) => residuals ?? []),
      points,
      plans: planPoints,
      plans_tried: tried,
      peaks,
    };
  } finally {
    await pool.close();
  }
}

function errorsOf(
  points: readonly PredictedPoint[],
  plans: readonly PredictedPoint[],
  peaks: readonly ComparedPeak[],
): PredictorComparison["predictors"] {
  return Object.fromEntries(
    Object.keys(PREDICTORS).map((name) => {
      const errorTo = (most: number) =>
        meanSize(
          points
            .filter(({ load }) => load !== null && load <= most + LOAD_TOLERANCE)
            .map(({ predicted, latency_mean_seconds: simulated }) =>
              relativeError(predicted[name] ?? null, simulated),
            ),
        );
      const peakErrors = peaks.map(({ predicted, throughput_max_per_second: simulated }) =>
        relativeError(predicted[name] ?? null, simulated),
      );
      const [ofPlan, ...ofRandom] = peakErrors;
      return [
        name,
        {
          latency_mape_to_70: errorTo(0.7),
          latency_mape_to_90: errorTo(0.9),
          peak_throughput_mape: meanSize([ofPlan ?? null]),
          random_peak_throughput_mape: meanSize(ofRandom),
          rank_correlation: spearman(
            plans.map(({ predicted }) => predicted[name] ?? Number.POSITIVE_INFINITY),
            plans.map(({ latency_mean_seconds: simulated }) => simulated),
          ),
        },
      ];
    }),
  );
}

/** Mean size of errors; null where one is missing: a predictor has to answer. */
function meanSize(errors: readonly (number | null)[]): number | null {
  if (errors.includes(null)) return null;
  return mean(errors as number[], Math.abs) ?? null;
}

/** Spearman's rank correlation; null for fewer than two values. */
function spearman(a: readonly number[], b: readonly number[]): number | null {
  if (a.length < 2) return null;
  const [x, y] = [rank(a), rank(b)];
  const [mx, my] = [mean(x)!, mean(y)!];
  let xy = 0;
  let xx = 0;
  let yy = 0;
  x.forEach((value, index) => {
    xy += (value - mx) * (y[index]! - my);
    xx += (value - mx) ** 2;
    yy += (y[index]! - my) ** 2;
  });
  return xy / Math.sqrt(xx * yy);
}
