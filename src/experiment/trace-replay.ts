/**
 * Recorded calls of one LLM made into executions that can be run again, over and over: replay
 * number i repeats recorded execution i modulo their number, with conversations of its own.
 */

import { inferPredecessors } from "../predictor/trace-graph.ts";
import type { Origin } from "../serving/request.ts";
import type { ExecutionSource } from "../workflow/draw.ts";
import {
  type DrawnCall,
  type DrawnStep,
  FIRST_SYSTEM_PROMPT,
} from "../workflow/drawn-execution.ts";
import type { ExecutionTrace, TraceCall } from "../workflow/trace.ts";

/** Conversations of one execution differ in their numbers modulo this. */
const MAX_CONVERSATIONS = 2 ** 20;

/** One execution's calls of one LLM, by submission, with the earlier ones that each waits for. */
export interface RecordedCalls {
  readonly calls: readonly TraceCall[];
  /** By call: positions of those that it waited for. */
  readonly predecessors: readonly (readonly number[])[];
}

/**
 * The executions that call LLM number `llm`, in an order of which every first part is like the
 * whole: those with few calls and those with many are spread evenly over it.
 */
export function callsOfLlm(traces: readonly ExecutionTrace[], llm: number): RecordedCalls[] {
  const executions = traces
    .map((trace) => trace.calls.filter((call) => call.llm === llm))
    .filter((calls) => calls.length > 0)
    .sort((a, b) => a.length - b.length);
  const order = executions.map((_, rank) => rank).sort((a, b) => spread(a) - spread(b));
  return order.map((rank) => {
    const calls = executions[rank]!;
    calls.sort((a, b) => a.submit - b.submit);
    const intervals = calls.map(({ submit, end }) => ({ start: submit, end }));
    return { calls, predecessors: inferPredecessors(intervals) };
  });
}

/**
 * Each call comes when those that it waited for in the record have ended, after the gap between
 * them in the record (time spent on other LLMs and tools). The first `caught` replays start
 * somewhere inside an execution, as if caught in steady state: at calls spread evenly over all.
 */
export function replayClosed(executions: readonly RecordedCalls[], caught = 0): ExecutionSource {
  const places = caught > 0 ? placesOf(executions) : [];
  return (index) => {
    const from = index < caught ? places[Math.floor(spread(index) * places.length)] : undefined;
    const steps =
      from === undefined
        ? closedSteps(executions[index % executions.length]!)
        : closedStepsFrom(executions[from.execution]!, from.skipped);
    const repeated = steps.map((step) => {
      return step.kind === "call" ? repeatCall(step, index, step.successors) : step;
    });
    return { index, steps: repeated, hash: "" };
  };
}

const knownSteps = new WeakMap<RecordedCalls, readonly DrawnStep[]>();

/** The steps of a closed replay of a whole execution; made once. */
function closedSteps(execution: RecordedCalls): readonly DrawnStep[] {
  let steps = knownSteps.get(execution);
  if (steps === undefined) {
    steps = closedStepsFrom(execution, 0);
    knownSteps.set(execution, steps);
  }
  return steps;
}

/** Without its first `skipped` calls. */
function closedStepsFrom({ calls, predecessors }: RecordedCalls, skipped: number): DrawnStep[] {
  const steps: DrawnStep[] = [];
  for (let position = skipped; position < calls.length; position++) {
    const call = calls[position]!;
    const waits = predecessors[position]!;
    let since = waits.length === 0 ? calls[0]!.submit : 0;
    let predecessorCount = 0;
    for (const predecessor of waits) {
      since = Math.max(since, calls[predecessor]!.end);
      if (predecessor < skipped) continue;
      // Call number k is step 2·(k − skipped) + 1, behind its gap.
      steps[2 * (predecessor - skipped) + 1]!.successors.push(steps.length);
      predecessorCount++;
    }
    const duration = call.submit - since;
    const successors = [steps.length + 1];
    steps.push({ kind: "tool", name: "gap", duration, predecessorCount, successors });
    steps.push(repeatCall(call, 0));
  }
  return steps;
}

/**
 * Calls of an execution that come at once, in the mean: how many there are over the longest chain.
 */
export function fanOut(executions: readonly RecordedCalls[]): number {
  let calls = 0;
  let chained = 0;
  for (const { predecessors } of executions) {
    const depths: number[] = [];
    for (const waits of predecessors) {
      let depth = 0;
      for (const predecessor of waits) depth = Math.max(depth, depths[predecessor]!);
      depths.push(depth + 1);
    }
    calls += depths.length;
    chained += Math.max(...depths);
  }
  return calls / chained;
}

/** A call of an execution, both by position. */
interface Place {
  readonly execution: number;
  readonly skipped: number;
}

const knownPlaces = new WeakMap<readonly RecordedCalls[], readonly Place[]>();

/** Every call as a place to start an execution from; found once for each record. */
function placesOf(executions: readonly RecordedCalls[]): readonly Place[] {
  let places = knownPlaces.get(executions);
  if (places === undefined) {
    places = executions.flatMap(({ calls }, execution) =>
      calls.map((_, skipped) => ({ execution, skipped })),
    );
    knownPlaces.set(executions, places);
  }
  return places;
}

/** Each call comes as long after the execution's first one as in the record. */
export function replayRecorded(executions: readonly RecordedCalls[]): ExecutionSource {
  return (index) => {
    const { calls } = executions[index % executions.length]!;
    const steps: DrawnStep[] = [];
    for (const call of calls) {
      const duration = call.submit - calls[0]!.submit;
      const successors = [steps.length + 1];
      steps.push({ kind: "tool", name: "gap", duration, predecessorCount: 0, successors });
      steps.push(repeatCall(call, index));
    }
    return { index, steps, hash: "" };
  };
}

/** Each call is an execution of its own. */
export function replayCalls(executions: readonly RecordedCalls[]): ExecutionSource {
  const calls = executions.flatMap((execution) => execution.calls);
  return (index) => {
    const call = { ...repeatCall(calls[index % calls.length]!, index) };
    return { index, steps: [{ ...call, predecessorCount: 0 }], hash: "" };
  };
}

/** Points spread evenly over [0, 1), whatever their number (additive golden-ratio sequence). */
function spread(index: number): number {
  return (index * 0.6180339887498949) % 1;
}

/** The call as a step of replay `index`, behind its gap; the LLM is the deployment's only one. */
function repeatCall(
  call: Omit<TraceCall, "submit" | "firstToken" | "end">,
  index: number,
  successors: number[] = [],
): DrawnCall {
  const { promptTokens, outputTokens, retainTokens, origin } = call;
  return {
    kind: "call",
    llm: 0,
    role: "",
    promptTokens,
    outputTokens,
    conversation: repeatConversation(call.conversation, index),
    origin: origin && repeatOrigin(origin, index),
    retainTokens,
    predecessorCount: 1,
    successors,
  };
}

function repeatOrigin({ conversation, tokens, origin }: Origin, index: number): Origin {
  return {
    conversation: repeatConversation(conversation, index),
    tokens,
    origin: origin && repeatOrigin(origin, index),
  };
}

/** A conversation's number in replay `index`; system prompts are the same in all. */
function repeatConversation(conversation: number, index: number): number {
  const isOwn = conversation >= 0 && conversation < FIRST_SYSTEM_PROMPT;
  return isOwn ? (conversation % MAX_CONVERSATIONS) + index * MAX_CONVERSATIONS : conversation;
}
