/**
 * Short ways to write recorded executions in tests.
 */

import type { ExecutionTrace, TraceCall } from "../../../src/workflow/trace.ts";

/** A call of LLM 0 over an interval, of 100 prompt and 10 output tokens, unless told otherwise. */
export function recorded(submit: number, end: number, changes: Partial<TraceCall> = {}): TraceCall {
  const tokens = { promptTokens: 100, outputTokens: 10, conversation: -1, retainTokens: 0 };
  return { llm: 0, submit, firstToken: submit, end, ...tokens, ...changes };
}

/** An execution of calls and tools; its latency is when the last of them ends. */
export function traceOf(
  calls: readonly TraceCall[],
  tools: readonly (readonly [start: number, end: number])[] = [],
): ExecutionTrace {
  const ends = [...calls.map(({ end }) => end), ...tools.map(([, end]) => end)];
  const latency = Math.max(0, ...ends);
  return { calls, tools: tools.map(([start, end]) => ({ start, end })), latency };
}
