/**
 * Recorded executions played again on paper: who waited for whom is kept, each LLM's calls take
 * other times, tools and gaps the same. So overlap of calls and tools, of any LLMs, is credited
 * as far as it lasts at the new times.
 */

import type { ExecutionTrace } from "../workflow/trace.ts";
import { inferPredecessors } from "./trace-graph.ts";

/** What becomes of the times of one LLM's calls: to the first token, and from there to the end. */
export interface CallStretch {
  readonly firstToken: number;
  readonly decode: number;
}

/** One recorded execution with who waited for whom; arrays run over its calls and tools. */
export interface RetimableExecution {
  /** -1 for a tool. */
  readonly llms: Int16Array;
  /** Seconds to the first token, and from there to the end; of a tool all is the latter. */
  readonly firstToken: Float64Array;
  readonly decode: Float64Array;
  /** Seconds from the end of the last that it waited for. */
  readonly gaps: Float64Array;
  /** Positions of what item i waited for: from `waitsUntil[i - 1]` to `waitsUntil[i]`. */
  readonly waits: Int32Array;
  readonly waitsUntil: Int32Array;
  /** Seconds from the last end to the end of the execution. */
  readonly rest: number;
}

/** A call or a tool; times in seconds. */
interface Item {
  readonly start: number;
  readonly end: number;
  readonly llm: number;
  readonly firstToken: number;
}

/** Makes a recorded execution ready to be played again. */
export function retimable({ calls, tools, latency }: ExecutionTrace): RetimableExecution {
  const items: Item[] = calls.map(({ llm, submit, firstToken, end }) => {
    return { start: submit, end, llm, firstToken: firstToken - submit };
  });
  for (const { start, end } of tools) items.push({ start, end, llm: -1, firstToken: 0 });
  items.sort((a, b) => a.start - b.start);
  const predecessors = inferPredecessors(items);
  const lastEnd = (positions: Iterable<number>) => {
    let last = 0;
    for (const position of positions) last = Math.max(last, items[position]!.end);
    return last;
  };
  let waiting = 0;
  return {
    llms: Int16Array.from(items, ({ llm }) => llm),
    firstToken: Float64Array.from(items, (item) => item.firstToken),
    decode: Float64Array.from(items, ({ start, end, firstToken }) => end - start - firstToken),
    gaps: Float64Array.from(items, ({ start }, item) => start - lastEnd(predecessors[item]!)),
    waits: Int32Array.from(predecessors.flat()),
    waitsUntil: Int32Array.from(predecessors, (before) => (waiting += before.length)),
    rest: latency - lastEnd(items.keys()),
  };
}

/**
 * Latency in seconds of an execution with `stretches[llm]` for the calls of each LLM; without
 * `hasTools` tools take no time.
 */
export function retimedLatency(
  { llms, firstToken, decode, gaps, waits, waitsUntil, rest }: RetimableExecution,
  stretches: readonly CallStretch[],
  hasTools = true,
): number {
  const ends = new Float64Array(llms.length);
  let last = 0;
  let wait = 0;
  for (let item = 0; item < ends.length; item++) {
    let end = 0;
    for (; wait < waitsUntil[item]!; wait++) end = Math.max(end, ends[waits[wait]!]!);
    end += gaps[item]!;
    const stretch = stretches[llms[item]!];
    if (stretch === undefined) end += hasTools ? decode[item]! : 0;
    else end += stretch.firstToken * firstToken[item]! + stretch.decode * decode[item]!;
    ends[item] = end;
    last = Math.max(last, end);
  }
  return last + rest;
}
