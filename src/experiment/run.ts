/**
 * The main job: prepare a workload, plan it, simulate the plan, and set the prediction beside the
 * simulation.
 */

import { assert } from "../errors.ts";
import type { TraceFile } from "../records/trace-file.ts";
import { formatPercent } from "../units.ts";
import type { ArrivalLimit } from "../workflow/arrivals.ts";
import { type Evaluation, evaluate, type Warmup } from "./evaluation.ts";
import {
  type OnProgress,
  type PlannedWorkload,
  type PlanRequest,
  planWorkload,
} from "./planning.ts";
import { saturatedPools } from "./pool-limits.ts";
import { relativeError } from "./ratios.ts";
import {
  MOST_FOR_PRECISION,
  mixedSetup,
  type Replication,
  type ReplicationCount,
  type ReplicationInput,
  replicate,
  replicationOf,
} from "./replicate.ts";
import { overReplications, relativeHalfWidth } from "./replicated-summary.ts";
import type { RunningSimulation } from "./running-simulation.ts";
import type { WorkflowSimulated } from "./simulated-summary.ts";
import { type RunSummary, summarizePlanned } from "./summary.ts";

/** Default length of a run: enough executions for statistics, and long enough to settle. */
const DEFAULT_EXECUTIONS = 500;
const DEFAULT_MEAN_LATENCIES = 30;

/** A run asked for. */
export interface RunRequest extends PlanRequest, Partial<ReplicationCount> {
  /** By default 500 executions, or what arrives in 30 predicted mean latencies if more. */
  readonly limit?: ArrivalLimit;
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
  /** The first replication, with its tables; undefined for an infeasible plan. */
  readonly evaluation: Evaluation | undefined;
  readonly warnings: readonly string[];
}

/** Plans and simulates; the summary's `results` is left null. */
export async function run(request: RunRequest, onProgress: OnProgress): Promise<RunReport> {
  const started = performance.now();
  const planned = await planWorkload(request, onProgress);
  const warnings = [...planned.warnings];
  const input = replicationInput(request, planned);
  let evaluation: Evaluation | undefined;
  let replications: Replication[] = [];
  if (input !== undefined) {
    const setup = mixedSetup(input);
    warnings.push(...saturatedPools(setup.source, input.rate));
    evaluation = evaluate({
      ...request,
      ...setup,
      onProgress: (done) => onProgress("simulate", done),
    });
    onProgress("simulate", 1);
    const { replications: count = 1, precision } = request;
    replications = await replicate(
      input,
      replicationOf(input, evaluation),
      { replications: count, ...(precision === undefined ? {} : { precision }) },
      (done) => onProgress("replications", done),
    );
    warnings.push(...doubtsAbout(replications, precision));
  }
  const summary = summarizeRun(request, planned, replications);
  const timed = { ...summary, wall_seconds: (performance.now() - started) / 1000 };
  return { summary: timed, planned, evaluation, warnings };
}

/** The first replication of a run; undefined for an infeasible plan. */
function replicationInput(
  { seed, limit, warmup, isStepwise, closedLoop, arrivalProcess }: RunRequest,
  planned: PlannedWorkload,
): ReplicationInput | undefined {
  const { outcome, rate, served } = planned;
  if (!outcome.isFeasible) return undefined;
  assert(rate !== null, "a feasible plan has no rate");
  return {
    workflow: served.workflow,
    deployment: outcome.deployment,
    rate,
    limit: limit ?? defaultLimit(planned, rate),
    coming: closedLoop ?? arrivalProcess ?? { kind: "poisson" },
    ...{ warmup, isStepwise, seed },
  };
}

/** What a user should know of a run before its figures are relied on. */
function doubtsAbout(
  replications: readonly Replication[],
  precision: number | undefined,
): string[] {
  const doubts: string[] = [];
  if (replications.some(({ stability }) => stability.isShort)) {
    doubts.push("the cluster was still filling up for most of this run: give more --executions");
  }
  const reached = relativeHalfWidth(replications);
  if (precision === undefined || (reached !== null && reached <= precision)) return doubts;
  const isMost = replications.length >= MOST_FOR_PRECISION;
  const why = isMost ? "the most there may be" : "which show no steady state";
  const interval = reached === null ? "not known" : `± ${formatPercent(reached)} of the mean`;
  doubts.push(
    `--precision ${formatPercent(precision)} was not reached: the interval is ${interval} after ` +
      `${replications.length} replications, ${why}`,
  );
  return doubts;
}

function defaultLimit({ workflows }: PlannedWorkload, rate: number): ArrivalLimit {
  const latency = Math.max(...workflows.map(({ prediction }) => prediction.latencyMean));
  const settling = Number.isFinite(latency) ? DEFAULT_MEAN_LATENCIES * latency * rate : 0;
  return { executions: Math.max(DEFAULT_EXECUTIONS, Math.ceil(settling)) };
}

function summarizeRun(
  request: RunRequest,
  planned: PlannedWorkload,
  replications: readonly Replication[],
): RunSummary {
  const isSimulated = replications.length > 0;
  const simulated = isSimulated ? overReplications(replications) : null;
  const { workflows, ...summary } = summarizePlanned(request, planned);
  const error = errorOf(summary.predicted, simulated);
  const document = { ...summary, simulated, error };
  const ends = { results: null, wall_seconds: 0 };
  if (workflows === undefined || !isSimulated) return { ...document, ...ends };
  const byName = Object.entries(workflows).map(([name, own]) => {
    const measured = overReplications(replications.map((each) => each.workflows[name]!));
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
