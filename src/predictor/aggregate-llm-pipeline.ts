/**
 * The Aggregate LLM Pipeline as the paper has it (Scepsy, step 4): a workflow is a pipeline with one
 * stage per LLM,
 *
 *   L_w(λ) = Σ_m L_m(λ·n_m) · n_m / p_m      T_w = min_m T_m / n_m
 *
 * with L_m and T_m of one replica alone; r replicas see λ·n_m/r each, and T_m counts r times. Calls
 * are split over instances of different sizes in proportion to what each sustains.
 * Left out, as in the paper: tools, overlap of different LLMs, interference of tenants.
 */

import { min, sum } from "d3-array";
import {
  callLatency,
  type LlmProfile,
  maxCallRate,
  type ReplayMode,
  type ReplicaGroup,
} from "../llm/profile-table.ts";
import type { LlmStatistics } from "./trace-statistics.ts";

/** What the pipeline says of one LLM. */
export interface StagePrediction {
  /** Mean latency of a call in seconds; Infinity past saturation. */
  readonly callLatency: number;
  /** The stage's part of the workflow's latency: call latency · n / p. */
  readonly latency: number;
  /** Executions per second at which the stage saturates. */
  readonly throughputMax: number;
}

/** What is predicted of a workflow at a rate. */
export interface WorkflowPrediction {
  /** Mean latency of an execution in seconds; Infinity past saturation. */
  readonly latencyMean: number;
  /** Executions per second at which the first stage saturates. */
  readonly throughputMax: number;
  /** Time of tools in the latency. */
  readonly toolSeconds: number;
  readonly stages: readonly StagePrediction[];
  /** Seconds by fraction of executions, where that is predicted. */
  readonly latencyQuantiles?: ReadonlyMap<number, number> | undefined;
}

/** What the pipeline is made of; arrays run over LLMs. */
export interface PipelineInput {
  readonly statistics: readonly LlmStatistics[];
  readonly profiles: readonly LlmProfile[];
  readonly groups: readonly (readonly ReplicaGroup[])[];
}

/** Predicts a workflow at `rate` executions per second, its calls profiled in `mode`. */
export function predictPipeline(
  { statistics, profiles, groups }: PipelineInput,
  rate: number,
  mode: ReplayMode = "recorded",
): WorkflowPrediction {
  const stages = statistics.map(({ calls, parallelism }, llm): StagePrediction => {
    // What the traces never call takes no time and never saturates.
    if (calls === 0) return { callLatency: 0, latency: 0, throughputMax: Number.POSITIVE_INFINITY };
    const profile = profiles[llm]!;
    const capacityOf = (group: ReplicaGroup) => maxCallRate(profile, { ...group, replicas: 1 });
    const capacity = sum(groups[llm]!, (group) => group.replicas * capacityOf(group));
    const latency = sum(groups[llm]!, (group) => {
      const part = capacityOf(group) / capacity;
      return group.replicas * part * callLatency(profile, group, rate * calls * part, mode);
    });
    return {
      callLatency: latency,
      latency: (latency * calls) / parallelism,
      throughputMax: capacity / calls,
    };
  });
  return {
    latencyMean: sum(stages, ({ latency }) => latency),
    throughputMax: min(stages, ({ throughputMax }) => throughputMax) ?? Number.POSITIVE_INFINITY,
    toolSeconds: 0,
    stages,
  };
}
