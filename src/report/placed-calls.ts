/**
 * The calls of one execution as waterfalls show them: a lane an LLM, and another beside it for
 * calls at the same time.
 */

/** Columns of calls; times in seconds, NaN where a call did not get as far. */
export interface CallTimes {
  /** Position in the plan. */
  readonly llm: Int32Array;
  readonly submit: Float64Array;
  readonly start: Float64Array;
  readonly firstToken: Float64Array;
  readonly end: Float64Array;
}

/** A call in its lane. Times in seconds since the execution's arrival. */
export interface PlacedCall {
  /** In the columns. */
  readonly row: number;
  readonly llm: number;
  /** Among the lanes of its LLM. */
  readonly lane: number;
  readonly submit: number;
  readonly start: number;
  readonly firstToken: number;
  readonly end: number;
}

/** Each call in the first lane of its LLM that is free; those that did not end are left out. */
export function placeCalls(
  calls: CallTimes,
  rows: readonly number[],
  arrival: number,
): PlacedCall[] {
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
      return { row, llm, lane, submit, start, firstToken, end };
    });
}

/** Lanes that the calls of each LLM take, by position in the plan. */
export function laneCountsOf(calls: readonly PlacedCall[], llmCount: number): number[] {
  return Array.from({ length: llmCount }, (_, llm) =>
    calls.reduce((most, call) => (call.llm === llm ? Math.max(most, call.lane + 1) : most), 0),
  );
}

/** An absent instant is as late as can be. */
function within(time: number, low: number, high: number): number {
  return Number.isNaN(time) ? high : Math.min(Math.max(time, low), high);
}
