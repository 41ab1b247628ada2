/**
 * Verdicts on runs whose executions are laid out by hand.
 */

import { describe, expect, test } from "vitest";
import { Measurements } from "../../../src/experiment/measurements.ts";
import { areStable, judgeStability } from "../../../src/experiment/stability.ts";
import { type EndStatus, endedExecution } from "./executions.ts";

interface Run {
  readonly executions?: number;
  /** By number: how long it took, in seconds; one arrives every second. */
  readonly latency: (index: number) => number;
  readonly status?: (index: number) => EndStatus;
  readonly users?: number;
  readonly isCutOff?: boolean;
}

/** Regular arrivals, so that executions in flight follow the latencies alone. */
function judge(run: Run) {
  const { executions = 200, latency, status = () => "completed" } = run;
  const { users = Infinity, isCutOff = false } = run;
  const measurements = new Measurements(1, () => true);
  for (let index = 0; index < executions; index++) {
    const span = [index, index + latency(index)] as const;
    measurements.addExecution(endedExecution(index, span, { status: status(index) }));
  }
  return judgeStability({
    measurements,
    window: { start: 0, end: executions },
    ...{ users, isCutOff },
  } as Parameters<typeof judgeStability>[0]);
}

const stable = { isStable: true, isShort: false };
const unstable = { isStable: false, isShort: false };
const short = { isStable: false, isShort: true };

/** Around 20 s, back and forth. */
const steady = (index: number) => 20 + 5 * Math.sin(index);

describe("judgeStability", () => {
  test("accepts a steady run", () => expect(judge({ latency: steady })).toMatchObject(stable));

  test("refuses a run that was cut off, however steady", () => {
    expect(judge({ latency: steady, isCutOff: true })).toMatchObject(unstable);
  });

  test("does not take the filling of an empty cluster for growth", () => {
    // In flight rises from 1 to 60 over the first minute, then stays.
    expect(judge({ latency: (index) => 60 + Math.sin(index) })).toMatchObject(stable);
  });

  test("refuses growth", () => {
    expect(judge({ latency: (index) => 1 + 0.3 * index })).toMatchObject(unstable);
  });

  test("knows that a closed loop does not grow, but asks the rest of it", () => {
    const users = 100;
    expect(judge({ latency: (index) => 1 + 0.3 * index, users })).toMatchObject(stable);
    expect(judge({ latency: () => 150, users })).toMatchObject(short);
    const status = (index: number) => (index % 10 === 0 ? "failed" : "completed");
    expect(judge({ latency: steady, status, users })).toMatchObject(unstable);
  });

  test("refuses a run that lets executions fail or stay, beyond 2 %", () => {
    const part = (fraction: number, status: EndStatus) => (index: number) =>
      index % Math.round(1 / fraction) === 7 ? status : "completed";
    expect(judge({ latency: steady, status: part(0.01, "failed") })).toMatchObject(stable);
    expect(judge({ latency: steady, status: part(0.04, "failed") })).toMatchObject(unstable);
    expect(judge({ latency: steady, status: part(0.04, "unfinished") })).toMatchObject(unstable);
  });

  test("cannot tell where filling takes more than half of the run", () => {
    expect(judge({ executions: 30, latency: steady })).toMatchObject(short);
    expect(judge({ latency: () => 150 })).toMatchObject(short);
  });

  test("refuses a run of nothing", () => {
    expect(judge({ executions: 0, latency: steady }).isStable).toBe(false);
  });
});

describe("areStable", () => {
  const evidence = { arrived: 100, completed: 100, isShort: false };
  const rising = { ...evidence, inFlight: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] };
  const falling = { ...rising, inFlight: rising.inFlight.toReversed() };

  test("judges replications by what they show together", () => {
    expect(areStable([rising])).toBe(false);
    expect(areStable([rising, falling])).toBe(true);
    expect(areStable([rising, rising, falling])).toBe(false);
    // One too short to see growth in says nothing about it.
    expect(areStable([rising, { ...evidence, inFlight: [] }])).toBe(false);
    expect(areStable([{ ...evidence, inFlight: [] }])).toBe(true);
  });

  test("counts the executions of all", () => {
    const lossy = { ...falling, completed: 97 };
    expect(areStable([lossy])).toBe(false);
    expect(areStable([lossy, falling])).toBe(true);
  });

  test("asks of each that most of it shows more than the filling", () => {
    expect(areStable([falling, { ...falling, isShort: true }])).toBe(false);
  });
});
