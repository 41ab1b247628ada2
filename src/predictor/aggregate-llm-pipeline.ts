/**
 * The Aggregate LLM Pipeline as the paper has it (Scepsy, step 4): a workflow is a pipeline with
 * one stage per LLM,
 *
 *   L_w(λ) = Σ_m L_m(λ·n_m) · n_m / p_m      T_w = min_m T_m / n_m
 *
 * with L_m and T_m of one replica alone; r replicas see λ·n_m/r each, and T_m counts r times. Calls
 * are split over instances of different sizes in proportion to what each sustains. Left out, as in
 * the paper: tools, overlap of different LLMs, interference of tenants.
 */

import { min, sum } from "d3-array";
import type { Deployment } from "../deployment/plan.ts";
import { replicaGroups } from "../deployment/replica-groups.ts";
import {
  callLatency,
  type LlmProfile,
  maxCallRate,
  type ReplayMode,
  type ReplicaGroup,
} from "../llm/profile-table.ts";
import { callRate, type PredictionProblem, type WorkflowPrediction } from "./prediction.ts";

/** Predicts a deployment at the workflows' rates from calls that were profiled in `mode`. */
export function predictPipeline(
  problem: PredictionProblem,
  deployment: Deployment,
  mode: ReplayMode = "recorded",
): WorkflowPrediction[] {
  const stages = replicaGroups(deployment).map((groups, llm) =>
    callsAt(problem.profiles[llm]!, groups, { callRate: callRate(problem, llm), mode }),
  );
  const peak =
    min(stages, ({ capacity }, llm) => {
      const calls = callRate(problem, llm);
      return calls > 0 ? capacity / calls : undefined;
    }) ?? Number.POSITIVE_INFINITY;
  return problem.workflows.map(({ rate, statistics }) => {
    const parts = statistics.llms.map(({ calls, parallelism }, llm) => {
      const { latency, capacity } = stages[llm]!;
      // What the traces never call takes no time and never saturates.
      if (calls === 0) return { callLatency: 0, latency: 0, throughputMax: Infinity };
      const throughputMax = capacity / calls;
      return { callLatency: latency, latency: (latency * calls) / parallelism, throughputMax };
    });
    const latencyMean = sum(parts, ({ latency }) => latency);
    return { latencyMean, throughputMax: peak * rate, toolSeconds: 0, stages: parts };
  });
}

/** Mean latency of an LLM's calls, and calls per second that its replicas sustain. */
function callsAt(
  profile: LlmProfile,
  groups: readonly ReplicaGroup[],
  { callRate: rate, mode }: { readonly callRate: number; readonly mode: ReplayMode },
): { readonly latency: number; readonly capacity: number } {
  const capacityOf = (group: ReplicaGroup) => maxCallRate(profile, { ...group, replicas: 1 });
  const capacity = sum(groups, (group) => group.replicas * capacityOf(group));
  if (rate === 0) return { latency: 0, capacity };
  const latency = sum(groups, (group) => {
    const part = capacityOf(group) / capacity;
    return group.replicas * part * callLatency(profile, group, rate * part, mode);
  });
  return { latency, capacity };
}
