/** Calls of an execution in lanes, and the path that decided when it ended. */

import { describe, expect, test } from "vitest";
import { executionPath } from "../../../src/viewer/execution-path.ts";

/** A call: LLM, step, the step before it, and its instants. */
type MadeCall = readonly [llm: number, step: number, after: number, ...times: number[]];

function columnsOf(calls: readonly MadeCall[]) {
  const column = (index: number) => Float64Array.from(calls, (call) => call[index]!);
  return {
    llm: Int32Array.from(calls, ([llm]) => llm),
    step: column(1),
    afterStep: column(2).map((step) => (step < 0 ? Number.NaN : step)),
    submit: column(3),
    start: column(4),
    firstToken: column(5),
    end: column(6),
  };
}

describe("the path of an execution", () => {
  // Two branches after the first call; the last call waited for the one that ended earlier.
  const calls = columnsOf([
    [0, 0, -1, 10, 10.5, 11, 13],
    [1, 1, 0, 13, 13, 13.5, 16],
    [1, 3, 0, 13, 14, 14.5, 18],
    [0, 4, 1, 20, 20.25, 21, 24],
  ]);
  const path = executionPath(calls, { arrival: 10, latency: 15, lastStep: 4 }, 2);

  test("goes back over what each call had waited for, not over what ended last", () => {
    expect(path.critical.map(({ row }) => row)).toEqual([0, 1, 3]);
    expect(path.tools).toEqual([
      [6, 10],
      [14, 15],
    ]);
  });

  test("has parts that sum to the latency", () => {
    expect(path.parts).toEqual({ queue: 0.75, prefill: 1.75, decode: 7.5, tool: 5 });
    expect(Object.values(path.parts).reduce((sum, part) => sum + part, 0)).toBe(15);
  });

  test("has calls at the same time in lanes of their own", () => {
    expect(path.calls.map(({ lane }) => lane)).toEqual([0, 0, 1, 0]);
    expect(path.laneCounts).toEqual([1, 2]);
  });

  test("is empty for an execution that did not end", () => {
    const unfinished = executionPath(calls, { arrival: 10, latency: 20, lastStep: -1 }, 2);
    expect(unfinished.critical).toEqual([]);
    expect(unfinished.tools).toEqual([]);
  });

  test("ends where steps of a damaged file go in circles", () => {
    const circle = columnsOf([
      [0, 0, 1, 0, 0, 1, 1],
      [0, 1, 0, 1, 1, 2, 2],
    ]);
    expect(executionPath(circle, { arrival: 0, latency: 2, lastStep: 1 }, 1).critical).toHaveLength(
      2,
    );
  });
});
