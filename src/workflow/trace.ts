/**
 * What a recorder in front of the LLMs sees of a workflow: calls and tools with their times, and
 * no program. This is all that a planner is given. Times are in seconds from the execution's
 * start.
 */

import type { Origin } from "../serving/request.ts";

/** One recorded LLM call. */
export interface TraceCall {
  /** Position of the LLM in the workload. */
  readonly llm: number;
  readonly submit: number;
  readonly firstToken: number;
  readonly end: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Conversation whose prefix it shares, unique over the trace; -1 for none. */
  readonly conversation: number;
  /** What the conversation started from; `drawn-execution.ts` says how they are numbered. */
  readonly origin?: Origin | undefined;
  /** Leading tokens that later calls of the conversation repeat. */
  readonly retainTokens: number;
}

/** One recorded execution. */
export interface ExecutionTrace {
  readonly calls: readonly TraceCall[];
  readonly tools: readonly { readonly start: number; readonly end: number }[];
  /** Seconds from start to end. */
  readonly latency: number;
}
