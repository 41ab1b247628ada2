/**
 * The Aggregate LLM Pipeline (Scepsy, step 4): a workflow is a pipeline with one stage per LLM,
 *
 *   L_w(λ) = Σ_m L_m(λ·n_m) · n_m / p_m + tools      T_w = min_m T_m / n_m
 *
 * An LLM's calls are split over its instances in proportion to what each sustains, which is an
 * equal split where they are alike. The mean tool time is a constant stage of our own; the paper
 * ignores it.
 * Left out: overlap between different LLMs, interference of tenants.
 */

import { min, sum } from "d3-array";
import {
  callLatency,
  type LlmProfile,
  maxCallRate,
  type ReplicaSize,
} from "../llm/profile-table.ts";
import type { LlmStatistics, WorkflowStatistics } from "./trace-statistics.ts";

/** Instances of an LLM that are alike. */
export interface ReplicaGroup extends ReplicaSize {
  readonly replicas: number;
}

/** What the pipeline says of one LLM. */
export interface StagePrediction {
  /** Mean latency of a call; Infinity past saturation. */
  readonly callLatency: number;
  /** The stage's part of the workflow's latency: call latency · n / p. */
  readonly latency: number;
  /** Executions per second at which the stage saturates. */
  readonly throughputMax: number;
  /** Calls per second that come to the LLM. */
  readonly callRate: number;
}

/** What the pipeline says of a workflow at a rate. */
export interface WorkflowPrediction {
  /** Mean latency of an execution; Infinity past saturation. */
  readonly latencyMean: number;
  /** Executions per second at which the first stage saturates. */
  readonly throughputMax: number;
  readonly toolSeconds: number;
  readonly stages: readonly StagePrediction[];
}

/** Predicts a workflow served by `groups[llm]` at `rate` executions per second. */
export function predictWorkflow(
  statistics: WorkflowStatistics,
  profiles: readonly LlmProfile[],
  groups: readonly (readonly ReplicaGroup[])[],
  rate: number,
): WorkflowPrediction {
  const stages = statistics.llms.map((llm, index) =>
    predictStage(llm, profiles[index]!, groups[index]!, rate),
  );
  return {
    latencyMean: sum(stages, (stage) => stage.latency) + statistics.toolSeconds,
    throughputMax: min(stages, (stage) => stage.throughputMax) ?? Infinity,
    toolSeconds: statistics.toolSeconds,
    stages,
  };
}

/** Predicts one LLM's stage; nothing for an LLM that the traces never call. */
export function predictStage(
  llm: LlmStatistics,
  profile: LlmProfile,
  groups: readonly ReplicaGroup[],
  rate: number,
): StagePrediction {
  if (llm.calls === 0) {
    return { callLatency: 0, latency: 0, throughputMax: Number.POSITIVE_INFINITY, callRate: 0 };
  }
  const capacity = sum(groups, (group) => group.replicas * maxCallRate(profile, group));
  const callRate = rate * llm.calls;
  const meanLatency = sum(groups, (group) => {
    const perReplica = maxCallRate(profile, group) / capacity;
    const latency = callLatency(profile, group, callRate * perReplica);
    return group.replicas * perReplica * latency;
  });
  return {
    callLatency: meanLatency,
    latency: (meanLatency * llm.calls) / llm.parallelism,
    throughputMax: capacity / llm.calls,
    callRate,
  };
}
