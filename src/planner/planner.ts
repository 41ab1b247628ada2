/**
 * What every planner and baseline is: a function from what is known of a workload (statistics of
 * its traces, profiles of its LLMs) and a cluster to a deployment. It never sees the workflow's
 * program, nor the simulation that will judge it.
 */

import type { Deployment } from "../deployment/plan.ts";
import type { Cluster } from "../hardware/cluster.ts";
import type { Engine } from "../llm/engine.ts";
import type { ModelShape } from "../llm/model.ts";
import type { PredictionProblem } from "../predictor/prediction.ts";
import { formatRate } from "../units.ts";

/** Plans are made to sustain this much more than the rate asked for. */
export const HEADROOM = 1.1;

/** An LLM to be placed. */
export interface PlannedLlm {
  readonly name: string;
  readonly model: ModelShape;
  readonly engine: Engine;
}

/** What a planner is given; `llms` and `profiles` run over the LLMs of all workflows. */
export interface PlanningProblem extends PredictionProblem {
  readonly cluster: Cluster;
  readonly llms: readonly PlannedLlm[];
}

/** The rates of a problem in words. */
export function formatRates({ workflows }: PredictionProblem): string {
  if (workflows.length === 1) return formatRate(workflows[0]!.rate);
  return workflows.map(({ name, rate }) => `${name} at ${formatRate(rate)}`).join(" and ");
}

/** A plan, or why there is none. */
export type PlanningOutcome =
  | {
      readonly isFeasible: true;
      readonly deployment: Deployment;
      /** Plans considered. */
      readonly candidates: number;
    }
  | { readonly isFeasible: false; readonly reason: string; readonly candidates: number };

/** A way to plan. */
export interface Planner {
  readonly name: string;
  readonly plan: (problem: PlanningProblem) => PlanningOutcome;
}
