/**
 * Measured runs replayed: every NAME.trace.jsonl of a folder on NAME.plan.yaml, once with the
 * interference between tenants and once as if they did not feel one another, each beside what was
 * observed. Runs with one tenant a GPU are controls: listed, but in none of the summary figures.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { displayPath } from "../../config/input-file.ts";
import { loadPlan } from "../../config/load-plan.ts";
import { loadTrace } from "../../config/load-trace.ts";
import type { Deployment } from "../../deployment/plan.ts";
import { UserError } from "../../errors.ts";
import { noSlowdown } from "../../hardware/interference.ts";
import { latencyInterval } from "../intervals.ts";
import type { ObservedPair, ReplayError } from "../observed.ts";
import { finiteOrNull } from "../ratios.ts";
import { type ReplayReport, type ReplayRequest, replay } from "../replay.ts";
import { mean } from "../statistics.ts";

const TRACE_SUFFIX = ".trace.jsonl";
const PLAN_SUFFIX = ".plan.yaml";

/** The document of `validate runs --json`. */
export interface RunsComparison extends RunFigures {
  /** Runs in which a GPU has several tenants: those of the figures. */
  readonly shared_runs: number;
  /** Of these, how many have the observed mean latency in the interval of the simulated one. */
  readonly intervals_holding: number;
  readonly without_interference: RunFigures;
  readonly runs: readonly RunComparison[];
}

/** Over the runs with shared GPUs; null without any, or where one of them has no error. */
export interface RunFigures {
  readonly latency_mean_abs_error_mean: number | null;
  readonly latency_mean_abs_error_max: number | null;
  readonly execution_mape_mean: number | null;
  readonly call_mape_mean: number | null;
}

/** One measured run. */
export interface RunComparison {
  readonly name: string;
  /** Most tenants on one GPU, and whether that is more than one. */
  readonly tenants: number;
  readonly shared: boolean;
  /** Executions observed, and those that complete in the replay. */
  readonly executions: number;
  readonly completed: number;
  readonly error: ReplayError;
  /** 90 % interval of the simulated mean latency by the errors of what was fitted, and whether the
   * observed one is in it; null where those errors are not known. */
  readonly latency_mean_interval_seconds: readonly [number, number] | null;
  readonly interval_holds: boolean | null;
  readonly without_interference: ReplayError;
}

/** What is known of the runs of a folder. */
export interface ComparedRuns {
  readonly comparison: RunsComparison;
  /** By run: the latencies of its executions, simulated and observed. */
  readonly latencies: readonly {
    readonly name: string;
    readonly points: readonly ObservedPair[];
  }[];
  /** What is odd about the plans and traces; each begins with the name of its run. */
  readonly warnings: readonly string[];
}

/** Replays the runs in `folder`, in order of their names. */
export function compareWithRuns(folder: string): ComparedRuns {
  const compared = runNames(folder).map((name) => compareRun(folder, name));
  const runs = compared.map(({ run }) => run);
  const shared = runs.filter((run) => run.shared);
  return {
    comparison: {
      shared_runs: shared.length,
      intervals_holding: shared.filter((run) => run.interval_holds === true).length,
      ...figures(shared.map(({ error }) => error)),
      without_interference: figures(shared.map((run) => run.without_interference)),
      runs,
    },
    latencies: compared.map(({ run, points }) => ({ name: run.name, points })),
    warnings: compared.flatMap(({ warnings }) => warnings),
  };
}

/** The names of the runs in a folder: of each a trace and a plan. */
export function runNames(folder: string): string[] {
  const files = listFolder(folder);
  const named = (suffix: string) =>
    files.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
  const traces = named(TRACE_SUFFIX);
  const plans = named(PLAN_SUFFIX);
  const lone = [
    ...traces.filter((name) => !plans.includes(name)).map((name) => name + TRACE_SUFFIX),
    ...plans.filter((name) => !traces.includes(name)).map((name) => name + PLAN_SUFFIX),
  ];
  const shown = displayPath(folder) || folder;
  const hint = `a run is NAME${TRACE_SUFFIX} and NAME${PLAN_SUFFIX}`;
  if (lone.length > 0) {
    throw new UserError(`${shown}: half of a run is missing beside ${lone.join(", ")}`, { hint });
  }
  if (traces.length === 0) throw new UserError(`${shown}: no measured run in it`, { hint });
  return traces;
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new UserError(`${displayPath(folder)}: no such folder`);
    if (code === "ENOTDIR") throw new UserError(`${displayPath(folder)} is no folder`);
    throw error;
  }
}

/** The plan and the trace of a run. */
export function loadRun(folder: string, name: string) {
  const { deployment } = loadPlan(join(folder, name + PLAN_SUFFIX));
  const file = join(folder, name + TRACE_SUFFIX);
  const names = deployment.llms.map((llm) => llm.name);
  return { deployment, file, trace: loadTrace(file, names) };
}

function compareRun(folder: string, name: string) {
  const { deployment, file, trace } = loadRun(folder, name);
  const request: ReplayRequest = {
    trace,
    deployment,
    seed: 1,
    warmup: { fraction: 0 },
    sampleInterval: 1,
    isStepwise: false,
  };
  const felt = replay(request, () => {});
  const unfelt = replay({ ...request, slowdownModel: noSlowdown }, () => {});
  const interval = latencyInterval(request, felt.summary.simulated.latency_seconds.mean, () => {});
  const observed = felt.summary.observed?.latency_seconds.mean ?? Number.NaN;
  const tenants = mostTenants(deployment);
  const { executions } = felt.summary.simulated;
  const run: RunComparison = {
    name,
    tenants,
    shared: tenants > 1,
    executions: executions.arrived,
    completed: executions.completed,
    error: errorOf(felt, file),
    latency_mean_interval_seconds: interval,
    interval_holds: interval === null ? null : interval[0] <= observed && observed <= interval[1],
    without_interference: errorOf(unfelt, file),
  };
  const warnings = felt.warnings.map((warning) => `${name}: ${warning}`);
  return { run, points: felt.latencyPairs, warnings };
}

function errorOf({ summary }: ReplayReport, file: string): ReplayError {
  if (summary.error !== null) return summary.error;
  throw new UserError(`${displayPath(file)}: not every call has an "observed"`, {
    hint: "only a measured run can be compared; `sim replay` runs any trace",
  });
}

/** Most tenants on one GPU. */
export function mostTenants({ cluster, llms }: Deployment): number {
  const tenants = cluster.gpus.map(() => 0);
  for (const { instances } of llms) {
    for (const { gpus } of instances) for (const { index } of gpus) tenants[index]!++;
  }
  return tenants.reduce((most, count) => Math.max(most, count), 0);
}

function figures(errors: readonly ReplayError[]): RunFigures {
  // The size of a missing error is NaN, and so is every figure over it.
  const sizes = (key: keyof ReplayError) => errors.map((error) => Math.abs(error[key] ?? NaN));
  const meanOf = (key: keyof ReplayError) => finiteOrNull(mean(sizes(key)));
  return {
    latency_mean_abs_error_mean: meanOf("latency_mean"),
    latency_mean_abs_error_max: finiteOrNull(Math.max(...sizes("latency_mean"))),
    execution_mape_mean: meanOf("execution_mape"),
    call_mape_mean: meanOf("call_mape"),
  };
}
