/**
 * The ways to serve one LLM that a planner chooses from.
 */

import { describe, expect, test } from "vitest";
import { weightBytes } from "../../../src/llm/model.ts";
import { maxCallRate, profileAt } from "../../../src/llm/profile-table.ts";
import {
  type Configuration,
  configurations,
  GRANULES_PER_GPU,
  tpDegrees,
} from "../../../src/planner/configurations.ts";
import { pipelineValue } from "../../../src/planner/pipeline-value.ts";
import { HEADROOM } from "../../../src/planner/planner.ts";
import { testCluster, testGpu } from "../fixtures.ts";
import { scalingProfile } from "../predictor/profiles.ts";
import { layered, type ProblemLlm, problemOf } from "./problems.ts";

/** The configurations of one LLM on so many GPUs. */
function configure(llm: Partial<ProblemLlm>, rate: number, { gpus = 4, neighbours = 1 } = {}) {
  const problem = problemOf([{ name: "llm", ...llm }], testCluster(1, gpus), rate);
  return { problem, found: configurations(problem, 0, pipelineValue(problem, neighbours)) };
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
        const capacity = maxCallRate(problem.profiles[0]!, group);
        expect(capacity).toBeGreaterThanOrEqual(HEADROOM * rate);
      }
    }
  });

  test("are none when all GPUs together are too slow", () => {
    // Four replicas of 10 calls/s: 40/1.1 = 36.4 executions/s.
    expect(sizes(configure({}, 36.3).found)).toEqual(["1x1x4"]);
    expect(configure({}, 36.5).found).toEqual([]);
  });

  test("cost their part of the workflow's latency, and parts of GPUs more for neighbours", () => {
    const use = { calls: 3, parallelism: 1.5 };
    const { problem, found } = configure({ use }, 1);
    const idle = configure({ use }, 1, { neighbours: 0 });
    // As traced the workflow takes five seconds.
    const alone = (group: Configuration) => {
      return (3 * profileAt(problem.profiles[0]!, group, 3)!.union) / 5;
    };
    for (const group of idle.found) expect(group.cost).toBeCloseTo(alone(group), 12);
    for (const group of found) {
      if (group.share === 1) expect(group.cost).toBeCloseTo(alone(group), 12);
      else expect(group.cost).toBeGreaterThan(1.05 * alone(group));
    }
  });

  test("are those of the space", () => {
    const problem = problemOf([{ name: "llm" }], testCluster(1, 2), 0.1);
    const inSpace = (granularity: number, hasShares: boolean) => {
      const space = { granularity, hasShares };
      return configurations(problem, 0, () => ({ cost: 0, latency: 0 }), space);
    };
    expect(new Set(inSpace(8, false).map(({ share }) => share))).toEqual(new Set([1]));
    for (const { share } of inSpace(2, true)) expect((share * 4) % 1).toBe(0);
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
