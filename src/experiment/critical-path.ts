/**
 * Where the time of an execution went: the chain of steps that decided when it ended, found
 * backwards over each step's last predecessor, and what each of them spent it on.
 */

import type { Request } from "../serving/request.ts";
import type { RunningExecution } from "../workflow/execution-runner.ts";

/** Ticks of the critical path by cause; they sum to the execution's latency. */
export interface LatencyBreakdown {
  /** Waiting on a replica to be scheduled first. */
  queue: number;
  prefill: number;
  decode: number;
  /** Stretching of prefill and decode by other tenants of the GPUs. */
  interference: number;
  network: number;
  tool: number;
}

/** No time at all. */
export function emptyBreakdown(): LatencyBreakdown {
  return { queue: 0, prefill: 0, decode: 0, interference: 0, network: 0, tool: 0 };
}

/** Adds the critical path of a completed execution to `total`. */
export function addCriticalPath(execution: RunningExecution, total: LatencyBreakdown): void {
  let step = lastStep(execution);
  while (step >= 0) {
    const request = execution.requests[step];
    if (request === undefined) {
      total.tool += execution.endTimes[step]! - execution.startTimes[step]!;
    } else if (request.isGivenUp) addGivenUp(request, total);
    else addCall(request, total);
    step = execution.lastPredecessors[step]!;
  }
}

function addCall(request: Request, total: LatencyBreakdown): void {
  const { lostInPrefill, lostInDecode } = request;
  total.network += request.arrivalTime - request.submitTime;
  total.network += request.endTime - request.finishTime;
  total.queue += request.startTime - request.arrivalTime;
  total.prefill += request.firstTokenTime - request.startTime - lostInPrefill;
  total.decode += request.finishTime - request.firstTokenTime - lostInDecode;
  total.interference += lostInPrefill + lostInDecode;
}

/** As far as it had come by then; what it lost to other tenants counts as what it was lost from. */
function addGivenUp(request: Request, total: LatencyBreakdown): void {
  const { submitTime, endTime } = request;
  const until = (time: number) => (time < 0 ? endTime : Math.min(time, endTime));
  const [arrival, start] = [until(request.arrivalTime), until(request.startTime)];
  const [firstToken, finish] = [until(request.firstTokenTime), until(request.finishTime)];
  total.network += arrival - submitTime + endTime - finish;
  total.queue += start - arrival;
  total.prefill += firstToken - start;
  total.decode += finish - firstToken;
}

/** The call that decided when a step started, through tools and joins; -1 if there is none. */
export function callBefore(execution: RunningExecution, step: number): number {
  return callAt(execution, execution.lastPredecessors[step]!);
}

/** The call with which the critical path of an execution ends, before tools; -1 without an end. */
export function lastCall(execution: RunningExecution): number {
  return execution.endTime < 0 ? -1 : callAt(execution, lastStep(execution));
}

/** A step, or the call before it on the way back. */
function callAt({ drawn, lastPredecessors }: RunningExecution, from: number): number {
  let step = from;
  while (step >= 0 && drawn.steps[step]!.kind !== "call") step = lastPredecessors[step]!;
  return step;
}

/** The step that ended last, the later one in the program at a tie; -1 if there is none. */
function lastStep({ drawn, endTimes, endTime }: RunningExecution): number {
  let step = drawn.steps.length - 1;
  while (step >= 0 && endTimes[step] !== endTime) step--;
  return step;
}
