/**
 * Judges a deployment: simulates executions on it, drawn or recorded, measures those after the
 * warm-up, and fills the result tables where these are wanted.
 */

import type { Deployment } from "../deployment/plan.ts";
import { toSeconds } from "../engine/ticks.ts";
import { UserError } from "../errors.ts";
import type { SlowdownModel } from "../hardware/interference.ts";
import { CallsTable } from "../records/calls-table.ts";
import { ExecutionsTable } from "../records/executions-table.ts";
import { GpusTable } from "../records/gpus-table.ts";
import { IterationsTable } from "../records/iterations-table.ts";
import type { TraceFile } from "../records/trace-file.ts";
import type { ServedReplica } from "../serving/replica-pool.ts";
import type { Request } from "../serving/request.ts";
import type { ExecutionSource } from "../workflow/draw.ts";
import type { RunningExecution } from "../workflow/execution-runner.ts";
import { callBefore, lastCall } from "./critical-path.ts";
import { createGpuSampler } from "./gpu-sampler.ts";
import { MeasuredWindow, type ReplicaUse } from "./measured-window.ts";
import { Measurements } from "./measurements.ts";
import type { RunningSimulation } from "./running-simulation.ts";
import { type Arrivals, type RunObserver, type SimulationSetup, simulate } from "./simulate.ts";

/** The first arrivals are not measured: a part of them all, or those of the first seconds. */
export type Warmup = { readonly fraction: number } | { readonly seconds: number };

/** How a deployment is measured. */
export interface MeasurementSetup {
  readonly deployment: Deployment;
  readonly source: ExecutionSource;
  readonly arrivals: Arrivals;
  /** Master seed, for routers that draw. */
  readonly seed: number;
  readonly warmup: Warmup;
  readonly isStepwise: boolean;
  /** How tenants of a GPU slow one another down; by default as the plan has it. */
  readonly slowdownModel?: SlowdownModel;
  /** What iterations take; by default as the plan has it. */
  readonly iterationTime?: NonNullable<SimulationSetup["iterationTime"]>;
  /** Told of the part of the arrivals that is over, as executions come and end. */
  readonly onProgress: (done: number) => void;
  /** Given the simulation before it begins, to look at in `onProgress`. */
  readonly onStart?: (running: RunningSimulation) => void;
  /** Told of measured calls and executions besides. */
  readonly observer?: Required<Pick<RunObserver, "onCallEnd" | "onExecutionEnd">>;
}

/** How a deployment is measured workflow by workflow. */
export interface MixedSetup extends MeasurementSetup {
  /** Name of the workflow of an execution. */
  readonly workflowOf: (execution: number) => string;
  /** Names of workflows that are measured each apart. */
  readonly workflows?: readonly string[];
}

/** How a deployment is judged. */
export interface EvaluationSetup extends MixedSetup {
  /** Where executions are written as a trace. */
  readonly traceFile?: TraceFile;
  /** Seconds between rows of the GPU table. */
  readonly sampleInterval: number;
}

/** What a run shows; times in seconds. */
export interface MeasuredRun {
  readonly measurements: Measurements;
  /** From the first measured arrival to the last arrival. */
  readonly window: { readonly start: number; readonly end: number };
  /** When the last execution ended or the run was cut off. */
  readonly endTime: number;
  /** By replica: what it did in the window. */
  readonly replicaUse: readonly ReplicaUse[];
  readonly replicas: readonly ServedReplica[];
  readonly events: number;
  readonly calls: number;
  /** Too many executions were in flight: the rest never arrived, or ended. */
  readonly isCutOff: boolean;
  /** Executions in flight are at most so many, as users start no further ones. */
  readonly users: number;
}

/** What a run of several workflows shows. */
export interface MixedRun extends MeasuredRun {
  /** Of the workflows that are measured apart, by name. */
  readonly ofWorkflows: ReadonlyMap<string, Measurements>;
}

/** What a run with tables shows. */
export interface Evaluation extends MixedRun {
  readonly iterations: number;
  readonly tables: ResultTables;
}

/** The tables that a run fills. */
export interface ResultTables {
  readonly executions: ExecutionsTable;
  readonly calls: CallsTable;
  readonly iterations: IterationsTable;
  readonly gpus: GpusTable;
}

function emptyTables(): ResultTables {
  return {
    executions: new ExecutionsTable(),
    calls: new CallsTable(),
    iterations: new IterationsTable(),
    gpus: new GpusTable(),
  };
}

/** Simulates, measures, and fills the tables. */
export function evaluate(setup: EvaluationSetup): Evaluation {
  const { deployment, workflowOf, traceFile } = setup;
  const llmNames = deployment.llms.map(({ name }) => name);
  const tables = emptyTables();
  let calls = 0;
  let iterations = 0;
  const run = measureMixed(setup, {
    onCallEnd: (execution, step, request) => {
      const llm = llmNames[request.llm]!;
      recordCall(tables.calls, { execution, step, request, llm, call: calls++ });
    },
    onExecutionEnd: (execution) => {
      const workflow = workflowOf(execution.drawn.index);
      recordExecution(tables.executions, workflow, execution);
      traceFile?.add(execution, workflow, llmNames);
    },
    onSpan: (span) => {
      iterations += span.iterations;
      tables.iterations.append(span);
    },
    onSample: createGpuSampler(deployment, tables.gpus),
  });
  return { ...run, iterations, tables };
}

/** Simulates and measures, workflows also each apart. */
export function measureMixed(setup: MixedSetup, recorder: Partial<RunObserver> = {}): MixedRun {
  const { deployment, workflows = [], workflowOf } = setup;
  if (workflows.length === 0) return { ...measure(setup, recorder), ofWorkflows: new Map() };
  const isMeasured = measuredBy(setup.warmup, setup.arrivals);
  const ofWorkflows = new Map(
    workflows.map((name) => [name, new Measurements(deployment.llms.length, isMeasured)]),
  );
  const run = measure(setup, {
    ...recorder,
    onCallEnd: (execution, step, request) => {
      ofWorkflows.get(workflowOf(execution.drawn.index))?.addCall(execution, request);
      recorder.onCallEnd?.(execution, step, request);
    },
    onExecutionEnd: (execution) => {
      ofWorkflows.get(workflowOf(execution.drawn.index))?.addExecution(execution);
      recorder.onExecutionEnd?.(execution);
    },
  });
  return { ...run, ofWorkflows };
}

/** Simulates and measures; `recorder` is told of everything, measured or not. */
export function measure(
  setup: MeasurementSetup & { readonly sampleInterval?: number },
  recorder: Partial<RunObserver> = {},
): MeasuredRun {
  const { deployment, arrivals, observer, onProgress, onStart, warmup, ...simulated } = setup;
  const isMeasured = measuredBy(warmup, arrivals);
  const progress = progressOf(arrivals);
  const measurements = new Measurements(deployment.llms.length, isMeasured);
  const window = new MeasuredWindow();
  let calls = 0;
  let done = 0;
  const outcome = simulate({
    ...simulated,
    deployment,
    arrivals,
    isStreaming: true,
    observer: {
      ...recorder,
      ...(onStart === undefined ? {} : { onStart }),
      onArrival: (execution, now, replicas) => {
        done = progress(execution, now);
        onProgress(done);
        const isIn = isMeasured({ drawn: { index: execution }, arrivalTime: now });
        window.arrive(now, isIn, replicas);
      },
      onArrivalsEnd: (now, replicas) => window.close(now, replicas),
      onCallEnd: (execution, step, request) => {
        calls++;
        recorder.onCallEnd?.(execution, step, request);
        measurements.addCall(execution, request);
        if (observer !== undefined && isMeasured(execution)) {
          observer.onCallEnd(execution, step, request);
        }
      },
      onExecutionEnd: (execution) => {
        recorder.onExecutionEnd?.(execution);
        measurements.addExecution(execution);
        onProgress(done);
        window.leave(execution.endTime, execution.arrivalTime);
        if (observer !== undefined && isMeasured(execution)) observer.onExecutionEnd(execution);
      },
    },
  });
  if (window.start < 0 && !outcome.isCutOff) throw nothingMeasured(arrivals);
  window.endRun(outcome.endTime);
  return {
    measurements,
    window: { start: toSeconds(window.start), end: toSeconds(window.end) },
    endTime: toSeconds(outcome.endTime),
    replicaUse: window.replicaUse(outcome.replicas),
    replicas: outcome.replicas,
    events: outcome.events,
    calls,
    isCutOff: outcome.isCutOff,
    users: arrivals.kind === "closed" ? arrivals.users : Number.POSITIVE_INFINITY,
  };
}

function nothingMeasured(arrivals: Arrivals): UserError {
  const longer = arrivals.kind !== "recorded" ? "more --executions, a longer --duration or " : "";
  return new UserError("no execution arrives after the warm-up", {
    hint: `give ${longer}a shorter --warmup`,
  });
}

/** What decides whether an execution is measured. */
type Arrived = Pick<RunningExecution, "arrivalTime"> & {
  readonly drawn: { readonly index: number };
};

function measuredBy(warmup: Warmup, arrivals: Arrivals): (execution: Arrived) => boolean {
  const { executions, duration = 0 } = extent(arrivals);
  if ("fraction" in warmup && executions !== undefined) {
    const first = Math.floor(warmup.fraction * executions);
    return ({ drawn }) => drawn.index >= first;
  }
  const seconds = "seconds" in warmup ? warmup.seconds : warmup.fraction * duration;
  return ({ arrivalTime }) => toSeconds(arrivalTime) >= seconds;
}

/** The part of the arrivals that is over when execution number `execution` comes at `now`. */
function progressOf(arrivals: Arrivals): (execution: number, now: number) => number {
  const { executions, duration = 0 } = extent(arrivals);
  return executions === undefined
    ? (_, now) => toSeconds(now) / duration
    : (execution) => execution / executions;
}

/** When arrivals stop. */
function extent(arrivals: Arrivals): { executions?: number; duration?: number } {
  return arrivals.kind === "recorded" ? { executions: arrivals.times.length } : arrivals.limit;
}

function recordCall(
  table: CallsTable,
  ended: { execution: RunningExecution; step: number; request: Request; llm: string; call: number },
): void {
  const { execution, step, request, llm, call } = ended;
  const { index, steps } = execution.drawn;
  const drawn = steps[step]!;
  const role = drawn.kind === "call" ? drawn.role : "";
  const afterStep = callBefore(execution, step);
  table.append({ call, execution: index, llm, role, step, afterStep, request });
}

function recordExecution(
  table: ExecutionsTable,
  workflow: string,
  execution: RunningExecution,
): void {
  const { drawn, arrivalTime, endTime, status } = execution;
  table.append({
    execution: drawn.index,
    workflow,
    arrivalTime,
    endTime,
    latency: endTime < 0 ? -1 : endTime - arrivalTime,
    status,
    drawHash: drawn.hash,
    lastStep: lastCall(execution),
  });
}
