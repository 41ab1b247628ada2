/**
 * Arrival of executions: limits, rate, and the same executions in the same order at any rate.
 */

import { describe, expect, test } from "vitest";
import { Simulation } from "../../../src/engine/simulation.ts";
import { toSeconds } from "../../../src/engine/ticks.ts";
import {
  type ArrivalLimit,
  type ArrivalProcess,
  type ArrivalTimes,
  drawProcess,
  poissonGaps,
  processTimes,
  recordedTimes,
  scheduleArrivals,
} from "../../../src/workflow/arrivals.ts";

interface Arrived {
  readonly executions: number[];
  readonly times: number[];
  lastSeenAt: number;
  lastSeen: number;
}

function arrivals(rate: number, limit: ArrivalLimit, unitGap = poissonGaps(1, "evaluate")) {
  return arrivalsAt(processTimes({ rate, unitGap, limit }));
}

function arrivalsAt(timeOf: ArrivalTimes) {
  const simulation = new Simulation();
  const arrived: Arrived = { executions: [], times: [], lastSeenAt: -1, lastSeen: 0 };
  scheduleArrivals({
    simulation,
    timeOf,
    onArrival: (execution) => {
      arrived.executions.push(execution);
      arrived.times.push(toSeconds(simulation.now));
    },
    onLast: () => {
      arrived.lastSeen++;
      arrived.lastSeenAt = toSeconds(simulation.now);
    },
  });
  simulation.run();
  return arrived;
}

describe("scheduleArrivals", () => {
  test("stops after a number of executions, numbered from 0", () => {
    const { executions, times, lastSeen, lastSeenAt } = arrivals(2, { executions: 4 }, () => 1);
    expect(executions).toEqual([0, 1, 2, 3]);
    expect(times).toEqual([0.5, 1, 1.5, 2]);
    expect([lastSeen, lastSeenAt]).toEqual([1, 2]);
  });

  test("stops after a span of time", () => {
    const { times } = arrivals(2, { duration: 1.75 }, () => 1);
    expect(times).toEqual([0.5, 1, 1.5]);
    expect(arrivals(2, { duration: 1.5 }, () => 1).times).toHaveLength(3);
  });

  test("may have none at all", () => {
    const none = arrivals(1, { duration: 0.5 }, () => 1);
    expect([none.executions, none.lastSeen]).toEqual([[], 1]);
    expect(arrivals(1, { executions: 0 }).executions).toEqual([]);
  });

  test("comes at the rate asked for, gaps exponential", () => {
    const count = 20_000;
    const { times } = arrivals(4, { executions: count });
    const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / count;
    // The standard error of the mean of exponentials is mean/√count.
    expect(Math.abs(mean - 0.25)).toBeLessThan((4 * 0.25) / Math.sqrt(count));
    const longer = gaps.filter((gap) => gap > 0.25).length / count;
    expect(Math.abs(longer - Math.exp(-1))).toBeLessThan(4 * Math.sqrt(0.2325 / count));
  });

  test("only stretches time at another rate", () => {
    const slow = arrivals(1, { executions: 500 });
    const fast = arrivals(10, { executions: 500 });
    expect(fast.executions).toEqual(slow.executions);
    fast.times.forEach((time, index) => {
      expect(Math.abs(10 * time - slow.times[index]!)).toBeLessThan(1e-8);
    });
  });
});

describe("recordedTimes", () => {
  test("come as they were, with one pending at a time", () => {
    const { executions, times, lastSeen, lastSeenAt } = arrivalsAt(recordedTimes([0, 0, 1.5]));
    expect(executions).toEqual([0, 1, 2]);
    expect(times).toEqual([0, 0, 1.5]);
    expect([lastSeen, lastSeenAt]).toEqual([1, 1.5]);
    expect(arrivalsAt(recordedTimes(new Float64Array(0))).executions).toEqual([]);
  });
});

describe("poissonGaps", () => {
  test("depends on seed and family", () => {
    const first = (seed: number, family: string) => poissonGaps(seed, family)();
    expect(first(1, "evaluate")).toBe(first(1, "evaluate"));
    expect(new Set([first(1, "evaluate"), first(2, "evaluate"), first(1, "profile")]).size).toBe(3);
  });
});

describe("a process", () => {
  const times = (process: ArrivalProcess, count = 20_000) => {
    const timeOf = processTimes({
      rate: 4,
      ...drawProcess(process, 1, "evaluate"),
      limit: { executions: count },
    });
    return Array.from({ length: count }, (_, index) => timeOf(index)!);
  };
  const gapsOf = (process: ArrivalProcess) => {
    const at = times(process);
    return at.slice(1).map((time, index) => time - at[index]!);
  };
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const variation = (values: readonly number[]) => {
    const average = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - average) ** 2))) / average;
  };

  test.each([
    [{ kind: "poisson" }, 1],
    [{ kind: "gamma", cv: 0.5 }, 0.5],
    [{ kind: "gamma", cv: 3 }, 3],
  ] as const)("%o has gaps of its mean and variation", (process, cv) => {
    const gaps = gapsOf(process);
    expect(mean(gaps) * 4).toBeCloseTo(1, cv > 1 ? 0 : 1);
    expect(variation(gaps) / cv).toBeCloseTo(1, 1);
  });

  test("constant has gaps that are all the same", () => {
    expect(times({ kind: "constant" }, 4)).toEqual([0.25, 0.5, 0.75, 1]);
  });

  test("of bursts has its mean rate, and more in them than a Poisson process", () => {
    const steps = [
      { level: 1, duration: 9 },
      { level: 11, duration: 1 },
    ];
    const at = times({ kind: "bursts", steps });
    expect(at.at(-1)! / 5000).toBeCloseTo(1, 0);
    const counts = new Array<number>(Math.ceil(at.at(-1)!)).fill(0);
    for (const time of at) counts[Math.floor(time)]!++;
    const variance = mean(counts.map((count) => (count - mean(counts)) ** 2));
    // A Poisson process has an index of dispersion of 1.
    expect(variance / mean(counts)).toBeGreaterThan(5);
  });

  test("of steps has its mean rate over a cycle, and the levels within", () => {
    const steps = [
      { level: 1, duration: 30 },
      { level: 0, duration: 10 },
      { level: 5, duration: 20 },
    ];
    const at = times({ kind: "steps", steps });
    const phases = at.map((time) => time % 60);
    const between = (low: number, high: number) =>
      phases.filter((phase) => phase > low && phase < high).length;
    expect(at.at(-1)! / 5000).toBeCloseTo(1, 1);
    expect(between(30, 40)).toBe(0);
    // 20 s at level 5 beside 30 s at level 1.
    expect(between(40, 60) / between(0, 30)).toBeCloseTo(100 / 30, 0);
  });
});
