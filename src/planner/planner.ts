/**
 * What every planner and baseline is: a function from what is known of a workload (statistics of
 * its traces, profiles of its LLMs) and a cluster to a deployment. It never sees the workflow's
 * program, nor the simulation that will judge it.
 */

import type { Deployment } from "../deployment/plan.ts";
import type { Cluster } from "../hardware/cluster.ts";
import type { Engine } from "../llm/engine.ts";
import type { ModelShape } from "../llm/model.ts";
import type { LlmProfile } from "../llm/profile-table.ts";
import type { ReplicaGroup } from "../predictor/aggregate-llm-pipeline.ts";
import type { WorkflowStatistics } from "../predictor/trace-statistics.ts";

/** Plans are made to sustain this much more than the rate asked for. */
export const HEADROOM = 1.1;

/** An LLM to be placed. */
export interface PlannedLlm {
  readonly name: string;
  readonly model: ModelShape;
  readonly engine: Engine;
}

/** What a planner is given; the arrays run over the workload's LLMs. */
export interface PlanningProblem {
  readonly cluster: Cluster;
  readonly llms: readonly PlannedLlm[];
  readonly statistics: WorkflowStatistics;
  readonly profiles: readonly LlmProfile[];
  /** Executions per second to serve. */
  readonly rate: number;
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
      const key = `${gpus.length}/${share}`;
      const replicas = (groups.get(key)?.replicas ?? 0) + 1;
      groups.set(key, { tp: gpus.length, share, replicas });
    }
    return [...groups.values()];
  });
}
