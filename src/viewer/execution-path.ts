/**
 * One execution with its calls in lanes, and its critical path: the calls that decided when it
 * ended, back from the last over the one that each had waited for, as the tables say.
 */

import {
  type CallTimes,
  laneCountsOf,
  type PlacedCall,
  placeCalls,
} from "../report/placed-calls.ts";

/** Columns of the calls of one execution. */
export interface CallColumns extends CallTimes {
  readonly step: Float64Array;
  /** NaN for a call that waited for none. */
  readonly afterStep: Float64Array;
}

/** An execution as its waterfall shows it. Times in seconds since its arrival. */
export interface ExecutionPath {
  readonly latency: number;
  readonly calls: readonly PlacedCall[];
  readonly laneCounts: readonly number[];
  /** Calls of the critical path, the first one first. */
  readonly critical: readonly PlacedCall[];
  /** Between them: from and to when the path was in tools. */
  readonly tools: readonly (readonly [number, number])[];
  /** Seconds of the critical path by cause; they sum to the latency. */
  readonly parts: Readonly<Record<PathPart, number>>;
}

/** What the critical path of an execution spent its time on; waits include the network. */
export type PathPart = "queue" | "prefill" | "decode" | "tool";

/** Below a nanosecond there is no tool, but rounding of instants. */
const LEAST_TOOL = 1e-9;

/** Lays out the calls of an execution that arrived, and whose last call has the step `lastStep`. */
export function executionPath(
  calls: CallColumns,
  execution: { readonly arrival: number; readonly latency: number; readonly lastStep: number },
  llmCount: number,
): ExecutionPath {
  const placed = placeCalls(calls, [...calls.step.keys()], execution.arrival);
  const critical = criticalCalls(calls, placed, execution.lastStep);
  const parts = { queue: 0, prefill: 0, decode: 0, tool: 0 };
  const tools: [number, number][] = [];
  let time = 0;
  const addTool = (to: number) => {
    if (to - time < LEAST_TOOL) return;
    parts.tool += to - time;
    tools.push([time, to]);
  };
  for (const { submit, start, firstToken, end } of critical) {
    addTool(submit);
    parts.queue += start - submit;
    parts.prefill += firstToken - start;
    parts.decode += end - firstToken;
    time = end;
  }
  if (critical.length > 0 || placed.length === 0) addTool(execution.latency);
  return {
    latency: execution.latency,
    calls: placed,
    laneCounts: laneCountsOf(placed, llmCount),
    critical,
    tools,
    parts,
  };
}

function criticalCalls(
  { step, afterStep }: CallColumns,
  placed: readonly PlacedCall[],
  lastStep: number,
): PlacedCall[] {
  const byStep = new Map(placed.map((call) => [step[call.row]!, call]));
  const path: PlacedCall[] = [];
  for (let call = byStep.get(lastStep); call !== undefined && path.length < placed.length; ) {
    path.push(call);
    call = byStep.get(afterStep[call.row]!);
  }
  return path.reverse();
}
