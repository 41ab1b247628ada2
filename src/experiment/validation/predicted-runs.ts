/**
 * Predictors against measured runs: statistics from the calls of a run's trace, one execution at a
 * time on the calibrated model, profiles of its LLMs in the sizes of its plan over as long as the
 * run was, and the rate at which its executions came; beside the mean latency that was measured.
 */

import { mean } from "d3-array";
import { displayPath } from "../../config/input-file.ts";
import type { Deployment } from "../../deployment/plan.ts";
import { replicaGroups } from "../../deployment/replica-groups.ts";
import { UserError } from "../../errors.ts";
import { noSlowdown } from "../../hardware/interference.ts";
import type { ReplicaGroup } from "../../llm/profile-table.ts";
import { predictPipeline } from "../../predictor/aggregate-llm-pipeline.ts";
import { type PredictionProblem, tracedWorkflow } from "../../predictor/prediction.ts";
import { PREDICTORS } from "../../predictor/predictors.ts";
import type { ExecutionTrace } from "../../workflow/trace.ts";
import { AnatomySums, type LatencyAnatomy } from "../anatomy.ts";
import { measure } from "../evaluation.ts";
import { profileSize } from "../profiling.ts";
import { finiteOrNull, relativeError } from "../ratios.ts";
import { traceDrawn } from "../tracing.ts";
import { type Residuals, residualsOf } from "./residuals.ts";
import { loadRun, mostTenants, runNames } from "./runs.ts";

/** What a replay drains for, in seconds. */
const DRAIN = 3600;

/** One measured run. */
export interface PredictedRun {
  readonly name: string;
  readonly shared: boolean;
  readonly rate_per_second: number;
  readonly latency_mean_seconds: number;
  readonly predicted: Readonly<Record<string, number | null>>;
  /** From the paper's prediction to the simulated mean latency, which is not quite the measured. */
  readonly residuals: Residuals | null;
}

/** The document of `validate predictor --runs`. */
export interface RunPredictions {
  readonly predictors: Readonly<
    Record<
      string,
      {
        /** Over the runs with shared GPUs; null where one is not predicted. */
        readonly latency_mean_abs_error_mean: number | null;
        readonly runs: readonly { readonly name: string; readonly error: number | null }[];
      }
    >
  >;
  readonly runs: readonly PredictedRun[];
}

/** Predicts the runs in `folder`, in order of their names. */
export function predictRuns(folder: string, onDone: (done: number) => void): RunPredictions {
  const names = runNames(folder);
  const runs = names.map((name, index) => {
    onDone(index / names.length);
    return predictRun(folder, name);
  });
  const predictors = Object.keys(PREDICTORS).map((predictor) => {
    const errors = runs.map(({ name, predicted, latency_mean_seconds: measured, shared }) => {
      return { name, shared, error: relativeError(predicted[predictor] ?? null, measured) };
    });
    const ofShared = errors.filter(({ shared }) => shared).map(({ error }) => error);
    const figure = ofShared.includes(null) ? null : (mean(ofShared as number[], Math.abs) ?? null);
    const shown = errors.map(({ name, error }) => ({ name, error }));
    return [predictor, { latency_mean_abs_error_mean: figure, runs: shown }] as const;
  });
  return { predictors: Object.fromEntries(predictors), runs };
}

function predictRun(folder: string, name: string): PredictedRun {
  const { deployment, trace, file } = loadRun(folder, name);
  const { arrivals, source, observed } = trace;
  if (observed === undefined) {
    throw new UserError(`${displayPath(file)}: not every call has an "observed"`, {
      hint: "only a measured run can be compared",
    });
  }
  const drawn = Array.from(arrivals, (_, execution) => source(execution));
  const outcome = traceDrawn(drawn, deployment);
  if ("infeasible" in outcome) throw new UserError(`${name}: ${outcome.infeasible}`);
  const rate = (arrivals.length - 1) / arrivals.at(-1)!;
  const problem = problemOf(deployment, outcome.traces, arrivals);
  const predicted = Object.entries(PREDICTORS).map(([predictor, predict]) => {
    return [predictor, finiteOrNull(predict(problem, deployment)[0]!.latencyMean)];
  });
  const anatomies = {
    load: 0,
    disturbed: anatomyOf(folder, name),
    undisturbed: anatomyOf(folder, name, true),
  };
  const [alp] = predictPipeline(problem, deployment);
  return {
    name,
    shared: mostTenants(deployment) > 1,
    rate_per_second: rate,
    latency_mean_seconds: mean(drawn, (_, execution) => observed(execution).latency)!,
    predicted: Object.fromEntries(predicted),
    residuals: residualsOf(problem.workflows[0]!.statistics, alp!, anatomies) ?? null,
  };
}

function problemOf(
  deployment: Deployment,
  traces: readonly ExecutionTrace[],
  arrivals: Float64Array,
): PredictionProblem {
  const { llms, cluster } = deployment;
  const span = arrivals.at(-1)!;
  const rate = (arrivals.length - 1) / span;
  const profiles = replicaGroups(deployment).map((groups, llm) => {
    const sizes = new Map<string, ReplicaGroup>();
    for (const { gpu, tp, share, replicas } of groups) {
      for (const size of [
        { share, replicas },
        { share, replicas: 1 },
        { share: 1, replicas: 1 },
      ]) {
        sizes.set(`${gpu}/${tp}/${size.share}/${size.replicas}`, { gpu, tp, ...size });
      }
    }
    const setup = { traces, llms, cluster, seed: 1, span };
    return { sizes: [...sizes.values()].map((group) => profileSize(setup, llm, group)) };
  });
  return { profiles, workflows: [{ name: "run", rate, ...tracedWorkflow(traces, llms.length) }] };
}

/** What the run's replay shows of its mean latency. */
function anatomyOf(folder: string, name: string, isUndisturbed = false): LatencyAnatomy {
  const { deployment, trace } = loadRun(folder, name);
  const sums = new AnatomySums(deployment.llms.length);
  measure({
    deployment,
    source: trace.source,
    arrivals: { kind: "recorded", times: trace.arrivals, drain: DRAIN },
    seed: 1,
    warmup: { fraction: 0 },
    isStepwise: false,
    onProgress: () => {},
    observer: { onCallEnd: () => {}, onExecutionEnd: (execution) => sums.add(execution) },
    ...(isUndisturbed ? { slowdownModel: noSlowdown } : {}),
  });
  return sums.means();
}
