/**
 * Replays a recorded trace on a user's plan: the calls with their lengths, dependencies and delays
 * as recorded, the times as simulated, and beside them those of the measured run if there was one.
 */

import type { LoadedTrace } from "../config/load-trace.ts";
import type { Deployment } from "../deployment/plan.ts";
import type { SlowdownModel } from "../hardware/interference.ts";
import { type ArrivalProcess, drawProcess, processTimes } from "../workflow/arrivals.ts";
import { type Evaluation, evaluate, type Warmup } from "./evaluation.ts";
import type { ReplayIntervals } from "./intervals.ts";
import { ObservedComparison, type ObservedPair, type ReplayError } from "./observed.ts";
import { ratio } from "./ratios.ts";
import type { RunningSimulation } from "./running-simulation.ts";
import { DRAIN_SPANS } from "./simulate.ts";
import { type SimulatedSummary, summarizeSimulated } from "./simulated-summary.ts";
import type { SampleSummary } from "./statistics.ts";
import { type RunDocument, SCHEMA_VERSION, summarizePlan } from "./summary.ts";
import { checkUserPlan } from "./user-plan.ts";

/** What a replay drains for at least, in seconds, so that a short trace can end. */
const LEAST_DRAIN = 3600;

/** A replay asked for. */
export interface ReplayRequest {
  readonly trace: LoadedTrace;
  readonly deployment: Deployment;
  readonly seed: number;
  /** Sessions come by a process, in the order recorded, instead of at their recorded times. */
  readonly arrivals?: { readonly rate: number; readonly kind: ArrivalProcess };
  readonly warmup: Warmup;
  readonly sampleInterval: number;
  readonly isStepwise: boolean;
  /** How tenants of a GPU slow one another down; by default as the plan has it. */
  readonly slowdownModel?: SlowdownModel;
  /** Given the simulation before it begins, to look at as it progresses. */
  readonly onStart?: (running: RunningSimulation) => void;
}

/** The document of `replay --json`. */
export interface ReplaySummary extends RunDocument {
  readonly predictor: null;
  readonly predictions: Readonly<Record<string, never>>;
  readonly predicted: null;
  readonly simulated: SimulatedSummary;
  /** Null, like `error`, unless every call was observed. */
  readonly observed: { readonly latency_seconds: SampleSummary } | null;
  readonly error: ReplayError | null;
  /** With --intervals. */
  readonly intervals?: ReplayIntervals;
}

/** A finished replay. */
export interface ReplayReport {
  readonly summary: ReplaySummary;
  readonly evaluation: Evaluation;
  /** Latencies of executions beside those that were observed, if any. */
  readonly latencyPairs: readonly ObservedPair[];
  readonly warnings: readonly string[];
}

/** Simulates a trace; the summary's `results` is left null. */
export function replay(request: ReplayRequest, onProgress: (done: number) => void): ReplayReport {
  const started = performance.now();
  const { trace, deployment, arrivals, ...options } = request;
  const warnings = [...checkUserPlan(deployment), ...trace.warnings];
  const { source, workflowOf } = trace;
  const times = arrivals === undefined ? trace.arrivals : arrivalTimes(request);
  // What was measured was measured under the recorded load.
  const observed = arrivals === undefined ? trace.observed : undefined;
  const comparison = observed === undefined ? undefined : new ObservedComparison(observed);
  const span = times.at(-1)! - times[0]!;
  if (span === 0 && times.length > 1 && observed === undefined) {
    warnings.push("all sessions of the trace come at once: give --rate to have them come in turn");
  }
  const evaluation = evaluate({
    ...options,
    deployment,
    source,
    arrivals: { kind: "recorded", times, drain: Math.max(DRAIN_SPANS * span, LEAST_DRAIN) },
    workflowOf,
    onProgress,
    ...(comparison === undefined ? {} : { observer: observerOf(comparison) }),
  });
  onProgress(1);
  const { cluster, llms } = deployment;
  const names = llms.map(({ name }) => name);
  const simulated = summarizeSimulated(evaluation, names);
  const latency = comparison?.observedLatency();
  const summary: ReplaySummary = {
    schema_version: SCHEMA_VERSION,
    workload: trace.name,
    cluster: cluster.name,
    planner: "user",
    seed: options.seed,
    rate_per_second: ratio(times.length - 1, span),
    closed_loop: null,
    plan: summarizePlan({ isFeasible: true, deployment, candidates: 1 }, 0, cluster.gpus.length),
    predictor: null,
    predictions: {},
    predicted: null,
    simulated,
    observed: latency === undefined ? null : { latency_seconds: latency },
    error: comparison?.errors(simulated.latency_seconds) ?? null,
    results: null,
    wall_seconds: (performance.now() - started) / 1000,
  };
  return { summary, evaluation, latencyPairs: comparison?.latencyPairs() ?? [], warnings };
}

/** When the sessions of a trace come by a process. */
function arrivalTimes({ trace, seed, arrivals }: ReplayRequest): Float64Array {
  const { rate, kind } = arrivals!;
  const limit = { executions: trace.arrivals.length };
  const timeOf = processTimes({ rate, limit, ...drawProcess(kind, seed, "evaluate") });
  return trace.arrivals.map((_, session) => timeOf(session)!);
}

function observerOf(comparison: ObservedComparison) {
  return {
    onCallEnd: comparison.addCall.bind(comparison),
    onExecutionEnd: comparison.addExecution.bind(comparison),
  };
}
