/**
 * Simulated deployments beside what every predictor says of them: at parts of a peak, at the peak
 * itself, and of plans drawn at random.
 */

import { sum } from "d3-array";
import type { Deployment } from "../../deployment/plan.ts";
import type { PlanningProblem } from "../../planner/planner.ts";
import { predictPipeline } from "../../predictor/aggregate-llm-pipeline.ts";
import { predictDeployment } from "../../predictor/alp-plus.ts";
import { atFactor } from "../../predictor/prediction.ts";
import { PREDICTORS } from "../../predictor/predictors.ts";
import type { Program } from "../../workflow/mix.ts";
import { findPeak } from "../peak.ts";
import { randomPlans } from "../random-plans.ts";
import { finiteOrNull } from "../ratios.ts";
import type { Trial, TrialResult } from "../trial.ts";
import type { WorkerPool } from "../workers.ts";
import { type Residuals, residualsOf } from "./residuals.ts";

/** Parts of the simulated peak at which a plan is simulated. */
const LOADS = [0.1, 0.3, 0.5, 0.7, 0.8, 0.9];

/** Random plans that are simulated for one that is stable, at most. */
const DRAWS_PER_PLAN = 10;

/** A simulated mean latency and what was predicted; null past a predictor's highest load. */
export interface PredictedPoint {
  readonly rate_per_second: number;
  /** Part of the simulated peak; null where that is not known. */
  readonly load: number | null;
  readonly latency_mean_seconds: number;
  readonly predicted: Readonly<Record<string, number | null>>;
  readonly residuals?: Residuals | undefined;
}

/** A simulated peak, over replications, and what was predicted. */
export interface ComparedPeak {
  /** The geometric mean of the peaks. */
  readonly throughput_max_per_second: number;
  readonly peaks_per_second: readonly number[];
  readonly predicted: Readonly<Record<string, number>>;
}

/** What is simulated, and where. */
export interface TrialsSetup {
  readonly workflow: Program;
  readonly seed: number;
  /** With one workflow, at one execution per second. */
  readonly problem: PlanningProblem;
  readonly pool: WorkerPool;
}

/** Simulations of one workload, with predictions. */
export class PredictedTrials {
  readonly #setup: TrialsSetup;

  constructor(setup: TrialsSetup) {
    this.#setup = setup;
  }

  /**
   * The simulated peak, over replications with seeds of their own; null where no rate near the
   * predicted one is sustained.
   */
  async peakOf(deployment: Deployment, replications = 1): Promise<ComparedPeak | null> {
    const { problem, seed } = this.#setup;
    const predicted = Object.fromEntries(
      Object.entries(PREDICTORS).map(([name, predict]) => [
        name,
        predict(problem, deployment)[0]!.throughputMax,
      ]),
    );
    const guess = predictDeployment(problem, deployment)[0]!.throughputMax;
    const found = await Promise.all(
      Array.from({ length: replications }, async (_, replication) => {
        const { peak } = await findPeak({
          guess,
          isStableAt: async (rate) => {
            const trial = { rate, seed: seed + replication };
            return (await this.#trial(deployment, trial)).isStable;
          },
        });
        return peak;
      }),
    );
    const peaks = found.flatMap((peak) => (Number.isFinite(peak) ? [peak!] : []));
    if (peaks.length < replications) return null;
    const mean = Math.exp(sum(peaks, Math.log) / replications);
    return { throughput_max_per_second: mean, peaks_per_second: peaks, predicted };
  }

  /** The deployment at parts of its peak, with the residuals of the paper's pipeline. */
  async overLoads(deployment: Deployment, peak: number): Promise<PredictedPoint[]> {
    const points = LOADS.map(async (load): Promise<PredictedPoint> => {
      const rate = load * peak;
      const [disturbed, undisturbed] = await Promise.all([
        this.#trial(deployment, { rate }),
        this.#trial(deployment, { rate, isUndisturbed: true }),
      ]);
      const { problem } = this.#setup;
      const [alp] = predictPipeline(atFactor(problem, rate), deployment);
      const residuals = residualsOf(problem.workflows[0]!.statistics, alp!, {
        load,
        disturbed: disturbed.anatomy,
        undisturbed: undisturbed.anatomy,
      });
      return { ...this.#point(deployment, rate, disturbed), load, residuals };
    });
    return await Promise.all(points);
  }

  /** So many random plans that are stable at `rate`, or as many as were found. */
  async ofRandomPlans(rate: number, count: number, onDone: (done: number) => void) {
    const { problem, seed } = this.#setup;
    const supply = randomPlans(problem, seed);
    const plans: { deployment: Deployment; point: PredictedPoint }[] = [];
    let tried = 0;
    while (plans.length < count && tried < DRAWS_PER_PLAN * count) {
      const drawn: Deployment[] = [];
      while (drawn.length < count - plans.length) {
        const { value } = supply.next();
        if (value === undefined) return { plans, tried };
        drawn.push(value);
      }
      tried += drawn.length;
      let done = 0;
      const results = await Promise.all(
        drawn.map(async (deployment) => {
          const result = await this.#trial(deployment, { rate });
          onDone((plans.length + (++done * (count - plans.length)) / drawn.length) / count);
          return { deployment, result };
        }),
      );
      for (const { deployment, result } of results) {
        if (!result.isStable) continue;
        plans.push({ deployment, point: this.#point(deployment, rate, result) });
      }
    }
    return { plans, tried };
  }

  #point(deployment: Deployment, rate: number, { latencyMean }: TrialResult): PredictedPoint {
    const problem = atFactor(this.#setup.problem, rate);
    const predicted = Object.fromEntries(
      Object.entries(PREDICTORS).map(([name, predict]) => [
        name,
        finiteOrNull(predict(problem, deployment)[0]!.latencyMean),
      ]),
    );
    const simulated = latencyMean ?? Number.NaN;
    return { rate_per_second: rate, load: null, latency_mean_seconds: simulated, predicted };
  }

  #trial(
    deployment: Deployment,
    trial: Pick<Trial, "rate"> & Partial<Pick<Trial, "seed" | "isUndisturbed">>,
  ): Promise<TrialResult> {
    const { workflow, seed, pool } = this.#setup;
    return pool.run("trial", { workflow, deployment, seed, ...trial });
  }
}
