/**
 * The slowest executions, call by call, as their waterfalls show them: a lane an LLM, and another
 * beside it for calls at the same time; the time in which no call is under way is tools'.
 */

import { laneCountsOf, type PlacedCall, placeCalls } from "./placed-calls.ts";
import type { SimulatedRun } from "./run-data.ts";

/** An execution with its calls. Times in seconds since its arrival. */
export interface SlowExecution {
  readonly execution: number;
  readonly latency: number;
  readonly calls: readonly PlacedCall[];
  /** Lanes that calls of each LLM take, by position in the plan. */
  readonly laneCounts: readonly number[];
  /** From and to when no call was under way. */
  readonly gaps: readonly (readonly [number, number])[];
}

/** Gaps below this part of the latency are hops of the network. */
const LEAST_GAP = 1e-3;

/** The `count` measured executions of the highest latencies, the slowest first. */
export function slowestExecutions(
  { summary, executions, calls }: SimulatedRun,
  { llmCount, count }: { readonly llmCount: number; readonly count: number },
): SlowExecution[] {
  const { execution, arrival, latency } = executions;
  const rows = [...execution.keys()]
    .filter((row) => latency[row]! > 0 && arrival[row]! >= summary.warmup_seconds)
    .sort((a, b) => latency[b]! - latency[a]! || execution[a]! - execution[b]!)
    .slice(0, count);
  const callsOf = new Map<number, number[]>(rows.map((row) => [execution[row]!, []]));
  calls.execution.forEach((id, call) => void callsOf.get(id)?.push(call));
  return rows.map((row) => {
    const [id, start] = [execution[row]!, arrival[row]!];
    const placed = placeCalls(calls, callsOf.get(id)!, start);
    const lanes = laneCountsOf(placed, llmCount);
    const gaps = gapsBetween(placed, latency[row]!);
    return { execution: id, latency: latency[row]!, calls: placed, laneCounts: lanes, gaps };
  });
}

function gapsBetween(calls: readonly PlacedCall[], latency: number): [number, number][] {
  const gaps: [number, number][] = [];
  let end = 0;
  for (const call of calls) {
    if (call.submit - end > LEAST_GAP * latency) gaps.push([end, call.submit]);
    end = Math.max(end, call.end);
  }
  if (latency - end > LEAST_GAP * latency) gaps.push([end, latency]);
  return gaps;
}
