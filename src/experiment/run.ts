/**
 * The main job: prepare a workload, plan it, simulate the plan, and set the prediction beside the
 * simulation.
 */

import { checkDeployment } from "../deployment/check.ts";
import type { Deployment } from "../deployment/plan.ts";
import { assert } from "../errors.ts";
import { firstGpus } from "../hardware/cluster.ts";
import {
  infeasible,
  type Objective,
  type Planner,
  type PlanningOutcome,
  type PlanningProblem,
} from "../planner/planner.ts";
import { predictedPeak } from "../planner/scepsy.ts";
import { predictPipeline } from "../predictor/aggregate-llm-pipeline.ts";
import { predictDeployment } from "../predictor/alp-plus.ts";
import { atFactor, type WorkflowPrediction } from "../predictor/prediction.ts";
import type { WorkflowStatistics } from "../predictor/trace-statistics.ts";
import { formatRate } from "../units.ts";
import { type ArrivalLimit, poissonGaps } from "../workflow/arrivals.ts";
import { createExecutionSource } from "../workflow/draw.ts";
import { type Evaluation, evaluate, type Warmup } from "./evaluation.ts";
import { type Preparation, prepare, type Workload } from "./preparation.ts";
import { relativeError } from "./ratios.ts";
import { exhaust, refine } from "./refine.ts";
import { judgeStability } from "./stability.ts";
import { type RunSummary, summarizeEvaluation, summarizePlanned } from "./summary.ts";
import { checkUserPlan } from "./user-plan.ts";

/** The default rate, as part of the scepsy plan's predicted peak. */
const DEFAULT_LOAD = 0.6;

/** Default length of a run: enough executions for statistics, and long enough to settle. */
const DEFAULT_EXECUTIONS = 500;
const DEFAULT_MEAN_LATENCIES = 30;

/** A plan asked for. */
export interface PlanRequest extends Workload {
  readonly planner: Planner;
  /** Executions per second; by default 0.6 of the scepsy plan's predicted peak. */
  readonly rate?: number;
  readonly objective?: Objective;
  /** Plans use the first so many GPUs of the cluster. */
  readonly maxGpus?: number;
  /** Scepsy's best plans so many, or all plans, are simulated to choose one. */
  readonly search?: number | "exhaustive";
}

/** Told what goes on, and the part of it that is done, 0 to 1. */
export type OnProgress = (stage: string, done: number) => void;

/** A run asked for. */
export interface RunRequest extends PlanRequest {
  /** By default 500 executions, or what arrives in 30 predicted mean latencies if more. */
  readonly limit?: ArrivalLimit;
  readonly warmup: Warmup;
  readonly sampleInterval: number;
  readonly isStepwise: boolean;
}

/** A planned workload with its prediction. */
export interface PlannedWorkload {
  /** Of the traces; undefined, like the prediction, for an infeasible plan. */
  readonly statistics: WorkflowStatistics | undefined;
  /** Null when the default rate was asked for and nothing fits. */
  readonly rate: number | null;
  readonly outcome: PlanningOutcome;
  readonly prediction: WorkflowPrediction | undefined;
  /** The same by the paper's pipeline. */
  readonly alp: WorkflowPrediction | undefined;
  readonly searchSeconds: number;
  /** What a user's plan does that a planner's would not. */
  readonly warnings: readonly string[];
}

/** A finished run. */
export interface RunReport {
  readonly summary: RunSummary;
  readonly planned: PlannedWorkload;
  /** Undefined for an infeasible plan. */
  readonly evaluation: Evaluation | undefined;
  readonly warnings: readonly string[];
}

/** Plans and simulates; the summary's `results` is left null. */
export async function run(request: RunRequest, onProgress: OnProgress): Promise<RunReport> {
  const started = performance.now();
  const planned = await planWorkload(request, onProgress);
  const { outcome, rate } = planned;
  let evaluation: Evaluation | undefined;
  if (outcome.isFeasible) {
    assert(rate !== null, "a feasible plan has no rate");
    const { workflow, seed } = request;
    const limit = request.limit ?? defaultLimit(planned.prediction, rate);
    evaluation = evaluate({
      ...request,
      source: createExecutionSource(workflow, seed, "evaluate"),
      arrivals: { kind: "open", rate, unitGap: poissonGaps(seed, "evaluate"), limit },
      workflowOf: () => workflow.name,
      deployment: outcome.deployment,
      onProgress: (done) => onProgress("simulate", done),
    });
    onProgress("simulate", 1);
  }
  const summary = summarizeRun(request, planned, evaluation);
  const warnings = [...planned.warnings];
  if (evaluation !== undefined && judgeStability(evaluation).isShort) {
    warnings.push("the cluster was still filling up for most of this run: give more --executions");
  }
  const timed = { ...summary, wall_seconds: secondsSince(started) };
  return { summary: timed, planned, evaluation, warnings };
}

function defaultLimit(prediction: WorkflowPrediction | undefined, rate: number): ArrivalLimit {
  const latency = prediction?.latencyMean ?? 0;
  const settling = Number.isFinite(latency) ? DEFAULT_MEAN_LATENCIES * latency * rate : 0;
  return { executions: Math.max(DEFAULT_EXECUTIONS, Math.ceil(settling)) };
}

/** Traces, profiles, plans and predicts. */
export async function planWorkload(
  request: PlanRequest,
  onProgress: OnProgress,
): Promise<PlannedWorkload> {
  const preparation = await prepare(request, (done, stage) => onProgress(stage, done));
  if ("infeasible" in preparation || request.search === undefined) {
    return planPrepared(request, preparation);
  }
  const { search, workflow, seed } = request;
  const started = performance.now();
  const problem = problemAt(request, preparation);
  if ("isFeasible" in problem) return unplanned(null, problem, secondsSince(started));
  const simulating = (done: number) => onProgress("simulate plans", done);
  const refined = { problem, workflow, seed };
  const outcome =
    search === "exhaustive"
      ? await exhaust(refined, simulating)
      : await refine(refined, search, simulating);
  return predicted(request, problem, { outcome, searchSeconds: secondsSince(started) });
}

/** Plans and predicts. */
export function planPrepared(
  request: PlanRequest,
  preparation: Preparation | { readonly infeasible: string },
): PlannedWorkload {
  const started = performance.now();
  if ("infeasible" in preparation) {
    return unplanned(request.rate ?? null, infeasible(preparation.infeasible), 0);
  }
  const problem = problemAt(request, preparation);
  if ("isFeasible" in problem) return unplanned(null, problem, secondsSince(started));
  const outcome = request.planner.plan(problem);
  return predicted(request, problem, { outcome, searchSeconds: secondsSince(started) });
}

/** The problem at the rate asked for, or at the default one; an outcome where there is none. */
function problemAt(
  { cluster, llms, rate, objective, maxGpus }: PlanRequest,
  { profiles, ...traced }: Preparation,
): PlanningProblem | PlanningOutcome {
  const part = maxGpus === undefined ? cluster : firstGpus(cluster, maxGpus);
  const open = { cluster: part, llms, profiles, workflows: [{ ...traced, rate: 1 }] };
  const problem = objective === undefined ? open : { ...open, objective };
  const peak = rate === undefined ? predictedPeak(problem) : 0;
  if (typeof peak !== "number") return peak;
  return atFactor(problem, rate ?? DEFAULT_LOAD * peak);
}

/** A plan with what is predicted of it. */
function predicted(
  { planner, cluster }: PlanRequest,
  problem: PlanningProblem,
  { outcome, searchSeconds }: { outcome: PlanningOutcome; searchSeconds: number },
): PlannedWorkload {
  const { rate, statistics } = problem.workflows[0]!;
  if (!outcome.isFeasible) return unplanned(rate, outcome, searchSeconds);
  const deployment = { ...outcome.deployment, cluster };
  const prediction = predictDeployment(problem, deployment)[0]!;
  const alp = predictPipeline(problem, deployment)[0]!;
  const warnings = checkPlan(planner, deployment, { rate, prediction });
  const whole = { ...outcome, deployment };
  return { statistics, rate, outcome: whole, prediction, alp, searchSeconds, warnings };
}

function unplanned(
  rate: number | null,
  outcome: PlanningOutcome,
  searchSeconds: number,
): PlannedWorkload {
  const nothing = { statistics: undefined, prediction: undefined, alp: undefined, warnings: [] };
  return { rate, outcome, searchSeconds, ...nothing };
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

/** Warnings about a user's plan; a planner's plan must have none. */
function checkPlan(
  planner: Planner,
  deployment: Deployment,
  { rate, prediction }: { rate: number; prediction: WorkflowPrediction },
): string[] {
  if (planner.name !== "user") {
    const { problems, warnings } = checkDeployment(deployment);
    assert(
      problems.length + warnings.length === 0,
      `${planner.name} emitted a bad plan: ${[...problems, ...warnings].join("; ")}`,
    );
    return [];
  }
  const warnings = checkUserPlan(deployment);
  const overload = `the predicted peak of this plan, ${formatRate(prediction.throughputMax)}`;
  return rate > prediction.throughputMax
    ? [...warnings, `the rate is above ${overload}: it is simulated all the same`]
    : [...warnings];
}

function summarizeRun(
  request: RunRequest,
  planned: PlannedWorkload,
  evaluation: Evaluation | undefined,
): RunSummary {
  const names = request.llms.map(({ name }) => name);
  const simulated = evaluation === undefined ? null : summarizeEvaluation(evaluation, names);
  const summary = summarizePlanned(request, planned);
  const error = errorOf(summary.predicted, simulated);
  return { ...summary, simulated, error, results: null, wall_seconds: 0 };
}

/** (predicted − simulated) / simulated; nulls where the simulation was not stable. */
function errorOf(
  predicted: RunSummary["predicted"],
  simulated: RunSummary["simulated"],
): RunSummary["error"] {
  if (predicted === null || simulated === null) return null;
  const relative = (prediction: number | null, measured: number | null) =>
    simulated.stable ? relativeError(prediction, measured) : null;
  return {
    latency_mean: relative(predicted.latency_mean_seconds, simulated.latency_seconds.mean),
    throughput: relative(predicted.throughput_per_second, simulated.throughput_per_second),
  };
}
