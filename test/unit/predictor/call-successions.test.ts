/** Which calls follow which, on executions written by hand. */

import { describe, expect, test } from "vitest";
import { callSuccessions } from "../../../src/predictor/call-successions.ts";
import { retimable } from "../../../src/predictor/retiming.ts";
import { recorded, traceOf } from "./traces.ts";

const successionsOf = (...traces: ReturnType<typeof traceOf>[]) =>
  callSuccessions(traces.map(retimable));

describe("callSuccessions", () => {
  test("follow a call through the tool that it starts", () => {
    const found = successionsOf(
      traceOf([recorded(0, 2, { firstToken: 0.5 }), recorded(5, 6, { llm: 1 })], [[2.25, 4]]),
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ from: 0, to: 1, perExecution: 1 });
    // 0.25 s to the tool, 1.75 s of it, 1 s after it.
    expect(found[0]!.delays.bounds[0]).toBeCloseTo(3, 12);
    expect(found[0]!.decodes.bounds[0]).toBeCloseTo(1.5, 12);
  });

  test("start with what ended last of a fan-out", () => {
    const found = successionsOf(
      traceOf([
        recorded(0, 2),
        recorded(2, 4, { llm: 1 }),
        recorded(2, 7, { llm: 2 }),
        recorded(7, 8),
      ]),
    );
    const pairs = found.map(({ from, to }) => [from, to]);
    expect(pairs).toEqual([
      [0, 1],
      [0, 2],
      [2, 0],
    ]);
  });

  test("are distributions over all executions", () => {
    const gaps = Array.from({ length: 65 }, (_, gap) => gap);
    const found = successionsOf(
      ...gaps.map((gap) => traceOf([recorded(0, 1), recorded(1 + gap, 2 + gap)])),
      traceOf([recorded(0, 1)]),
    );
    expect(found[0]!.perExecution).toBeCloseTo(65 / 66, 12);
    expect([...found[0]!.delays.bounds]).toEqual(gaps.filter((gap) => gap % 4 === 0));
  });

  test("are none where calls do not follow one another", () => {
    expect(successionsOf(traceOf([recorded(0, 1)]), traceOf([], [[0, 1]]))).toEqual([]);
  });
});
