/**
 * Scepsy's first step, simulated: executions of the workflow one at a time, each LLM alone on
 * whole GPUs at its smallest TP degree, recorded as a proxy would see them. These executions
 * ("trace") are never the ones that a plan is judged on ("evaluate").
 */

import type { Deployment } from "../deployment/plan.ts";
import { toSeconds } from "../engine/ticks.ts";
import { createCluster } from "../hardware/cluster.ts";
import { noSlowdown } from "../hardware/interference.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import { createExecutionSource } from "../workflow/draw.ts";
import type { RunningExecution } from "../workflow/execution-runner.ts";
import type { Workflow } from "../workflow/program.ts";
import type { ExecutionTrace, TraceCall } from "../workflow/trace.ts";
import { simulate } from "./simulate.ts";

/** Enough executions for n_m to be known to a few percent, few enough to take a moment. */
const TRACED_EXECUTIONS = 500;

/** Where the workflow is traced: a TP degree for each LLM. */
export interface TracingSetup {
  readonly workflow: Workflow;
  readonly seed: number;
  readonly llms: readonly PlannedLlm[];
  /** TP degree of each LLM. */
  readonly tp: readonly number[];
  /** Lends its links and GPU type; its size does not matter. */
  readonly cluster: Deployment["cluster"];
}

/** Records executions of the workflow at the lowest load. */
export function traceWorkflow(setup: TracingSetup): ExecutionTrace[] {
  const { workflow, seed } = setup;
  const traces: ExecutionTrace[] = [];
  simulate({
    deployment: dedicatedDeployment(setup),
    source: createExecutionSource(workflow, seed, "trace"),
    arrivals: { kind: "closed", users: 1, executions: TRACED_EXECUTIONS },
    slowdownModel: noSlowdown,
    observer: {
      onExecutionEnd: (execution) => {
        if (execution.status === "completed") traces.push(recordExecution(execution));
      },
    },
  });
  return traces;
}

/** Every LLM on a node of its own. */
export function dedicatedDeployment(
  setup: Pick<TracingSetup, "llms" | "tp" | "cluster">,
): Deployment {
  const { llms, tp, cluster } = setup;
  const gpuType = cluster.gpus[0]!.type;
  const nodes = tp.map((gpuCount, index) => ({
    id: `node${index}`,
    gpuType,
    gpuCount,
    domainSize: gpuCount,
  }));
  const dedicated = createCluster("tracing", nodes, cluster);
  return {
    cluster: dedicated,
    llms: llms.map((llm, index) => ({
      ...llm,
      instances: [{ gpus: dedicated.gpus.filter(({ node }) => node === index), share: 1 }],
    })),
  };
}

/** What a recorder sees of an execution. */
export function recordExecution(execution: RunningExecution): ExecutionTrace {
  const { drawn, arrivalTime, endTime, startTimes, endTimes, requests } = execution;
  const calls: TraceCall[] = [];
  const tools: { start: number; end: number }[] = [];
  drawn.steps.forEach((step, position) => {
    const request = requests[position];
    const end = toSeconds(endTimes[position]! - arrivalTime);
    if (step.kind === "call" && request !== undefined) {
      const { llm, promptTokens, outputTokens, conversation, retainTokens } = step;
      const submit = toSeconds(request.submitTime - arrivalTime);
      calls.push({
        llm,
        submit,
        end,
        promptTokens,
        outputTokens,
        conversation,
        retainTokens,
      });
    } else if (step.kind === "tool") {
      tools.push({ start: toSeconds(startTimes[position]! - arrivalTime), end });
    }
  });
  return { calls, tools, latency: toSeconds(endTime - arrivalTime) };
}
