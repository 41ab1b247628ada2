/**
 * The result of a run as the documented JSON: predicted beside simulated. Keys carry their units;
 * an undefined value is null with its key present.
 */

import { fragmentation } from "../deployment/fragmentation.ts";
import { replicaGroups } from "../deployment/replica-groups.ts";
import type { PlanningOutcome } from "../planner/planner.ts";
import type { WorkflowPrediction } from "../predictor/prediction.ts";
import type { Evaluation } from "./evaluation.ts";
import { quantiles } from "./quantiles.ts";
import { finiteOrNull, ratio } from "./ratios.ts";
import type { PlannedWorkload, PlanRequest } from "./run.ts";
import { judgeStability } from "./stability.ts";
import { mean, summarize, summarizeInOrder } from "./statistics.ts";

/** Version of the JSON documents. */
export const SCHEMA_VERSION = 1;

/** The predictor that planners use. */
const PREDICTOR = "alp+";

/** The plan and where it runs. */
export interface PlanSummary {
  readonly feasible: boolean;
  readonly reason: string | null;
  readonly gpus_total: number;
  readonly gpus_used: number;
  readonly search_seconds: number;
  readonly candidates: number;
  /** Null without a plan. */
  readonly placement: PlacementSummary | null;
  readonly llms: Readonly<Record<string, PlannedLlmSummary>>;
}

/** What the plan leaves free and cannot use: see `deployment/fragmentation.ts`. */
export interface PlacementSummary {
  /** Part of the SMs of the GPUs in use. */
  readonly stranded_share: number;
  readonly stranded_memory_bytes: number;
  readonly tp_groups_crossing_domains: number;
}

/** One LLM of a plan; `tp` and `share` are null where its instances differ. */
export interface PlannedLlmSummary {
  readonly model: string;
  readonly tp: number | null;
  readonly share: number | null;
  readonly replicas: number;
  readonly instances: readonly {
    readonly tp: number;
    readonly share: number;
    readonly gpus: readonly string[];
  }[];
}

/** What a predictor says; nulls where the rate is beyond what it can predict. */
export interface PredictionSummary {
  readonly latency_mean_seconds: number | null;
  readonly throughput_max_per_second: number | null;
  readonly tool_seconds: number | null;
}

/** What the simulation of a plan shows. */
export type SimulatedSummary = ReturnType<typeof summarizeEvaluation>;

/** What the documents of all commands that run a plan start with. */
export interface PlanDocument {
  readonly schema_version: number;
  readonly workload: string;
  readonly cluster: string;
  readonly planner: string;
  readonly seed: number;
  readonly rate_per_second: number | null;
  readonly plan: PlanSummary;
}

/** The document of `plan --json`. */
export interface PlannedSummary extends PlanDocument {
  readonly predictor: string;
  readonly predictions: Readonly<Record<string, PredictionSummary>>;
  readonly predicted: {
    readonly latency_mean_seconds: number | null;
    readonly throughput_per_second: number;
    readonly throughput_max_per_second: number;
  } | null;
}

/** What any document of a run has, whether or not anything was predicted. */
export interface RunDocument extends PlanDocument {
  readonly simulated: SimulatedSummary | null;
  readonly results: string | null;
  readonly wall_seconds: number;
}

/** The document of `run --json`. */
export interface RunSummary extends PlannedSummary, RunDocument {
  readonly error: {
    readonly latency_mean: number | null;
    readonly throughput: number | null;
  } | null;
}

/** What was planned and what is predicted of it. */
export function summarizePlanned(
  request: PlanRequest,
  { rate, outcome, prediction, alp, searchSeconds }: PlannedWorkload,
): PlannedSummary {
  const plus = summarizePrediction(prediction);
  const predicted =
    prediction === undefined || rate === null
      ? null
      : {
          latency_mean_seconds: plus.latency_mean_seconds,
          throughput_per_second: Math.min(rate, prediction.throughputMax),
          throughput_max_per_second: prediction.throughputMax,
        };
  return {
    schema_version: SCHEMA_VERSION,
    workload: request.workflow.name,
    cluster: request.cluster.name,
    planner: request.planner.name,
    seed: request.seed,
    rate_per_second: rate,
    plan: summarizePlan(outcome, searchSeconds, request.cluster.gpus.length),
    predictor: PREDICTOR,
    predictions: { alp: summarizePrediction(alp), [PREDICTOR]: plus },
    predicted,
  };
}

/** The plan as the document shows it. */
export function summarizePlan(
  outcome: PlanningOutcome,
  searchSeconds: number,
  gpusTotal: number,
): PlanSummary {
  const deployment = outcome.isFeasible ? outcome.deployment : undefined;
  const llms: Record<string, PlannedLlmSummary> = {};
  const left = deployment === undefined ? undefined : fragmentation(deployment);
  const groups = deployment === undefined ? [] : replicaGroups(deployment);
  deployment?.llms.forEach(({ name, model, instances }, index) => {
    const alike = groups[index]!.length === 1 ? groups[index]![0]! : { tp: null, share: null };
    llms[name] = {
      model: model.name,
      tp: alike.tp,
      share: alike.share,
      replicas: instances.length,
      instances: instances.map(({ gpus, share }) => {
        return { tp: gpus.length, share, gpus: gpus.map(({ id }) => id) };
      }),
    };
  });
  return {
    feasible: outcome.isFeasible,
    reason: outcome.isFeasible ? null : outcome.reason,
    gpus_total: gpusTotal,
    gpus_used: left?.gpusUsed ?? 0,
    search_seconds: searchSeconds,
    candidates: outcome.candidates,
    placement:
      left === undefined
        ? null
        : {
            stranded_share: left.strandedShare,
            stranded_memory_bytes: left.strandedMemory,
            tp_groups_crossing_domains: left.tpGroupsCrossingDomains,
          },
    llms,
  };
}

/** A prediction; nulls without one. */
function summarizePrediction(prediction: WorkflowPrediction | undefined): PredictionSummary {
  return {
    latency_mean_seconds: finiteOrNull(prediction?.latencyMean),
    throughput_max_per_second: finiteOrNull(prediction?.throughputMax),
    tool_seconds: finiteOrNull(prediction?.toolSeconds),
  };
}

/** The simulated part. */
export function summarizeEvaluation(evaluation: Evaluation, llmNames: readonly string[]) {
  const { measurements, window } = evaluation;
  const latencies = measurements.latencies;
  const span = window.end - window.start;
  const completions = measurements.completionsIn(window.start, window.end);
  const stability = judgeStability(evaluation);
  return {
    stable: stability.isStable,
    warmup_seconds: window.start,
    replications: 1,
    duration_seconds: evaluation.endTime,
    executions: measurements.counts,
    throughput_per_second: ratio(completions, span),
    goodput_per_second: null,
    latency_seconds: summarizeInOrder(latencies),
    llms: Object.fromEntries(llmNames.map((name, llm) => [name, summarizeLlm(evaluation, llm)])),
    tools: { time_share: shareSummary(measurements.toolShares) },
    breakdown: breakdownFractions(evaluation),
    gpus: summarizeGpus(evaluation, ratio(span, completions)),
    calls: evaluation.calls,
    events: evaluation.events,
  };
}

function summarizeLlm({ measurements, replicas, replicaUse }: Evaluation, llm: number) {
  const measured = measurements.llms[llm]!;
  const use = replicaUse.filter((_, index) => replicas[index]!.llm === llm);
  return {
    calls: measured.calls,
    time_share: shareSummary(measured.timeShares),
    utilization: ratio(
      use.reduce((sum, { busy }) => sum + busy, 0),
      use.reduce((sum, { present }) => sum + present, 0),
    ),
    ttft_seconds: summarize(measured.ttft),
    tpot_seconds: summarize(measured.tpot),
    queue_seconds: summarize(measured.queue),
    prefix_hit_ratio: ratio(measured.cachedTokens, measured.promptTokens),
  };
}

/** GPUs of the plan: part of their SMs at work, and GPU time per completed execution. */
function summarizeGpus({ replicas, replicaUse }: Evaluation, secondsPerExecution: number | null) {
  const busyOfGpu = new Map<number, number>();
  replicas.forEach(({ instance }, index) => {
    for (const gpu of instance.gpus) {
      const busy = (busyOfGpu.get(gpu.index) ?? 0) + replicaUse[index]!.busy * instance.share;
      busyOfGpu.set(gpu.index, busy);
    }
  });
  const count = busyOfGpu.size;
  const total = [...busyOfGpu.values()].reduce((sum, busy) => sum + busy, 0);
  return {
    utilization_mean: finiteOrNull(total / count),
    count,
    gpu_seconds_per_execution: secondsPerExecution === null ? null : count * secondsPerExecution,
  };
}

/** Parts of the critical paths of all measured executions; they sum to 1. */
function breakdownFractions({ measurements: { breakdown } }: Evaluation) {
  const { queue, prefill, decode, interference, network, tool } = breakdown;
  const total = queue + prefill + decode + interference + network + tool;
  return {
    queue: ratio(queue, total),
    prefill: ratio(prefill, total),
    decode: ratio(decode, total),
    interference: ratio(interference, total),
    network: ratio(network, total),
    tool: ratio(tool, total),
  };
}

function shareSummary(shares: readonly number[]) {
  const [p5, p95] = quantiles(shares, [0.05, 0.95]);
  return { mean: finiteOrNull(mean(shares)), p5: p5 ?? null, p95: p95 ?? null };
}
