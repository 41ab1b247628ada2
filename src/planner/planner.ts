/**
 * What every planner and baseline is: a function from what is known of a workload (statistics of
 * its traces, profiles of its LLMs) and a cluster to a deployment. It never sees the workflow's
 * program, nor the simulation that will judge it.
 */

import { sum } from "d3-array";
import type { Deployment } from "../deployment/plan.ts";
import type { Cluster } from "../hardware/cluster.ts";
import type { Engine } from "../llm/engine.ts";
import type { ModelShape } from "../llm/model.ts";
import type { ReplicaGroup } from "../llm/profile-table.ts";
import type { PredictionProblem } from "../predictor/alp-plus.ts";
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

/** Calls per second that come to an LLM. */
export function callRate({ workflows }: PredictionProblem, llm: number): number {
  return sum(workflows, ({ rate, statistics }) => rate * statistics.llms[llm]!.calls);
}

/** The same problem with all rates multiplied. */
export function atFactor<T extends PredictionProblem>(problem: T, factor: number): T {
  const workflows = problem.workflows.map((demand) => {
    return { ...demand, rate: factor * demand.rate };
  });
  return { ...problem, workflows };
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

/** The instances of each LLM of a deployment, grouped by size. */
export function replicaGroups(deployment: Deployment): ReplicaGroup[][] {
  return deployment.llms.map(({ instances }) => {
    const groups = new Map<string, ReplicaGroup>();
    for (const { gpus, share } of instances) {
      const gpu = gpus[0]!.type.name;
      const key = `${gpu}/${gpus.length}/${share}`;
      const replicas = (groups.get(key)?.replicas ?? 0) + 1;
      groups.set(key, { gpu, tp: gpus.length, share, replicas });
    }
    return [...groups.values()];
  });
}
