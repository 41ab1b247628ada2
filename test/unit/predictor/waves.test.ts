/**
 * Waves of executions between two LLMs: growing where both lose much of their time to prefill and
 * executions go round, and nowhere else.
 */

import { describe, expect, test } from "vitest";
import type { LlmProfile } from "../../../src/llm/profile-table.ts";
import { ALL_CORRECTIONS } from "../../../src/predictor/corrections.ts";
import { type PredictionProblem, tracedWorkflow } from "../../../src/predictor/prediction.ts";
import { SteadyState } from "../../../src/predictor/steady-state.ts";
import { findWaves } from "../../../src/predictor/waves.ts";
import type { ExecutionTrace } from "../../../src/workflow/trace.ts";
import { testGpu } from "../fixtures.ts";
import { onWholeGpus } from "./deployments.ts";
import { sizeProfile } from "./profiles.ts";
import { recorded, traceOf } from "./traces.ts";

/** Calls in turns, as many rounds as asked for; lengths are exponential, of a second on average. */
function rounds(count: number, llms: readonly number[]): ExecutionTrace[] {
  return Array.from({ length: 20 }, (_, execution) => {
    let time = 0;
    const calls = Array.from({ length: count * llms.length }, (_, turn) => {
      const begin = time;
      time -= Math.log(1 - ((0.5 + 0.618034 * (turn + 31 * execution)) % 1));
      return recorded(begin, time, { llm: llms[turn % llms.length]! });
    });
    return traceOf(calls);
  });
}

/** Ten calls a second at most; `lost` of the time goes to prefill then, less at lower loads. */
function profileOf(lost: number): LlmProfile {
  const size = sizeProfile({ gpu: testGpu.name, tp: 1, share: 1 }, 10, (load) => 1 + load);
  const points = size.points.map((point) => {
    const busy = lost * (point.callRate / 10);
    const use = point.use!;
    const demand = { ...use.prefill.demand, iterationTime: 80 };
    // Iterations with prefill are long, so all of their time is lost.
    const prefill = { ...use.prefill, busy, demand };
    return { ...point, use: { prefill, decode: { ...use.decode, busy: 1 - busy } } };
  });
  return { sizes: [{ ...size, points }] };
}

function problemOf(traces: readonly ExecutionTrace[], lost: readonly number[]): PredictionProblem {
  const workflow = { name: "test", rate: 1, ...tracedWorkflow(traces, lost.length) };
  return { profiles: lost.map(profileOf), workflows: [workflow] };
}

/** Peak in calls per second of each LLM. */
function peakOf(traces: readonly ExecutionTrace[], lost: readonly number[], waves = true): number {
  const problem = problemOf(traces, lost);
  const deployment = onWholeGpus(lost.map(() => 1));
  const state = new SteadyState(problem, deployment, { ...ALL_CORRECTIONS, waves });
  return state.peakFactor() * problem.workflows[0]!.statistics.llms[0]!.calls;
}

/** By LLM, at so many calls per second of each. */
function crowdingAt(calls: number, traces: readonly ExecutionTrace[], lost: readonly number[]) {
  const problem = problemOf(traces, lost);
  const state = new SteadyState(problem, onWholeGpus(lost.map(() => 1)), ALL_CORRECTIONS);
  state.settle(calls / problem.workflows[0]!.statistics.llms[0]!.calls);
  return findWaves(problem, state.groups).crowding;
}

describe("waves", () => {
  const round = rounds(12, [0, 1]);

  test("bound the peak of LLMs in turns that both lose time to prefill", () => {
    expect(peakOf(round, [0.7, 0.7], false)).toBeCloseTo(10, 1);
    expect(peakOf(round, [0.7, 0.7])).toBeLessThan(8.5);
  });

  test("come the later the less time is lost", () => {
    const peaks = [0.8, 0.65, 0.1].map((lost) => peakOf(round, [lost, lost]));
    expect(peaks[0]).toBeLessThan(peaks[1]!);
    expect(peaks[1]).toBeLessThan(peaks[2]!);
    expect(peaks[2]).toBeCloseTo(10, 1);
  });

  test("need both LLMs", () => {
    expect(peakOf(round, [0.7, 0])).toBeCloseTo(10, 1);
  });

  test("need executions that come back", () => {
    expect(peakOf(rounds(1, [0, 1]), [0.7, 0.7])).toBeCloseTo(10, 1);
  });
});

describe("crowding", () => {
  const round = rounds(12, [0, 1]);

  test("is none where nothing slows decoding down", () => {
    for (const crowding of crowdingAt(8, round, [0, 0])) expect(crowding).toBeCloseTo(1, 9);
  });

  test("grows towards the rate at which waves do", () => {
    const peak = peakOf(round, [0.7, 0.7]);
    const parts = [0.1, 0.5, 0.8, 0.95, 0.99];
    const crowding = parts.map((part) => crowdingAt(part * peak, round, [0.7, 0.7])[0]!);
    expect(crowding).toEqual(crowding.toSorted((a, b) => a - b));
    expect(crowding[0]).toBeLessThan(1.1);
    expect(crowding.at(-1)).toBeGreaterThan(5);
  });
});
