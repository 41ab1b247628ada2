/**
 * The main job: prepare a workload, plan it, simulate the plan, and set the prediction beside the
 * simulation.
 */

import { assert } from "../errors.ts";
import type { TraceFile } from "../records/trace-file.ts";
import { type ArrivalLimit, type ArrivalProcess, drawProcess } from "../workflow/arrivals.ts";
import { createProgramSource, workflowsOf } from "../workflow/mix.ts";
import { type Evaluation, evaluate, type Warmup } from "./evaluation.ts";
import {
  type OnProgress,
  type PlannedWorkload,
  type PlanRequest,
  planWorkload,
} from "./planning.ts";
import { relativeError } from "./ratios.ts";
import type { RunningSimulation } from "./simulate.ts";
import {
  summarizeEvaluation,
  summarizeWorkflow,
  type WorkflowSimulated,
} from "./simulated-summary.ts";
import { judgeStability } from "./stability.ts";
import { type RunSummary, summarizePlanned } from "./summary.ts";

/** Default length of a run: enough executions for statistics, and long enough to settle. */
const DEFAULT_EXECUTIONS = 500;
const DEFAULT_MEAN_LATENCIES = 30;

import { saturatedPools } from "./pool-limits.ts";

/** A run asked for. */
export interface RunRequest extends PlanRequest {
  /** By default 500 executions, or what arrives in 30 predicted mean latencies if more. */
  readonly limit?: ArrivalLimit;
  /** By default Poisson. */
  readonly arrivalProcess?: ArrivalProcess;
  readonly warmup: Warmup;
  readonly sampleInterval: number;
  readonly isStepwise: boolean;
  /** Where the executions are written as a trace. */
  readonly traceFile?: TraceFile;
  /** Given the simulation before it begins, to look at as it progresses. */
  readonly onStart?: (running: RunningSimulation) => void;
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
  const warnings = [...planned.warnings];
  let evaluation: Evaluation | undefined;
  if (outcome.isFeasible) {
    assert(rate !== null, "a feasible plan has no rate");
    const { seed, arrivalProcess = { kind: "poisson" } } = request;
    const { workflow } = planned.served;
    const limit = request.limit ?? defaultLimit(planned, rate);
    const names = workflowsOf(workflow).map(({ name }) => name);
    const { source, workflowOf } = createProgramSource(workflow, seed, "evaluate");
    warnings.push(...saturatedPools(source, rate));
    evaluation = evaluate({
      ...request,
      source,
      workflowOf: (execution) => names[workflowOf(execution)]!,
      ...(names.length > 1 ? { workflows: names } : {}),
      arrivals: { kind: "open", rate, limit, ...drawProcess(arrivalProcess, seed, "evaluate") },
      deployment: outcome.deployment,
      onProgress: (done) => onProgress("simulate", done),
    });
    onProgress("simulate", 1);
  }
  const summary = summarizeRun(request, planned, evaluation);
  if (evaluation !== undefined && judgeStability(evaluation).isShort) {
    warnings.push("the cluster was still filling up for most of this run: give more --executions");
  }
  const timed = { ...summary, wall_seconds: (performance.now() - started) / 1000 };
  return { summary: timed, planned, evaluation, warnings };
}

function defaultLimit({ workflows }: PlannedWorkload, rate: number): ArrivalLimit {
  const latency = Math.max(...workflows.map(({ prediction }) => prediction.latencyMean));
  const settling = Number.isFinite(latency) ? DEFAULT_MEAN_LATENCIES * latency * rate : 0;
  return { executions: Math.max(DEFAULT_EXECUTIONS, Math.ceil(settling)) };
}

function summarizeRun(
  request: RunRequest,
  planned: PlannedWorkload,
  evaluation: Evaluation | undefined,
): RunSummary {
  const names = planned.served.llms.map(({ name }) => name);
  const simulated = evaluation === undefined ? null : summarizeEvaluation(evaluation, names);
  const { workflows, ...summary } = summarizePlanned(request, planned);
  const error = errorOf(summary.predicted, simulated);
  const document = { ...summary, simulated, error };
  const ends = { results: null, wall_seconds: 0 };
  if (workflows === undefined || evaluation === undefined) return { ...document, ...ends };
  const byName = Object.entries(workflows).map(([name, own]) => {
    const measured = summarizeWorkflow(evaluation, name, names);
    return [name, { ...own, simulated: measured, error: errorOf(own.predicted, measured) }];
  });
  return { ...document, workflows: Object.fromEntries(byName), ...ends };
}

/** (predicted − simulated) / simulated; nulls where the simulation was not stable. */
function errorOf(
  predicted: RunSummary["predicted"],
  simulated: WorkflowSimulated | null,
): RunSummary["error"] {
  if (predicted === null || simulated === null) return null;
  const relative = (prediction: number | null, measured: number | null) =>
    simulated.stable ? relativeError(prediction, measured) : null;
  return {
    latency_mean: relative(predicted.latency_mean_seconds, simulated.latency_seconds.mean),
    throughput: relative(predicted.throughput_per_second, simulated.throughput_per_second),
  };
}
