/**
 * Scepsy's first step, simulated: executions of the workflow one at a time, each LLM alone on
 * whole GPUs at its smallest TP degree, recorded as a proxy would see them. These executions
 * ("trace") are never the ones that a plan is judged on ("evaluate").
 */

import type { Deployment } from "../deployment/plan.ts";
import { toSeconds } from "../engine/ticks.ts";
import { type Cluster, createCluster } from "../hardware/cluster.ts";
import type { GpuType } from "../hardware/gpu.ts";
import { noSlowdown } from "../hardware/interference.ts";
import { kvBytesPerToken, supportsTp, weightBytes } from "../llm/model.ts";
import { tpDegrees } from "../planner/configurations.ts";
import type { PlannedLlm } from "../planner/planner.ts";
import type { DrawnExecution } from "../workflow/drawn-execution.ts";
import type { RunningExecution } from "../workflow/execution-runner.ts";
import { createProgramSource, type Program, workflowsOf } from "../workflow/mix.ts";
import type { ExecutionTrace, TraceCall } from "../workflow/trace.ts";
import { simulate } from "./simulate.ts";

/**
 * Enough executions for n_m to be known to a few percent; fewer, but not below a minimum, where
 * they make so many calls that replaying them takes long.
 */
const TRACED_EXECUTIONS = 1000;
const LEAST_EXECUTIONS = 50;
const ENOUGH_CALLS = 300_000;

/** A simulation cannot be longer than 13 days: tools of so many seconds start another one. */
const MOST_TOOL_SECONDS = 500_000;

/** Where the workflow is traced. */
export interface TracingSetup {
  readonly workflow: Program;
  readonly seed: number;
  readonly llms: readonly PlannedLlm[];
  /** Lends its links, GPU type and domain size; the number of its GPUs does not matter. */
  readonly cluster: Cluster;
}

/** Recorded executions, or why the workflow cannot run on such GPUs at all. */
export type TracingOutcome<T = ExecutionTrace> =
  | { readonly traces: readonly T[] }
  | { readonly infeasible: string };

/** A recorded execution of the workflow at a position of the program's. */
type TracedExecution = ExecutionTrace & { readonly workflow: number };

/** Records executions of the workflow at the lowest load; those that fail are left out. */
export function traceWorkflow(setup: TracingSetup): TracingOutcome<TracedExecution> {
  const { drawn, workflowOf } = drawExecutions(setup);
  const outcome = traceDrawn(drawn, setup);
  if ("infeasible" in outcome) return outcome;
  const traces = outcome.traces.map((trace) => {
    return { ...trace, workflow: workflowOf(trace.execution) };
  });
  return { traces };
}

/** Records drawn executions in the same way, with the number of each. */
export function traceDrawn(
  drawn: readonly DrawnExecution[],
  { llms, cluster }: Pick<TracingSetup, "llms" | "cluster">,
): TracingOutcome<ExecutionTrace & { readonly execution: number }> {
  const tp: number[] = [];
  for (let llm = 0; llm < llms.length; llm++) {
    const planned = llms[llm]!;
    const longest = longestCall(drawn, llm, planned.model.contextLimit);
    const fits = (degree: number) => holdsCall(cluster.gpus[0]!.type, planned, degree, longest);
    const degree = tpDegrees(cluster.gpus).find(fits);
    if (degree === undefined) {
      const { name, model } = planned;
      const what = `${name} (${model.name}, calls of up to ${longest} tokens)`;
      return { infeasible: `${what} does not fit the GPUs of one fast domain of ${cluster.name}` };
    }
    tp.push(degree);
  }
  const traces: (ExecutionTrace & { readonly execution: number })[] = [];
  const deployment = dedicatedDeployment(llms, tp, cluster);
  for (const batch of batchesOf(drawn)) {
    simulate({
      deployment,
      source: (index) => batch[index]!,
      arrivals: { kind: "closed", users: 1, limit: { executions: batch.length } },
      slowdownModel: noSlowdown,
      observer: {
        onExecutionEnd: (execution) => {
          if (execution.status !== "completed") return;
          traces.push({ ...recordExecution(execution), execution: execution.drawn.index });
        },
      },
    });
  }
  return { traces };
}

/** Executions in the order given, in groups that can be run one after another. */
function batchesOf(drawn: readonly DrawnExecution[]): DrawnExecution[][] {
  const batches: DrawnExecution[][] = [];
  let seconds = Infinity;
  for (const execution of drawn) {
    if (seconds > MOST_TOOL_SECONDS) {
      batches.push([]);
      seconds = 0;
    }
    batches.at(-1)!.push(execution);
    for (const step of execution.steps) if (step.kind === "tool") seconds += step.duration;
  }
  return batches;
}

/** Executions as they come, and after enough of them the first of workflows that came rarely. */
function drawExecutions({ workflow, seed }: TracingSetup) {
  const { source, workflowOf } = createProgramSource(workflow, seed, "trace");
  const counts = workflowsOf(workflow).map(() => 0);
  const drawn: DrawnExecution[] = [];
  let calls = 0;
  const isEnough = () => drawn.length >= TRACED_EXECUTIONS || calls >= ENOUGH_CALLS;
  for (let index = 0; !isEnough() || counts.some((count) => count < LEAST_EXECUTIONS); index++) {
    const own = workflowOf(index);
    if (isEnough() && counts[own]! >= LEAST_EXECUTIONS) continue;
    const execution = source(index);
    counts[own]!++;
    drawn.push(execution);
    for (const { kind } of execution.steps) if (kind === "call") calls++;
  }
  return { drawn, workflowOf };
}

/** Tokens of an LLM's longest call among those that do not fail for exceeding `limit`. */
function longestCall(drawn: readonly DrawnExecution[], llm: number, limit: number): number {
  let longest = 0;
  for (const { steps } of drawn) {
    for (const step of steps) {
      if (step.kind !== "call" || step.llm !== llm) continue;
      const tokens = step.promptTokens + step.outputTokens;
      if (tokens <= limit) longest = Math.max(longest, tokens);
    }
  }
  return longest;
}

/** Whether `tp` whole GPUs hold an LLM and the KV cache of a call of `tokens`. */
export function holdsCall(
  gpu: GpuType,
  { model, engine }: PlannedLlm,
  tp: number,
  tokens: number,
): boolean {
  if (!supportsTp(model, tp) || (tp > 1 && !gpu.allReduce.has(tp))) return false;
  const kvBytes = kvBytesPerToken(model, tp) * (tokens + engine.blockSize);
  return weightBytes(model, tp) + kvBytes <= engine.memoryUtilization * gpu.memory;
}

/** Every LLM on a node of its own, over `tp[llm]` GPUs like those of `cluster`. */
function dedicatedDeployment(
  llms: readonly PlannedLlm[],
  tp: readonly number[],
  cluster: Cluster,
): Deployment {
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
function recordExecution(execution: RunningExecution): ExecutionTrace {
  const { drawn, arrivalTime, endTime, startTimes, endTimes, requests } = execution;
  const calls: TraceCall[] = [];
  const tools: { start: number; end: number }[] = [];
  drawn.steps.forEach((step, position) => {
    const request = requests[position];
    const end = toSeconds(endTimes[position]! - arrivalTime);
    if (step.kind === "call" && request !== undefined) {
      const { llm, promptTokens, conversation, origin, retainTokens } = step;
      const { firstTokenTime, isGivenUp, receivedTokens } = request;
      const isAnswered = firstTokenTime >= 0 && firstTokenTime <= endTimes[position]!;
      const submit = toSeconds(request.submitTime - arrivalTime);
      calls.push({
        llm,
        submit,
        firstToken: isAnswered ? toSeconds(firstTokenTime - arrivalTime) : end,
        end,
        promptTokens,
        // A call that was cancelled before its first token cost its prompt.
        outputTokens: isGivenUp ? Math.max(1, receivedTokens) : step.outputTokens,
        conversation,
        origin,
        retainTokens,
      });
    } else if (step.kind === "tool" && startTimes[position]! >= 0) {
      tools.push({ start: toSeconds(startTimes[position]! - arrivalTime), end });
    }
  });
  return { calls, tools, latency: toSeconds(endTime - arrivalTime) };
}
