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
  /** For planners that search; by default the lowest latency. */
  readonly objective?: Objective;
}

/** A bound on latency: of the mean, or of a quantile. */
export interface LatencyTarget {
  readonly quantile: "mean" | number;
  readonly seconds: number;
}

/** What a plan is made for. */
export type Objective =
  /** The lowest mean latency at the rate. */
  | { readonly kind: "latency" }
  /** The highest throughput, whatever the rate. */
  | { readonly kind: "throughput" }
  /** The fewest GPUs that keep the target at the rate. */
  | { readonly kind: "gpus"; readonly target: LatencyTarget }
  /** The most executions within the target at the rate. */
  | { readonly kind: "goodput"; readonly target: LatencyTarget };

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

/** No plan, after so many candidates. */
export function infeasible(reason: string, candidates = 0): PlanningOutcome {
  return { isFeasible: false, reason, candidates };
}

/** A way to plan. */
export interface Planner {
  readonly name: string;
  readonly plan: (problem: PlanningProblem) => PlanningOutcome;
}
