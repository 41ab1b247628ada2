/**
 * The Aggregate LLM Pipeline on figures that can be worked out by hand.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HIGHEST_LOAD } from "../../../src/llm/profile-table.ts";
import { predictPipeline } from "../../../src/predictor/aggregate-llm-pipeline.ts";
import { problemOf } from "../planner/problems.ts";
import { onShares, onWholeGpus } from "./deployments.ts";
import { flatProfile, scalingProfile } from "./profiles.ts";

/** Six calls, two at a time, of two seconds; then one of five. */
const two = (rate: number) =>
  problemOf(
    [
      { name: "a", use: { calls: 6, parallelism: 2 }, profile: flatProfile(2, 12) },
      { name: "b", profile: flatProfile(5, 4) },
    ],
    onWholeGpus([1, 1]).cluster,
    rate,
  );

describe("the pipeline", () => {
  test("adds n/p calls of every LLM, and no tools", () => {
    const [prediction] = predictPipeline(two(1), onWholeGpus([1, 1]));
    const { latencyMean, toolSeconds, stages } = prediction!;
    expect(stages.map(({ latency }) => latency)).toEqual([6, 5]);
    expect(stages.map(({ callLatency }) => callLatency)).toEqual([2, 5]);
    expect([latencyMean, toolSeconds]).toEqual([11, 0]);
  });

  test("saturates with its first stage", () => {
    const [prediction] = predictPipeline(two(1), onWholeGpus([1, 1]));
    expect(prediction!.stages.map(({ throughputMax }) => throughputMax)).toEqual([2, 4]);
    expect(prediction!.throughputMax).toBe(2);
    expect(predictPipeline(two(0.1), onWholeGpus([1, 1]))[0]!.throughputMax).toBeCloseTo(2, 12);
    expect(predictPipeline(two(1), onWholeGpus([3, 1]))[0]!.throughputMax).toBe(4);
  });

  test("has no latency past the highest load of any stage", () => {
    const at = (rate: number) => predictPipeline(two(rate), onWholeGpus([1, 1]))[0]!.latencyMean;
    expect(at(2 * HIGHEST_LOAD - 1e-9)).toBe(11);
    expect(at(2 * HIGHEST_LOAD + 1e-9)).toBe(Infinity);
  });
});

describe("a stage", () => {
  const stageAt = (rate: number, shares: readonly number[], calls = 1) => {
    const deployment = onShares([shares]);
    const llm = { name: "llm", use: { calls }, profile: scalingProfile(10, 1) };
    return predictPipeline(problemOf([llm], deployment.cluster, rate), deployment)[0]!.stages[0]!;
  };

  test("of n replicas at n times the rate is that of one", () => {
    const single = stageAt(3, [1], 2);
    const four = stageAt(12, [1, 1, 1, 1], 2);
    expect(four.callLatency).toBeCloseTo(single.callLatency, 12);
    expect(four.throughputMax).toBeCloseTo(4 * single.throughputMax, 12);
  });

  test("reads the curve at the call rate, between its points too", () => {
    expect(stageAt(2.5, [1]).callLatency).toBeCloseTo(1 / 0.75, 12);
    expect(stageAt(3.5, [1]).callLatency).toBeCloseTo(1 / 0.65, 12);
  });

  test("splits calls over unlike instances by what each sustains", () => {
    const stage = stageAt(0.25 * 15, [1, 0.5]);
    expect(stage.throughputMax).toBe(15);
    // Both at a quarter of their peak: two thirds of the calls at 1, one third at twice as long.
    expect(stage.callLatency).toBeCloseTo((2 / 3 + (1 / 3) * 2) / 0.75, 12);
  });

  test("never gets faster with the rate, nor slower with another replica", () => {
    const rates = fc.double({ min: 0, max: 9, noNaN: true });
    const share = fc.constantFrom(0.25, 0.5, 1);
    const count = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(rates, rates, share, count, (a, b, part, replicas) => {
        const at = (rate: number, more: number) =>
          stageAt(rate, new Array<number>(replicas + more).fill(part)).callLatency;
        const [slow, fast] = [Math.min(a, b), Math.max(a, b)];
        expect(at(slow, 0)).toBeLessThanOrEqual(at(fast, 0) * (1 + 1e-12));
        expect(at(slow, 1)).toBeLessThanOrEqual(at(slow, 0) * (1 + 1e-12));
      }),
    );
  });
});
