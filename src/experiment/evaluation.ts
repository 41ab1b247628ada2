/**
 * Judges a deployment: simulates the workload's evaluation executions on it, measures those after
 * the warm-up, and fills the result tables.
 */

import type { Deployment } from "../deployment/plan.ts";
import { toSeconds } from "../engine/ticks.ts";
import { UserError } from "../errors.ts";
import { pairwiseSlowdown } from "../hardware/interference.ts";
import { CallsTable } from "../records/calls-table.ts";
import { ExecutionsTable } from "../records/executions-table.ts";
import { GpusTable } from "../records/gpus-table.ts";
import { IterationsTable } from "../records/iterations-table.ts";
import type { Request } from "../serving/request.ts";
import type { ServedReplica } from "../serving/service.ts";
import { type ArrivalLimit, poissonGaps } from "../workflow/arrivals.ts";
import { createExecutionSource } from "../workflow/draw.ts";
import type { RunningExecution } from "../workflow/execution-runner.ts";
import type { Workflow } from "../workflow/program.ts";
import { Measurements } from "./measurements.ts";
import { simulate } from "./simulate.ts";

/** The first arrivals are not measured: a part of them all, or those of the first seconds. */
export type Warmup = { readonly fraction: number } | { readonly seconds: number };

/** How a deployment is judged. */
export interface EvaluationSetup {
  readonly workflow: Workflow;
  readonly deployment: Deployment;
  readonly seed: number;
  readonly rate: number;
  readonly limit: ArrivalLimit;
  readonly warmup: Warmup;
  /** Seconds between rows of the GPU table. */
  readonly sampleInterval: number;
  readonly isStepwise: boolean;
  readonly onProgress: (done: number) => void;
}

/** What a run shows; times in seconds. */
export interface Evaluation {
  readonly measurements: Measurements;
  /** From the first measured arrival to the last arrival. */
  readonly window: { readonly start: number; readonly end: number };
  /** When the last execution ended or the run was cut off. */
  readonly endTime: number;
  /** By replica: part of the window with an iteration under way. */
  readonly busyFractions: readonly number[];
  readonly replicas: readonly ServedReplica[];
  readonly events: number;
  readonly calls: number;
  readonly tables: ResultTables;
}

/** The tables that a run fills. */
export interface ResultTables {
  readonly executions: ExecutionsTable;
  readonly calls: CallsTable;
  readonly iterations: IterationsTable;
  readonly gpus: GpusTable;
}

/** Simulates and measures. */
export function evaluate(setup: EvaluationSetup): Evaluation {
  const { workflow, deployment, seed, rate, limit } = setup;
  const isMeasured = measuredBy(setup.warmup, limit);
  const measurements = new Measurements(workflow.llms.length, isMeasured);
  const tables: ResultTables = {
    executions: new ExecutionsTable(),
    calls: new CallsTable(),
    iterations: new IterationsTable(),
    gpus: new GpusTable(),
  };
  let start = -1;
  let end = 0;
  let busyAtStart: number[] = [];
  let busyAtEnd: number[] = [];
  let calls = 0;
  const sampleGpus = createGpuSampler(deployment, tables.gpus);
  const outcome = simulate({
    deployment,
    source: createExecutionSource(workflow, seed, "evaluate"),
    arrivals: { kind: "open", rate, unitGap: poissonGaps(seed, "evaluate"), limit },
    slowdownModel: pairwiseSlowdown,
    isStepwise: setup.isStepwise,
    sampleInterval: setup.sampleInterval,
    observer: {
      onArrival: (execution, now, replicas) => {
        setup.onProgress(arrivalProgress(limit, execution, toSeconds(now)));
        if (start >= 0 || !isMeasured({ drawn: { index: execution }, arrivalTime: now })) return;
        start = now;
        busyAtStart = busyTicks(replicas);
      },
      onArrivalsEnd: (now, replicas) => {
        end = now;
        busyAtEnd = busyTicks(replicas);
      },
      onCallEnd: (execution, step, request) => {
        recordCall(tables.calls, workflow, { execution, step, request, call: calls++ });
        measurements.addCall(execution, request);
      },
      onExecutionEnd: (execution) => {
        recordExecution(tables.executions, workflow.name, execution);
        measurements.addExecution(execution);
      },
      onSpan: (span) => tables.iterations.append(span),
      onSample: sampleGpus,
    },
  });
  if (start < 0) {
    throw new UserError("no execution arrives after the warm-up", {
      hint: "give more --executions, a longer --duration or a shorter --warmup",
    });
  }
  const span = end - start;
  return {
    measurements,
    window: { start: toSeconds(start), end: toSeconds(end) },
    endTime: toSeconds(outcome.endTime),
    busyFractions: busyAtEnd.map((busy, index) => (busy - busyAtStart[index]!) / span),
    replicas: outcome.replicas,
    events: outcome.events,
    calls,
    tables,
  };
}

/** What decides whether an execution is measured. */
type Arrived = Pick<RunningExecution, "arrivalTime"> & {
  readonly drawn: { readonly index: number };
};

function measuredBy(warmup: Warmup, limit: ArrivalLimit): (execution: Arrived) => boolean {
  if ("fraction" in warmup && "executions" in limit) {
    const first = Math.floor(warmup.fraction * limit.executions);
    return ({ drawn }) => drawn.index >= first;
  }
  const seconds =
    "seconds" in warmup
      ? warmup.seconds
      : warmup.fraction * ("duration" in limit ? limit.duration : 0);
  return ({ arrivalTime }) => toSeconds(arrivalTime) >= seconds;
}

function arrivalProgress(limit: ArrivalLimit, execution: number, now: number): number {
  return "executions" in limit ? execution / limit.executions : now / limit.duration;
}

function busyTicks(replicas: readonly ServedReplica[]): number[] {
  return replicas.map(({ replica }) => replica.busyTicks());
}

function recordCall(
  table: CallsTable,
  workflow: Workflow,
  call: { execution: RunningExecution; step: number; request: Request; call: number },
): void {
  const { execution, step, request } = call;
  const drawn = execution.drawn.steps[step]!;
  table.append({
    call: call.call,
    execution: execution.drawn.index,
    llm: workflow.llms[request.llm]!.name,
    role: drawn.kind === "call" ? drawn.role : "",
    request,
  });
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
  });
}

/** Rows of the GPU table: how much of a GPU's SMs worked since the last one, and its KV use. */
function createGpuSampler(
  { cluster }: Deployment,
  table: GpusTable,
): (now: number, replicas: readonly ServedReplica[]) => void {
  let lastTime = 0;
  let lastBusy: number[] = [];
  return (now, replicas) => {
    const busy = busyTicks(replicas);
    const span = now - lastTime;
    const busyOfGpu = new Float64Array(cluster.gpus.length);
    const kvOfGpu = new Float64Array(cluster.gpus.length);
    replicas.forEach(({ replica, instance, blockBytes }, index) => {
      const fraction = span > 0 ? (busy[index]! - lastBusy[index]!) / span : 0;
      for (const gpu of instance.gpus) {
        busyOfGpu[gpu.index]! += fraction * instance.share;
        kvOfGpu[gpu.index]! += replica.kvAtSample().used * blockBytes;
      }
    });
    for (const { id, index } of cluster.gpus) {
      table.append({ gpu: id, time: now, busy: busyOfGpu[index]!, kvUsed: kvOfGpu[index]! });
    }
    lastTime = now;
    lastBusy = busy;
  };
}
