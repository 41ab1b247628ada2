/**
 * Executions that ended as a test says, and recorded ones, without a simulation. Times are in
 * seconds.
 */

import { toTicks } from "../../../src/engine/ticks.ts";
import { createRequest, type Request } from "../../../src/serving/request.ts";
import type { DrawnStep } from "../../../src/workflow/drawn-execution.ts";
import type { RunningExecution } from "../../../src/workflow/execution-runner.ts";

/** How an execution ended. */
export type EndStatus = RunningExecution["status"];

/** A step that ended: a call has a request, a tool has none. */
export interface EndedStep {
  readonly start: number;
  readonly end: number;
  readonly last?: number;
  readonly request?: Request;
}

/** An execution that arrived and ended as told. */
export function endedExecution(
  index: number,
  [arrival, end]: readonly [number, number],
  options: { status?: EndStatus; steps?: readonly EndedStep[] } = {},
): RunningExecution {
  const { status = "completed", steps = [] } = options;
  return {
    drawn: { index, hash: "", steps: steps.map(drawnStep) },
    arrivalTime: toTicks(arrival),
    endTime: status === "unfinished" ? -1 : toTicks(end),
    status,
    startTimes: steps.map(({ start }) => toTicks(start)),
    endTimes: steps.map(({ end: stepEnd }) => toTicks(stepEnd)),
    lastPredecessors: steps.map(({ last = -1 }) => last),
    requests: steps.map(({ request }) => request),
    waitingFor: steps.map(() => 0),
    givenUp: [],
    remainingSteps: 0,
  };
}

function drawnStep({ start, end, request }: EndedStep): DrawnStep {
  const edges = { predecessorCount: 0, successors: [] };
  if (request === undefined) return { kind: "tool", name: "", duration: end - start, ...edges };
  return { ...request, kind: "call", role: "", ...edges };
}

/** The instants of a call of LLM 0, in order; 100 prompt tokens of which none are cached. */
export interface CallTimes {
  readonly submit: number;
  readonly arrival: number;
  readonly start: number;
  readonly firstToken: number;
  readonly finish: number;
  readonly end: number;
}

/** A completed request. */
export function endedRequest(times: CallTimes, changes: Partial<Request> = {}): Request {
  const call = { llm: 0, promptTokens: 100, outputTokens: 11, conversation: -1, retainTokens: 0 };
  return {
    ...createRequest(call, 0, toTicks(times.submit)),
    arrivalTime: toTicks(times.arrival),
    startTime: toTicks(times.start),
    firstTokenTime: toTicks(times.firstToken),
    finishTime: toTicks(times.finish),
    endTime: toTicks(times.end),
    status: "completed",
    ...changes,
  };
}
