/**
 * What is gathered of executions that end, with the warm-up left out.
 */

import { describe, expect, test } from "vitest";
import { Measurements } from "../../../src/experiment/measurements.ts";
import type { Request } from "../../../src/serving/request.ts";
import { endedExecution, endedRequest } from "./executions.ts";

const times = { submit: 2, arrival: 2.25, start: 3.25, firstToken: 3.75, finish: 7.75, end: 8 };

const afterFirst = () => new Measurements(2, ({ drawn }) => drawn.index > 0);

describe("executions", () => {
  test("count after the warm-up, completions always", () => {
    const measurements = afterFirst();
    measurements.addExecution(endedExecution(0, [0, 5]));
    measurements.addExecution(endedExecution(1, [1, 6]));
    measurements.addExecution(endedExecution(2, [2, 4], { status: "failed" }));
    measurements.addExecution(endedExecution(3, [3, 0], { status: "unfinished" }));
    expect(measurements.counts).toEqual({ arrived: 3, completed: 1, failed: 1, unfinished: 1 });
    expect([...measurements.latencies]).toEqual([5]);
    expect(measurements.completionsIn(0, 10)).toBe(2);
    expect(measurements.completionsIn(5, 6)).toBe(1);
    expect(measurements.completionsIn(4, 5)).toBe(1);
  });

  test("are put in order of arrival", () => {
    const measurements = afterFirst();
    measurements.addExecution(endedExecution(3, [3, 4]));
    measurements.addExecution(endedExecution(1, [1, 9]));
    measurements.addExecution(endedExecution(2, [2, 5]));
    expect([...measurements.latencies]).toEqual([8, 3, 1]);
  });

  test("are in flight from arrival to end", () => {
    const measurements = afterFirst();
    for (const [index, end] of [
      [1, 1.5],
      [2, 9],
      [3, 4],
      [5, 9],
    ] as const) {
      measurements.addExecution(endedExecution(index, [index, end]));
    }
    measurements.addExecution(endedExecution(4, [4, 0], { status: "unfinished" }));
    // At 4 the third ends as the fourth arrives; the fourth never ends.
    expect([...measurements.inFlightAtArrivals(0)]).toEqual([1, 1, 2, 2, 3]);
    expect([...measurements.inFlightAtArrivals(3.5)]).toEqual([2, 3]);
  });
});

describe("calls", () => {
  const measure = (...requests: Request[]) => {
    const measurements = afterFirst();
    for (const request of requests) measurements.addCall(endedExecution(1, [0, 9]), request);
    return measurements;
  };

  test("have TTFT from submission, TPOT over the gaps, and queueing from arrival", () => {
    const { llms } = measure(endedRequest(times, { cachedTokens: 40 }));
    expect(llms[0]).toMatchObject({ calls: 1, promptTokens: 100, cachedTokens: 40 });
    const { ttft, queue, tpot } = llms[0]!;
    expect([ttft, queue, tpot].map(({ values }) => [...values])).toEqual([[1.75], [1], [0.4]]);
    expect(llms[1]!.calls).toBe(0);
  });

  test("of one token have no TPOT", () => {
    expect(measure(endedRequest(times, { outputTokens: 1 })).llms[0]!.tpot).toHaveLength(0);
  });

  test("that failed, or of the warm-up, do not count", () => {
    expect(measure(endedRequest(times, { status: "failed" })).llms[0]!.calls).toBe(0);
    const measurements = afterFirst();
    measurements.addCall(endedExecution(0, [0, 9]), endedRequest(times));
    expect(measurements.llms[0]!.calls).toBe(0);
  });
});

test("time shares are parts of the summed call durations, tools apart", () => {
  const measurements = afterFirst();
  const long = { ...times, submit: 0, end: 9 };
  const steps = [
    { start: 0, end: 9, request: endedRequest(long) },
    { start: 5, end: 8, request: endedRequest({ ...times, submit: 5 }, { llm: 1 }) },
    { start: 9, end: 12, last: 0 },
  ];
  measurements.addExecution(endedExecution(1, [0, 12], { steps }));
  expect(measurements.llms.map(({ timeShares }) => [...timeShares.values])).toEqual([
    [0.75],
    [0.25],
  ]);
  expect([...measurements.toolShares.values]).toEqual([0.25]);
});
