/**
 * Recorded calls of one LLM made into executions that can be run again, over and over: replay
 * number i repeats recorded execution i modulo their number, with conversations of its own.
 */

import type { ExecutionSource } from "../workflow/draw.ts";
import type { DrawnCall, DrawnStep } from "../workflow/drawn-execution.ts";
import type { TraceCall } from "../workflow/trace.ts";

/** Conversations of a trace are numbered below this. */
const CONVERSATIONS_PER_ROUND = 2 ** 40;

/** Each call comes at its recorded offset from the execution's first, whatever happens. */
export function replayRecorded(executions: readonly (readonly TraceCall[])[]): ExecutionSource {
  return (index) => {
    const calls = executions[index % executions.length]!;
    const start = Math.min(...calls.map((call) => call.submit));
    const steps: DrawnStep[] = [];
    for (const call of calls) {
      const duration = call.submit - start;
      const successors = [steps.length + 1];
      steps.push({ kind: "tool", name: "offset", duration, predecessorCount: 0, successors });
      steps.push(repeatCall(call, index, executions.length, 1));
    }
    return { index, steps, hash: "" };
  };
}

/**
 * Each call comes when the one that ended last before it in the record has ended. The first
 * `staggered` replays start somewhere inside their execution, as if caught in steady state.
 */
export function replayInOrder(
  executions: readonly (readonly TraceCall[])[],
  staggered: number,
): ExecutionSource {
  const ordered = executions.map((calls) => [...calls].sort((a, b) => a.submit - b.submit));
  const predecessorsOf = ordered.map(lastEndedBefore);
  return (index) => {
    const number = index % executions.length;
    const calls = ordered[number]!;
    const skipped = index < staggered ? Math.floor(calls.length * spread(index)) : 0;
    const steps: DrawnCall[] = [];
    for (let position = skipped; position < calls.length; position++) {
      const predecessor = predecessorsOf[number]![position]! - skipped;
      const waits = predecessor < 0 ? 0 : 1;
      steps.push(repeatCall(calls[position]!, index, executions.length, waits));
      if (predecessor >= 0) steps[predecessor]!.successors.push(position - skipped);
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

/** The call as a step of replay `index`; the LLM is the only one of the deployment. */
function repeatCall(
  call: TraceCall,
  index: number,
  executionCount: number,
  predecessorCount: number,
): DrawnCall {
  const { promptTokens, outputTokens, retainTokens } = call;
  const round = Math.floor(index / executionCount);
  const conversation =
    call.conversation < 0 ? -1 : call.conversation + round * CONVERSATIONS_PER_ROUND;
  return {
    kind: "call",
    llm: 0,
    role: "",
    promptTokens,
    outputTokens,
    conversation,
    retainTokens,
    predecessorCount,
    successors: [],
  };
}
