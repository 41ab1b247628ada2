/**
 * The result of a run as the documented JSON: predicted beside simulated. Keys carry their units;
 * an undefined value is null with its key present.
 */

import { fragmentation } from "../deployment/fragmentation.ts";
import { replicaGroups } from "../deployment/replica-groups.ts";
import type { PlanningOutcome } from "../planner/planner.ts";
import type { WorkflowPrediction } from "../predictor/prediction.ts";
import type { ClosedLoop } from "../workflow/closed-loop.ts";
import type { PlannedWorkflow, PlannedWorkload, PlanRequest } from "./planning.ts";
import { finiteOrNull } from "./ratios.ts";
import type { SimulatedSummary, WorkflowSimulated } from "./simulated-summary.ts";

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

/** What the documents of all commands that run a plan start with. */
export interface PlanDocument {
  readonly schema_version: number;
  readonly workload: string;
  readonly cluster: string;
  readonly planner: string;
  readonly seed: number;
  /** Of a closed loop: what its users are predicted to make of the plan. */
  readonly rate_per_second: number | null;
  /** Null where executions come by an open process. */
  readonly closed_loop: { readonly users: number; readonly think_seconds: number } | null;
  readonly plan: PlanSummary;
}

/** What every predictor says, and what the planner's says of the rate. */
export interface Predicted {
  readonly predictions: Readonly<Record<string, PredictionSummary>>;
  readonly predicted: {
    readonly latency_mean_seconds: number | null;
    readonly throughput_per_second: number;
    readonly throughput_max_per_second: number;
  } | null;
}

/** What is predicted of one of several workflows. */
export interface WorkflowPredicted extends Predicted {
  readonly rate_per_second: number;
}

/** The document of `plan --json`; `workflows` where there are several and a plan. */
export interface PlannedSummary extends PlanDocument, Predicted {
  readonly predictor: string;
  /** Name of the LLM of the least predicted capacity. */
  readonly saturates_first: string | null;
  readonly workflows?: Readonly<Record<string, WorkflowPredicted>>;
}

/** What any document of a run has, whether or not anything was predicted. */
export interface RunDocument extends PlanDocument {
  readonly simulated: SimulatedSummary | null;
  readonly results: string | null;
  readonly wall_seconds: number;
}

/** (predicted − simulated) / simulated; nulls where the run was not stable. */
export interface PredictionError {
  readonly latency_mean: number | null;
  readonly throughput: number | null;
}

/** The document of `run --json`. */
export interface RunSummary extends PlannedSummary, RunDocument {
  readonly error: PredictionError | null;
  readonly workflows?: Readonly<
    Record<
      string,
      WorkflowPredicted & {
        readonly simulated: WorkflowSimulated;
        readonly error: PredictionError | null;
      }
    >
  >;
}

/** What was planned and what is predicted of it. */
export function summarizePlanned(request: PlanRequest, planned: PlannedWorkload): PlannedSummary {
  const { rate, outcome, prediction, alp, searchSeconds, workflows } = planned;
  const document = {
    schema_version: SCHEMA_VERSION,
    workload: request.workflow.name,
    cluster: request.cluster.name,
    planner: request.planner.name,
    seed: request.seed,
    rate_per_second: rate,
    closed_loop: summarizeLoop(request.closedLoop),
    plan: summarizePlan(outcome, searchSeconds, request.cluster.gpus.length),
    predictor: PREDICTOR,
    ...summarizePredicted(rate, prediction, alp),
    saturates_first: firstToSaturate(planned),
  };
  if (workflows.length < 2) return document;
  const byName = workflows.map(({ demand, ...predicted }: PlannedWorkflow) => {
    const own = summarizePredicted(demand.rate, predicted.prediction, predicted.alp);
    return [demand.name, { rate_per_second: demand.rate, ...own }];
  });
  return { ...document, workflows: Object.fromEntries(byName) };
}

function summarizeLoop(loop: ClosedLoop | undefined): PlanDocument["closed_loop"] {
  return loop === undefined ? null : { users: loop.users, think_seconds: loop.think };
}

function summarizePredicted(
  rate: number | null,
  prediction: WorkflowPrediction | undefined,
  alp: WorkflowPrediction | undefined,
): Predicted {
  const plus = summarizePrediction(prediction);
  const predicted =
    prediction === undefined || rate === null
      ? null
      : {
          latency_mean_seconds: plus.latency_mean_seconds,
          throughput_per_second: Math.min(rate, prediction.throughputMax),
          throughput_max_per_second: prediction.throughputMax,
        };
  return { predictions: { alp: summarizePrediction(alp), [PREDICTOR]: plus }, predicted };
}

/** Name of the LLM with the least capacity; null without a prediction. */
function firstToSaturate({ prediction, served }: PlannedWorkload): string | null {
  if (prediction === undefined) return null;
  const peaks = prediction.stages.map(({ throughputMax }) => throughputMax);
  return served.llms[peaks.indexOf(Math.min(...peaks))]!.name;
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
