/**
 * Recorded calls of one LLM made into executions that can be run again, over and over: replay
 * number i repeats recorded execution i modulo their number, with conversations of its own.
 */

import type { Origin } from "../serving/request.ts";
import type { ExecutionSource } from "../workflow/draw.ts";
import {
  type DrawnCall,
  type DrawnStep,
  FIRST_SYSTEM_PROMPT,
} from "../workflow/drawn-execution.ts";
import type { ExecutionTrace, TraceCall } from "../workflow/trace.ts";

/** Conversations of a trace are numbered below this. */
const CONVERSATIONS_PER_ROUND = 2 ** 40;

/** One execution's calls of one LLM, by submission, with the earlier one that each waits for. */
export interface RecordedCalls {
  readonly calls: readonly TraceCall[];
  /** By call: the position of the one that ended last before its submission; -1 for none. */
  readonly predecessors: readonly number[];
}

/** The executions that call LLM number `llm`. */
export function callsOfLlm(traces: readonly ExecutionTrace[], llm: number): RecordedCalls[] {
  return traces
    .map((trace) => trace.calls.filter((call) => call.llm === llm))
    .filter((calls) => calls.length > 0)
    .map((calls) => {
      calls.sort((a, b) => a.submit - b.submit);
      return { calls, predecessors: lastEndedBefore(calls) };
    });
}

/**
 * Each call comes when the one that ended last before it in the record has ended, after the gap
 * between the two in the record (time spent on other LLMs and tools). The first `staggered`
 * replays start somewhere inside their execution, as if caught in steady state.
 */
export function replayClosed(executions: readonly RecordedCalls[], staggered = 0): ExecutionSource {
  return (index) => {
    const { calls, predecessors } = executions[index % executions.length]!;
    const skipped = index < staggered ? Math.floor(calls.length * spread(index)) : 0;
    const steps: DrawnStep[] = [];
    for (let position = skipped; position < calls.length; position++) {
      const call = calls[position]!;
      const predecessor = predecessors[position]!;
      const start = predecessor < 0 ? calls[0]!.submit : calls[predecessor]!.end;
      const duration = call.submit - start;
      const waits = predecessor < skipped ? 0 : 1;
      // Call number k is step 2·(k − skipped) + 1, behind its gap.
      if (waits > 0) steps[2 * (predecessor - skipped) + 1]!.successors.push(steps.length);
      const successors = [steps.length + 1];
      steps.push({ kind: "tool", name: "gap", duration, predecessorCount: waits, successors });
      steps.push(repeatCall(call, index, executions.length));
    }
    return { index, steps, hash: "" };
  };
}

/** For calls in order of submission: which earlier one ended last before each; -1 for none. */
function lastEndedBefore(calls: readonly TraceCall[]): number[] {
  const byEnd = calls.map((_, position) => position);
  byEnd.sort((a, b) => calls[a]!.end - calls[b]!.end);
  let ended = 0;
  return calls.map(({ submit }) => {
    while (ended < byEnd.length && calls[byEnd[ended]!]!.end <= submit) ended++;
    return ended === 0 ? -1 : byEnd[ended - 1]!;
  });
}

/** Points spread evenly over [0, 1), whatever their number (additive golden-ratio sequence). */
function spread(index: number): number {
  return (index * 0.6180339887498949) % 1;
}

/** The call as a step of replay `index`, behind its gap; the LLM is the deployment's only one. */
function repeatCall(call: TraceCall, index: number, executionCount: number): DrawnCall {
  const { promptTokens, outputTokens, retainTokens, origin } = call;
  const shift = Math.floor(index / executionCount) * CONVERSATIONS_PER_ROUND;
  return {
    kind: "call",
    llm: 0,
    role: "",
    promptTokens,
    outputTokens,
    conversation: repeatConversation(call.conversation, shift),
    origin: origin && repeatOrigin(origin, shift),
    retainTokens,
    predecessorCount: 1,
    successors: [],
  };
}

function repeatOrigin({ conversation, tokens, origin }: Origin, shift: number): Origin {
  return {
    conversation: repeatConversation(conversation, shift),
    tokens,
    origin: origin && repeatOrigin(origin, shift),
  };
}

/** A conversation's number in a later round; system prompts are the same in all. */
function repeatConversation(conversation: number, shift: number): number {
  const isOwn = conversation >= 0 && conversation < FIRST_SYSTEM_PROMPT;
  return isOwn ? conversation + shift : conversation;
}
