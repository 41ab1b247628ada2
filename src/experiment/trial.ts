/**
 * A trial: a deployment under a rate, in a run that is long enough to tell whether it sustains it.
 * All rates and deployments see the same executions and the same gaps between them in units of the
 * mean gap, or the same users. Its length follows from how long executions take when they are
 * alone.
 */

import type { Deployment } from "../deployment/plan.ts";
import { toSeconds } from "../engine/ticks.ts";
import { noSlowdown } from "../hardware/interference.ts";
import type { ArrivalProcess } from "../workflow/arrivals.ts";
import type { ClosedLoop } from "../workflow/closed-loop.ts";
import { createProgramSource, type Program } from "../workflow/mix.ts";
import { AnatomySums, type LatencyAnatomy } from "./anatomy.ts";
import { drawArrivals } from "./drawn-arrivals.ts";
import { type MeasuredRun, measure } from "./evaluation.ts";
import { type ExecutionTimes, ExecutionTimesLog } from "./execution-times.ts";
import { quantiles } from "./quantiles.ts";
import { ratio } from "./ratios.ts";
import { simulate } from "./simulate.ts";
import { judgeStability } from "./stability.ts";
import { type QuantileInterval, summarize } from "./statistics.ts";

/** Executions run alone for the length of a trial, and the quantile of their latency. */
const EXECUTIONS_ALONE = 200;
const ALONE_QUANTILE = 0.99;

/** A trial lasts for so many of these latencies, and for so many executions at least. */
const LATENCIES = 12;
const LEAST_EXECUTIONS = 1000;

/**
 * A run ends early with this part of its executions in flight: these are more than could complete
 * later and leave 98 % of the measured ones completed.
 */
const MOST_IN_FLIGHT = 1 / 8;

/** Parts of a run, and of the longer one that is made where it is in doubt, not measured. */
const WARMUP = 0.1;
const LONGER = 3;
const WARMUP_OF_LONGER = 1 / LONGER;

/** A trial asked for: plain data, for it crosses threads. */
export interface Trial {
  readonly workflow: Program;
  readonly deployment: Deployment;
  /** Executions per second; users of a closed loop make their own. */
  readonly rate: number;
  /** By default Poisson. */
  readonly coming?: ArrivalProcess | ClosedLoop;
  /** Decides which executions come, and when. */
  readonly seed: number;
  /** Whether tenants do not feel one another: to see what interference costs. */
  readonly isUndisturbed?: boolean;
  /** Which executions: those that plans are judged on, or others, to choose plans by. */
  readonly family?: "evaluate" | "refine";
  /** How many come, where the length of the run is not to be found out. */
  readonly executions?: number;
  /** The most that come where it is; in doubt about growth the run is longer even so. */
  readonly mostExecutions?: number;
  /** Whether single executions are shown too. */
  readonly showsExecutions?: boolean;
}

/** What a trial shows, times in seconds; null where no execution completed. */
export interface TrialResult {
  readonly isStable: boolean;
  readonly throughput: number | null;
  readonly latencyMean: number | null;
  /** By batch means of this run. */
  readonly latencyInterval: readonly [number, number] | null;
  readonly latencyP95: number | null;
  readonly latencyP95Interval: QuantileInterval | null;
  readonly anatomy: LatencyAnatomy;
  /** Of the measured executions, where they are asked for. */
  readonly executions?: ExecutionTimes;
}

/** A run of a trial. */
interface TrialRun {
  readonly run: MeasuredRun;
  readonly anatomy: LatencyAnatomy;
  readonly log: ExecutionTimesLog | undefined;
}

/**
 * Runs a trial. Where executions in flight seem to grow, the run goes on for twice its length and
 * is judged by that part alone: what grew by chance does not grow on, an overload does.
 */
export function runTrial(trial: Trial): TrialResult {
  if (trial.executions !== undefined) {
    const once = runOnce(trial, trial.executions, WARMUP);
    return resultOf(once, judgeStability(once.run).isStable);
  }
  const alone = latencyAlone(trial);
  const wanted = Math.max(LEAST_EXECUTIONS, Math.ceil(LATENCIES * alone * trial.rate));
  const executions = Math.min(trial.mostExecutions ?? wanted, wanted);
  const once = runOnce(trial, executions, WARMUP);
  const { isStable, isShort } = judgeStability(once.run);
  if (isStable || isShort || once.run.isCutOff) return resultOf(once, isStable);
  const longer = runOnce(trial, LONGER * executions, WARMUP_OF_LONGER);
  return resultOf(longer, judgeStability(longer.run).isStable);
}

/** A high quantile of the latency of executions that run one at a time; 0 if none completes. */
function latencyAlone({ workflow, deployment, seed, family = "evaluate" }: Trial): number {
  const latencies: number[] = [];
  simulate({
    deployment,
    source: createProgramSource(workflow, seed, family).source,
    arrivals: { kind: "closed", users: 1, limit: { executions: EXECUTIONS_ALONE } },
    seed,
    isStreaming: true,
    observer: {
      onExecutionEnd: ({ status, arrivalTime, endTime }) => {
        if (status === "completed") latencies.push(toSeconds(endTime - arrivalTime));
      },
    },
  });
  return quantiles(latencies, [ALONE_QUANTILE])[0] ?? 0;
}

function runOnce(trial: Trial, executions: number, warmup: number): TrialRun {
  const { workflow, deployment, seed, isUndisturbed, family = "evaluate" } = trial;
  const { coming = { kind: "poisson" }, rate } = trial;
  const arrivals = drawArrivals(coming, { rate, limit: { executions }, seed, family });
  const anatomy = new AnatomySums(deployment.llms.length);
  const { source, workflowOf } = createProgramSource(workflow, seed, family);
  const log =
    trial.showsExecutions === true
      ? new ExecutionTimesLog(deployment.llms.length, workflowOf)
      : undefined;
  const run = measure({
    deployment,
    ...(isUndisturbed === true ? { slowdownModel: noSlowdown } : {}),
    observer: {
      onCallEnd: () => {},
      onExecutionEnd: (execution) => {
        anatomy.add(execution);
        log?.add(execution);
      },
    },
    source,
    arrivals:
      arrivals.kind === "open"
        ? { ...arrivals, goesOn: true, maxInFlight: MOST_IN_FLIGHT * executions }
        : arrivals,
    seed,
    warmup: { fraction: warmup },
    isStepwise: false,
    onProgress: () => {},
  });
  return { run, anatomy: anatomy.means(), log };
}

function resultOf({ run, anatomy, log }: TrialRun, isStable: boolean): TrialResult {
  const { measurements, window } = run;
  const { mean, mean_ci95, p95, p95_ci95 } = summarize(measurements.latencies);
  const completions = measurements.completionsIn(window.start, window.end);
  return {
    isStable,
    throughput: ratio(completions, window.end - window.start),
    latencyMean: mean,
    latencyInterval: mean_ci95,
    latencyP95: p95,
    latencyP95Interval: p95_ci95,
    anatomy,
    ...(log === undefined ? {} : { executions: log.columns() }),
  };
}
