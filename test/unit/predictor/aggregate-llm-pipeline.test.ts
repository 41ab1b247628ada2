/**
 * The Aggregate LLM Pipeline on figures that can be worked out by hand.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HIGHEST_LOAD } from "../../../src/llm/profile-table.ts";
import {
  predictStage,
  predictWorkflow,
  type ReplicaGroup,
} from "../../../src/predictor/aggregate-llm-pipeline.ts";
import type { LlmStatistics } from "../../../src/predictor/trace-statistics.ts";
import { flatProfile, scalingProfile } from "./profiles.ts";

const use = (calls: number, parallelism = 1): LlmStatistics => ({
  calls,
  parallelism,
  callDuration: 1,
  promptTokens: 100,
  outputTokens: 10,
  contextTokensPeak: 110,
  contextTokens: 500,
  contextTokenSeconds: 110 * calls,
});

const one: ReplicaGroup = { tp: 1, share: 1, replicas: 1 };

describe("predictWorkflow", () => {
  const statistics = { llms: [use(6, 2), use(1)], toolSeconds: 3, executions: 10, latencyMean: 9 };
  const profiles = [flatProfile(2, 12), flatProfile(5, 4)];

  test("adds n/p calls of every LLM and the tools", () => {
    const { latencyMean, toolSeconds, stages } = predictWorkflow(
      statistics,
      profiles,
      [[one], [one]],
      1,
    );
    expect(stages.map(({ latency }) => latency)).toEqual([6, 5]);
    expect(stages.map(({ callLatency }) => callLatency)).toEqual([2, 5]);
    expect(stages.map(({ callRate }) => callRate)).toEqual([6, 1]);
    expect([latencyMean, toolSeconds]).toEqual([14, 3]);
  });

  test("saturates with its first stage", () => {
    const groups = [[one], [one]];
    const prediction = predictWorkflow(statistics, profiles, groups, 1);
    expect(prediction.stages.map(({ throughputMax }) => throughputMax)).toEqual([2, 4]);
    expect(prediction.throughputMax).toBe(2);
    const doubled = predictWorkflow(statistics, profiles, [[{ ...one, replicas: 3 }], [one]], 1);
    expect(doubled.throughputMax).toBe(4);
  });

  test("has no latency past the highest load of any stage", () => {
    const groups = [[one], [one]];
    const at = (rate: number) => predictWorkflow(statistics, profiles, groups, rate).latencyMean;
    expect(at(2 * HIGHEST_LOAD - 1e-9)).toBe(14);
    expect(at(2 * HIGHEST_LOAD + 1e-9)).toBe(Infinity);
  });
});

describe("predictStage", () => {
  const profile = scalingProfile(10, 1);

  test("of n replicas at n times the rate is that of one", () => {
    const single = predictStage(use(2), profile, [one], 3);
    const four = predictStage(use(2), profile, [{ ...one, replicas: 4 }], 12);
    expect(four.callLatency).toBeCloseTo(single.callLatency, 12);
    expect(four.throughputMax).toBeCloseTo(4 * single.throughputMax, 12);
  });

  test("reads the curve at the call rate, straight between its points", () => {
    expect(predictStage(use(1), profile, [one], 2.5).callLatency).toBeCloseTo(1 / 0.75, 12);
    const middle = (1 / 0.75 + 1 / 0.55) / 2;
    expect(predictStage(use(1), profile, [one], 3.5).callLatency).toBeCloseTo(middle, 12);
  });

  test("stretches time for a share of a GPU", () => {
    const half = predictStage(use(1), profile, [{ ...one, share: 0.5 }], 1.25);
    expect(half.callLatency).toBeCloseTo(2 / 0.75, 12);
    expect(half.throughputMax).toBe(5);
  });

  test("splits calls over unlike instances by what each sustains", () => {
    const mixed = [one, { ...one, share: 0.5 }];
    const stage = predictStage(use(1), profile, mixed, 0.25 * 15);
    expect(stage.throughputMax).toBe(15);
    // Both at a quarter of their peak: two thirds of the calls at 1, one third at twice as long.
    expect(stage.callLatency).toBeCloseTo((2 / 3 + (1 / 3) * 2) / 0.75, 12);
  });

  test("never gets faster with the rate, nor slower with another replica", () => {
    const rates = fc.double({ min: 0, max: 9, noNaN: true });
    const sizes = fc.record({
      tp: fc.constantFrom(1, 2, 4),
      share: fc.constantFrom(0.25, 0.5, 1),
      replicas: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(rates, rates, sizes, (a, b, group) => {
        const at = (rate: number, groups: ReplicaGroup[]) =>
          predictStage(use(1), profile, groups, rate).callLatency;
        const [slow, fast] = [Math.min(a, b), Math.max(a, b)];
        expect(at(slow, [group])).toBeLessThanOrEqual(at(fast, [group]) * (1 + 1e-12));
        const more = [{ ...group, replicas: group.replicas + 1 }];
        expect(at(slow, more)).toBeLessThanOrEqual(at(slow, [group]) * (1 + 1e-12));
      }),
    );
  });
});
