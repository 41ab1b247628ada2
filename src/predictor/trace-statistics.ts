/**
 * What a planner learns of a workflow from recorded executions (Scepsy, step 2): per LLM the mean
 * number of calls n_m and the parallelism p_m,
 *
 *   p_m = Σ durations of m's calls / Σ length of the union of their intervals,
 *
 * sums over all executions, so that long executions count for what they are.
 */

import { cumsum, max, mean, sum } from "d3-array";
import { FIRST_SYSTEM_PROMPT } from "../workflow/drawn-execution.ts";
import type { ExecutionTrace, TraceCall } from "../workflow/trace.ts";

/** One LLM's part in a workflow. */
export interface LlmStatistics {
  /** n_m: mean calls per execution. */
  readonly calls: number;
  /** p_m ≥ 1: mean number of its calls under way while there is any. */
  readonly parallelism: number;
  /** Mean duration of a call, as recorded, and its part up to the first token. */
  readonly callDuration: number;
  readonly firstToken: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Mean context of a call under way: long calls count for as long as they take. */
  readonly runningTokens: number;
  /** Root mean square of the same, without what executions share. */
  readonly runningTokensRms: number;
  /** Tokens of a call's prompt that executions share (system prompts): a cache holds them once. */
  readonly sharedTokens: number;
  /**
   * Token-seconds of context per execution: of calls under way, and of conversations that wait for
   * their next call. Times the arrival rate, the tokens that a cache should hold.
   */
  readonly contextTokenSeconds: number;
  /** Tokens of context that one execution keeps alive, on average from its first call to its last
   * and at most. */
  readonly contextTokens: number;
  readonly contextTokensPeak: number;
  readonly reuse: ContextReuse;
}

/**
 * What calls find of their conversation if it is still cached, one entry a call; by ascending gap.
 */
export interface ContextReuse {
  /** Seconds since the conversation's call before ended. */
  readonly gaps: Float64Array;
  /** Tokens that this one and all with a longer gap find, without those that executions share. */
  readonly tokensFrom: Float64Array;
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
  const overTime = (value: (call: TraceCall) => number) =>
    duration > 0 ? sum(calls, (call) => (call.end - call.submit) * value(call)) / duration : 0;
  const union = sum(callsOf, (ofExecution) =>
    unionLength(ofExecution.map(({ submit, end }) => ({ start: submit, end }))),
  );
  return {
    calls: calls.length / callsOf.length,
    parallelism: union > 0 ? duration / union : 1,
    callDuration: calls.length > 0 ? duration / calls.length : 0,
    firstToken: mean(calls, ({ submit, firstToken }) => firstToken - submit) ?? 0,
    promptTokens: mean(calls, (call) => call.promptTokens) ?? 0,
    outputTokens: mean(calls, (call) => call.outputTokens) ?? 0,
    runningTokens: overTime(runningTokens),
    runningTokensRms: Math.sqrt(
      overTime((call) => (runningTokens(call) - sharedTokens(call)) ** 2),
    ),
    sharedTokens: mean(calls, sharedTokens) ?? 0,
    ...contextStatistics(callsOf),
    reuse: contextReuse(callsOf),
  };
}

/** Context of a call that is halfway through its output. */
function runningTokens({ promptTokens, outputTokens }: TraceCall): number {
  return promptTokens + outputTokens / 2;
}

/** Tokens at the start of a call's prompt that executions share. */
function sharedTokens({ origin, promptTokens }: TraceCall): number {
  let root = origin;
  while (root !== undefined && root.conversation < FIRST_SYSTEM_PROMPT) root = root.origin;
  return Math.min(root?.tokens ?? 0, promptTokens);
}

/** What calls of conversations find of the call before. */
function contextReuse(callsOf: readonly (readonly TraceCall[])[]): ContextReuse {
  const found: { gap: number; tokens: number }[] = [];
  for (const calls of callsOf) {
    const before = new Map<number, TraceCall>();
    for (const call of [...calls].sort((a, b) => a.submit - b.submit)) {
      const { conversation, submit, promptTokens } = call;
      if (conversation < 0) continue;
      const last = before.get(conversation);
      before.set(conversation, call);
      if (last === undefined || last.retainTokens === 0) continue;
      const tokens = Math.min(last.retainTokens, promptTokens) - sharedTokens(call);
      found.push({ gap: Math.max(0, submit - last.end), tokens });
    }
  }
  found.sort((a, b) => a.gap - b.gap);
  return {
    gaps: Float64Array.from(found, ({ gap }) => gap),
    tokensFrom: Float64Array.from(cumsum(found.toReversed(), ({ tokens }) => tokens)).reverse(),
  };
}

/** How much context executions keep alive. */
function contextStatistics(
  callsOf: readonly (readonly TraceCall[])[],
): Pick<LlmStatistics, "contextTokenSeconds" | "contextTokens" | "contextTokensPeak"> {
  const contexts = callsOf.map(liveContexts);
  const tokenSeconds = sum(contexts.flat(), ({ start, end, tokens }) => (end - start) * tokens);
  const seconds = sum(contexts, (ofExecution) => unionLength(ofExecution));
  return {
    contextTokenSeconds: tokenSeconds / callsOf.length,
    contextTokens: seconds > 0 ? tokenSeconds / seconds : 0,
    contextTokensPeak: max(contexts, peakTokens) ?? 0,
  };
}

/** A context that is alive for some time. */
interface LiveContext {
  readonly start: number;
  readonly end: number;
  readonly tokens: number;
}

/** The contexts of one execution: each call's tokens until its conversation's next call. */
function liveContexts(calls: readonly TraceCall[]): LiveContext[] {
  const nextSubmit = new Map<number, number>();
  return [...calls]
    .sort((a, b) => b.submit - a.submit)
    .map(({ conversation, submit, end, promptTokens, outputTokens }) => {
      const until = nextSubmit.get(conversation) ?? end;
      if (conversation >= 0) nextSubmit.set(conversation, submit);
      return { start: submit, end: until, tokens: promptTokens + outputTokens };
    });
}

/** Most tokens alive at once. */
function peakTokens(contexts: readonly LiveContext[]): number {
  const changes = contexts.flatMap(({ start, end, tokens }) => [
    { time: start, tokens },
    { time: end, tokens: -tokens },
  ]);
  changes.sort((a, b) => a.time - b.time || a.tokens - b.tokens);
  let alive = 0;
  let peak = 0;
  for (const { tokens } of changes) {
    alive += tokens;
    peak = Math.max(peak, alive);
  }
  return peak;
}
