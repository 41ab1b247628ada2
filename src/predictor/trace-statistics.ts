/**
 * What a planner learns of a workflow from recorded executions (Scepsy, step 2): per LLM the mean
 * number of calls n_m and the parallelism p_m,
 *
 *   p_m = Σ durations of m's calls / Σ length of the union of their intervals,
 *
 * sums over all executions, so that long executions count for what they are.
 */

import { max, mean, sum } from "d3-array";
import type { ExecutionTrace, TraceCall } from "../workflow/trace.ts";

/** One LLM's part in a workflow. */
export interface LlmStatistics {
  /** n_m: mean calls per execution. */
  readonly calls: number;
  /** p_m ≥ 1: mean number of its calls under way while there is any. */
  readonly parallelism: number;
  /** Mean duration of a call, as recorded. */
  readonly callDuration: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Most tokens, prompt and output, of one call. */
  readonly longestCall: number;
  /**
   * Token-seconds of context per execution: of calls under way, and of conversations that wait for
   * their next call. Times the arrival rate, the tokens that a cache should hold.
   */
  readonly contextTokenSeconds: number;
}

/** A workflow as seen from outside. */
export interface WorkflowStatistics {
  readonly llms: readonly LlmStatistics[];
  /** Mean time per execution in which at least one tool runs. */
  readonly toolSeconds: number;
  readonly executions: number;
  readonly latencyMean: number;
}

/** Statistics of at least one recorded execution of a workload with `llmCount` LLMs. */
export function traceStatistics(
  traces: readonly ExecutionTrace[],
  llmCount: number,
): WorkflowStatistics {
  const llms = Array.from({ length: llmCount }, (_, llm) => {
    const callsOf = traces.map(({ calls }) => calls.filter((call) => call.llm === llm));
    return llmStatistics(callsOf);
  });
  return {
    llms,
    toolSeconds: mean(traces, ({ tools }) => unionLength(tools)) ?? 0,
    executions: traces.length,
    latencyMean: mean(traces, ({ latency }) => latency) ?? 0,
  };
}

/** Total length covered by intervals. */
export function unionLength(
  intervals: readonly { readonly start: number; readonly end: number }[],
): number {
  const sorted = [...intervals].sort((a, b) => a.start - b.start);
  let covered = 0;
  let reached = -Infinity;
  for (const { start, end } of sorted) {
    covered += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return covered;
}

/** Statistics of one LLM from its calls, execution by execution. */
function llmStatistics(callsOf: readonly (readonly TraceCall[])[]): LlmStatistics {
  const calls = callsOf.flat();
  const duration = sum(calls, (call) => call.end - call.submit);
  const union = sum(callsOf, (ofExecution) =>
    unionLength(ofExecution.map(({ submit, end }) => ({ start: submit, end }))),
  );
  return {
    calls: calls.length / callsOf.length,
    parallelism: union > 0 ? duration / union : 1,
    callDuration: calls.length > 0 ? duration / calls.length : 0,
    promptTokens: mean(calls, (call) => call.promptTokens) ?? 0,
    outputTokens: mean(calls, (call) => call.outputTokens) ?? 0,
    longestCall: max(calls, (call) => call.promptTokens + call.outputTokens) ?? 0,
    contextTokenSeconds: sum(callsOf, contextTokenSeconds) / callsOf.length,
  };
}

/** Token-seconds of one execution: each call's tokens until its conversation's next call. */
function contextTokenSeconds(calls: readonly TraceCall[]): number {
  const nextSubmit = new Map<number, number>();
  let tokenSeconds = 0;
  for (const call of [...calls].sort((a, b) => b.submit - a.submit)) {
    const until = nextSubmit.get(call.conversation) ?? call.end;
    tokenSeconds += (call.promptTokens + call.outputTokens) * (until - call.submit);
    if (call.conversation >= 0) nextSubmit.set(call.conversation, call.submit);
  }
  return tokenSeconds;
}
