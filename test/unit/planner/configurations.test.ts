/**
 * The ways to serve one LLM that a planner chooses from.
 */

import { describe, expect, test } from "vitest";
import { weightBytes } from "../../../src/llm/model.ts";
import {
  type Configuration,
  configurations,
  GRANULES_PER_GPU,
  tpDegrees,
  wholeSpace,
} from "../../../src/planner/configurations.ts";
import { HEADROOM } from "../../../src/planner/planner.ts";
import { predictStage } from "../../../src/predictor/aggregate-llm-pipeline.ts";
import { testCluster, testGpu } from "../fixtures.ts";
import { scalingProfile } from "../predictor/profiles.ts";
import { layered, type ProblemLlm, problemOf } from "./problems.ts";

/** The configurations of one LLM on so many GPUs. */
function configure(llm: Partial<ProblemLlm>, rate: number, gpus = 4) {
  const problem = problemOf([{ name: "llm", ...llm }], testCluster(1, gpus), rate);
  return { problem, found: configurations(problem, 0, wholeSpace(problem)) };
}

const sizes = (found: readonly Configuration[]) =>
  found.map(({ tp, share, replicas }) => `${tp}x${share}x${replicas}`);

describe("tpDegrees", () => {
  test("are powers of two up to the largest fast domain", () => {
    const degrees = (nodes: number, gpus: number, domainSize: number) =>
      tpDegrees(testCluster(nodes, gpus, { ...testGpu, domainSize }).gpus);
    expect(degrees(1, 1, 8)).toEqual([1]);
    expect(degrees(4, 4, 8)).toEqual([1, 2, 4]);
    expect(degrees(1, 7, 8)).toEqual([1, 2, 4]);
    expect(degrees(2, 8, 1)).toEqual([1]);
    expect(degrees(2, 16, 8)).toEqual([1, 2, 4, 8]);
  });
});

describe("configurations", () => {
  test("have parts of GPUs for a single instance only", () => {
    const { found } = configure({}, 1);
    expect(found.some(({ share }) => share < 1)).toBe(true);
    expect(found.some(({ replicas }) => replicas > 1)).toBe(true);
    for (const { share, replicas } of found) {
      if (share < 1) expect(replicas).toBe(1);
    }
  });

  test("fit the cluster, and count what they take", () => {
    const { found } = configure({}, 1);
    for (const { tp, share, replicas, granules } of found) {
      expect(granules).toBe(tp * share * replicas * GRANULES_PER_GPU);
      expect(granules).toBeLessThanOrEqual(4 * GRANULES_PER_GPU);
    }
  });

  test("sustain the rate with headroom", () => {
    for (const rate of [1, 8, 20, 35]) {
      const { problem, found } = configure({}, rate);
      expect(found.length).toBeGreaterThan(0);
      for (const group of found) {
        const { throughputMax } = predictStage(
          problem.statistics.llms[0]!,
          problem.profiles[0]!,
          [group],
          rate,
        );
        expect(throughputMax).toBeGreaterThanOrEqual(HEADROOM * rate);
      }
    }
  });

  test("are none when all GPUs together are too slow", () => {
    // Four replicas of 10 calls/s: 40/1.1 = 36.4 executions/s.
    expect(sizes(configure({}, 36.3).found)).toEqual(["1x1x4"]);
    expect(configure({}, 36.5).found).toEqual([]);
  });

  test("cost what the pipeline says, on whole GPUs", () => {
    const { problem, found } = configure({ use: { calls: 3, parallelism: 1.5 } }, 1);
    for (const group of found.filter(({ share }) => share === 1)) {
      const [use, profile] = [problem.statistics.llms[0]!, problem.profiles[0]!];
      expect(group.cost).toBe(predictStage(use, profile, [group], 1).latency);
    }
  });

  test("charge parts of GPUs for their neighbours", () => {
    const { problem, found } = configure({}, 1);
    const [use, profile] = [problem.statistics.llms[0]!, problem.profiles[0]!];
    const parts = found.filter(({ share }) => share < 1);
    for (const group of parts) {
      expect(group.cost).toBeGreaterThan(predictStage(use, profile, [group], 1).latency);
    }
  });

  test("have room for the weights and the longest call", () => {
    // 60 GB of weights on one GPU of which the engine takes 72.
    const model = layered("large", 4.2);
    expect(weightBytes(model, 1)).toBeGreaterThan(55e9);
    expect(configure({ model }, 1).found.some(({ tp }) => tp === 1)).toBe(true);
    const long = configure({ model, use: { contextTokensPeak: 60_000 } }, 1);
    expect(long.found.length).toBeGreaterThan(0);
    expect(long.found.every(({ tp }) => tp > 1)).toBe(true);
    expect(configure({ model: layered("huge", 30) }, 1).found).toEqual([]);
  });

  test("keep to the TP degrees that were profiled", () => {
    const { found } = configure({ profile: scalingProfile(10, 1, [2]) }, 1);
    expect(new Set(found.map(({ tp }) => tp))).toEqual(new Set([2]));
  });

  test("ask for the KV cache of the live conversations", () => {
    // 1,000 s of contexts of 1,100 tokens at 2 executions/s: 2.2 million tokens in all.
    const use = { contextTokenSeconds: 1_100_000, callDuration: 100 };
    const { found } = configure({ use, model: layered("slim", 0.25) }, 2);
    for (const { kvTokens, replicas } of found) {
      expect(kvTokens * replicas).toBeGreaterThan(2_200_000);
    }
    const light = configure({ use: { contextTokenSeconds: 0 } }, 2).found;
    expect(light.every(({ kvTokens }) => kvTokens === 2000)).toBe(true);
  });
});
