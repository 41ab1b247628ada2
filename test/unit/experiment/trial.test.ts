/**
 * Trials of a small deployment below and above what it sustains.
 */

import { describe, expect, test } from "vitest";
import { measure } from "../../../src/experiment/evaluation.ts";
import { runTrial, type Trial } from "../../../src/experiment/trial.ts";
import { poissonGaps } from "../../../src/workflow/arrivals.ts";
import { createProgramSource } from "../../../src/workflow/mix.ts";
import { testCluster, testEngine } from "../fixtures.ts";
import { layered } from "../planner/problems.ts";
import { always, call, spread, workflowOf } from "../workflow/programs.ts";

const cluster = testCluster(1, 1);
const llm = { name: "a", model: layered("small", 0.25), engine: { ...testEngine, maxNumSeqs: 4 } };

const trial: Trial = {
  workflow: workflowOf([call({ prompt: spread, output: always(40) })]),
  deployment: { cluster, llms: [{ ...llm, instances: [{ gpus: cluster.gpus, share: 1 }] }] },
  rate: 1,
  seed: 1,
};

describe("a run with a limit of executions in flight", () => {
  const measured = (maxInFlight: number, rate = 1000, goesOn = false) =>
    measure({
      ...trial,
      source: createProgramSource(trial.workflow, 1, "evaluate").source,
      arrivals: {
        ...{ kind: "open", rate, goesOn },
        unitGap: poissonGaps(1, "evaluate"),
        limit: { executions: 400 },
        maxInFlight,
      },
      warmup: { fraction: 0.1 },
      isStepwise: false,
      onProgress: () => {},
    });

  test("ends at the arrival that finds so many", () => {
    const { isCutOff, measurements, endTime, window } = measured(100);
    expect(isCutOff).toBe(true);
    expect(measurements.counts.unfinished).toBeLessThanOrEqual(101);
    expect(measurements.counts.arrived).toBeLessThan(360);
    expect(endTime).toBe(window.end);
  });

  test("may end before anything is measured", () => {
    const { isCutOff, measurements } = measured(10);
    expect([isCutOff, measurements.counts.arrived]).toEqual([true, 0]);
  });

  test("ends even where these come while it drains", () => {
    expect(measured(500).isCutOff).toBe(false);
    const { isCutOff, measurements, endTime, window } = measured(500, 1000, true);
    expect([isCutOff, measurements.counts.arrived]).toEqual([true, 360]);
    expect(measurements.counts.unfinished).toBeGreaterThan(0);
    expect(endTime).toBeGreaterThan(window.end);
    expect(endTime).toBeLessThan(1.5 * window.end);
  });

  test("is the same as without one that is never reached", () => {
    const { isCutOff, measurements } = measured(400, 5);
    expect([isCutOff, measurements.counts.completed]).toEqual([false, 360]);
    expect(measurements.latencies).toEqual(measured(Infinity, 5).measurements.latencies);
  });
});

describe("a run whose arrivals go on", () => {
  const measured = (executions: number, goesOn: boolean, firsts = Infinity) => {
    const latencies: number[] = [];
    const run = measure({
      ...trial,
      source: createProgramSource(trial.workflow, 1, "evaluate").source,
      arrivals: {
        ...{ kind: "open", rate: 20, goesOn, limit: { executions } },
        unitGap: poissonGaps(1, "evaluate"),
      },
      warmup: { fraction: 0 },
      isStepwise: false,
      onProgress: () => {},
      observer: {
        onCallEnd: () => {},
        onExecutionEnd: ({ drawn, arrivalTime, endTime }) => {
          if (drawn.index < firsts) latencies[drawn.index] = endTime - arrivalTime;
        },
      },
    });
    return { run, latencies };
  };

  test("measures what a longer run shows of the same executions, to the tick", () => {
    const { run, latencies } = measured(300, true);
    expect(run.measurements.counts).toMatchObject({ arrived: 300, completed: 300 });
    expect(latencies).toEqual(measured(900, false, 300).latencies);
    // Where arrivals stop, the last ones meet an emptier replica.
    const stopped = measured(300, false);
    expect(latencies).not.toEqual(stopped.latencies);
    expect(run.window).toEqual(stopped.run.window);
  });
});

describe("runTrial", () => {
  const low = runTrial(trial);
  // Four at a time, each about as long as alone.
  const capacity = 4 / low.latencyMean!;

  test("measures a light load", () => {
    expect(low.isStable).toBe(true);
    expect(Math.abs(low.throughput! - 1)).toBeLessThan(0.1);
    const [from, to] = low.latencyInterval!;
    expect(from < low.latencyMean! && low.latencyMean! < to).toBe(true);
    expect(low.latencyP95!).toBeGreaterThan(low.latencyMean!);
  });

  test("tells what is sustained from what is not, for any executions", () => {
    for (const seed of [1, 2, 3]) {
      const stableAt = (load: number) =>
        runTrial({ ...trial, seed, rate: load * capacity }).isStable;
      expect([stableAt(0.5), stableAt(0.75)], `seed ${seed}`).toEqual([true, true]);
      expect([stableAt(1.2), stableAt(3)], `seed ${seed}`).toEqual([false, false]);
    }
  });

  test("gives the same for a copy, as a thread gets it", () => {
    expect(runTrial(structuredClone(trial))).toEqual(low);
  });

  test("has no latency where every execution fails", () => {
    const { workflow } = trial;
    const tooLong = { ...workflow, steps: [call({ prompt: always(1e6) })] };
    const { isStable, latencyMean } = runTrial({ ...trial, workflow: tooLong });
    expect([isStable, latencyMean]).toEqual([false, null]);
  });

  test("shows single executions where asked to, of as many as come at most", () => {
    const { executions, latencyMean } = runTrial({
      ...trial,
      mostExecutions: 200,
      showsExecutions: true,
    });
    const { workflows, latencies, llmTimes } = executions!;
    expect(latencies).toHaveLength(180);
    expect(new Set(workflows)).toEqual(new Set([0]));
    expect(latencies.reduce((sum, latency) => sum + latency, 0) / 180).toBeCloseTo(latencyMean!, 9);
    for (const [index, time] of llmTimes[0]!.entries()) {
      expect(time).toBeGreaterThan(0);
      expect(time).toBeLessThanOrEqual(latencies[index]!);
    }
    expect(low.executions).toBeUndefined();
  });
});
