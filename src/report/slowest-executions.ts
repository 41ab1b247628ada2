/**
 * The slowest executions, call by call, as their waterfalls show them: a lane an LLM, and another
 * beside it for calls at the same time; the time in which no call is under way is tools'.
 */

import type { CallColumns, SimulatedRun } from "./run-data.ts";

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

/** A call in its lane. */
export interface PlacedCall {
  readonly llm: number;
  /** Among the lanes of its LLM. */
  readonly lane: number;
  readonly submit: number;
  readonly start: number;
  readonly firstToken: number;
  readonly end: number;
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
    const lanes = Array.from({ length: llmCount }, (_, llm) =>
      placed.reduce((most, call) => (call.llm === llm ? Math.max(most, call.lane + 1) : most), 0),
    );
    const gaps = gapsBetween(placed, latency[row]!);
    return { execution: id, latency: latency[row]!, calls: placed, laneCounts: lanes, gaps };
  });
}

/** Each call in the first lane of its LLM that is free; those that did not end are left out. */
function placeCalls(calls: CallColumns, rows: readonly number[], arrival: number): PlacedCall[] {
  const freeFrom = new Map<number, number[]>();
  return rows
    .filter((row) => calls.end[row]! >= calls.submit[row]!)
    .sort((a, b) => calls.submit[a]! - calls.submit[b]! || a - b)
    .map((row) => {
      const llm = calls.llm[row]!;
      const [submit, end] = [calls.submit[row]! - arrival, calls.end[row]! - arrival];
      const start = within(calls.start[row]! - arrival, submit, end);
      const firstToken = within(calls.firstToken[row]! - arrival, start, end);
      const lanes = freeFrom.get(llm) ?? [];
      freeFrom.set(llm, lanes);
      const free = lanes.findIndex((time) => time <= submit);
      const lane = free === -1 ? lanes.length : free;
      lanes[lane] = end;
      return { llm, lane, submit, start, firstToken, end };
    });
}

/** An absent instant is as late as can be. */
function within(time: number, low: number, high: number): number {
  return Number.isNaN(time) ? high : Math.min(Math.max(time, low), high);
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
