/**
 * The plans of one planner for a workload, rate by rate. A rate that the planner refuses is served
 * by its plan for the highest rate that it does not refuse, found to 2 %: what its user would be
 * left with.
 */

import type { Deployment } from "../deployment/plan.ts";
import type { Planner } from "../planner/planner.ts";
import type { PredictionProblem } from "../predictor/prediction.ts";
import { PEAK_RESOLUTION } from "./peak.ts";
import { planPrepared } from "./planning.ts";
import type { Workload } from "./preparation.ts";

/** Rates are halved so often before a planner has no plan at all, and doubled to a refused one. */
const MAX_STEPS = 12;

/** What is planned. */
export interface PlansOptions {
  readonly workload: Workload & { readonly planner: Planner };
  readonly preparation: PredictionProblem;
  /** A rate from which the highest one is looked for. */
  readonly around: number;
}

/** A plan, and the rate that it is for. */
export interface RatedPlan {
  readonly deployment: Deployment;
  readonly plannedRate: number;
  /** Executions per second that the predictor expects of the plan. */
  readonly predictedPeak: number;
}

/** Plans asked for by rate, each made once; the answers do not depend on what was asked before. */
export class PlansByRate {
  readonly #options: PlansOptions;
  /** The plan for exactly a rate, or why there is none. */
  readonly #plans = new Map<number, RatedPlan | string>();
  readonly #highest: RatedPlan | string;

  constructor(options: PlansOptions) {
    this.#options = options;
    this.#highest = this.#findHighest(options.around);
  }

  /** The plan that serves `rate`; a reason where the planner refuses every rate. */
  at(rate: number): RatedPlan | string {
    const plan = this.#plan(rate);
    return typeof plan === "string" ? this.#highest : plan;
  }

  #plan(rate: number): RatedPlan | string {
    let plan = this.#plans.get(rate);
    if (plan === undefined) {
      const { workload, preparation } = this.#options;
      const { outcome, prediction } = planPrepared({ ...workload, rate }, preparation);
      plan = outcome.isFeasible
        ? {
            deployment: outcome.deployment,
            plannedRate: rate,
            predictedPeak: prediction?.throughputMax ?? 0,
          }
        : outcome.reason;
      this.#plans.set(rate, plan);
    }
    return plan;
  }

  /** The plan for the highest rate not refused, or for a very high one if none is. */
  #findHighest(around: number): RatedPlan | string {
    let low = this.#plan(around);
    let refused = around;
    for (let step = 0; typeof low === "string" && step < MAX_STEPS; step++) {
      refused = around * 0.5 ** step;
      low = this.#plan(refused / 2);
    }
    if (typeof low === "string") return low;
    for (let step = 0; refused <= low.plannedRate && step < MAX_STEPS; step++) {
      const next = this.#plan(2 * low.plannedRate);
      refused = 2 * low.plannedRate;
      if (typeof next !== "string") low = next;
    }
    while (refused > (1 + PEAK_RESOLUTION) * low.plannedRate) {
      const rate = Math.sqrt(refused * low.plannedRate);
      const plan = this.#plan(rate);
      if (typeof plan === "string") refused = rate;
      else low = plan;
    }
    return low;
  }
}
