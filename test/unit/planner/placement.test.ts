/**
 * Placement: what fits where, and what holds of every deployment that comes out.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkDeployment } from "../../../src/deployment/check.ts";
import { kvBytesByReplica } from "../../../src/deployment/memory.ts";
import { spannedLevel } from "../../../src/hardware/cluster.ts";
import { kvBytesPerToken } from "../../../src/llm/model.ts";
import { type PlacementRequest, place } from "../../../src/planner/placement.ts";
import type { PlannedLlm } from "../../../src/planner/planner.ts";
import { testCluster, testEngine, testGpu, testModel } from "../fixtures.ts";
import { layered } from "./problems.ts";

const llm = (name: string, model = testModel): PlannedLlm => ({ name, model, engine: testEngine });

const request = (changes: Partial<PlacementRequest> = {}): PlacementRequest => ({
  tp: 1,
  share: 1,
  replicas: 1,
  kvTokens: 2000,
  ...changes,
});

/** The GPUs of every instance, `0 1` for a TP group, LLM by LLM; undefined where nothing fits. */
function placed(cluster = testCluster(1, 4), ...requests: PlacementRequest[]) {
  const llms = requests.map((_, index) => llm(`llm${index}`));
  return place(cluster, llms, requests)?.llms.map(({ instances }) =>
    instances.map(({ gpus }) => gpus.map(({ index }) => index).join(" ")),
  );
}

/** Two nodes of four GPUs, two to a fast domain. */
const pairs = testCluster(2, 4, { ...testGpu, domainSize: 2 });

describe("place", () => {
  test("puts replicas on GPUs of their own while there are any", () => {
    expect(placed(undefined, request({ replicas: 4 }))).toEqual([["0", "1", "2", "3"]]);
    expect(placed(undefined, request({ replicas: 5 }))).toBeUndefined();
  });

  test("puts the largest TP groups first, whatever the order of LLMs", () => {
    const cluster = testCluster(1, 4);
    expect(placed(cluster, request({ replicas: 2 }), request({ tp: 2 }))).toEqual([
      ["2", "3"],
      ["0 1"],
    ]);
  });

  test("keeps a TP group in one fast domain", () => {
    expect(placed(pairs, request({ tp: 2, replicas: 4 }))).toEqual([["0 1", "2 3", "4 5", "6 7"]]);
    expect(placed(pairs, request({ tp: 4 }))).toBeUndefined();
    // One GPU left in each of two domains is not a pair.
    const halves = testCluster(2, 1);
    expect(placed(halves, request({ tp: 2 }))).toBeUndefined();
  });

  test("fills the fullest domain that holds a group", () => {
    const cluster = testCluster(2, 4);
    const requests = [request({ tp: 2 }), request({ tp: 2, share: 0.5 })];
    expect(placed(cluster, ...requests)).toEqual([["0 1"], ["2 3"]]);
    expect(placed(pairs, request({ tp: 2, share: 0.5 }), request({ tp: 2, share: 0.5 }))).toEqual([
      ["0 1"],
      ["0 1"],
    ]);
  });

  test("packs small shares onto GPUs already in use", () => {
    expect(
      placed(
        undefined,
        request({ share: 0.5 }),
        request({ share: 0.25 }),
        request({ share: 0.25 }),
      ),
    ).toEqual([["0"], ["0"], ["0"]]);
    expect(placed(undefined, request({ share: 0.625 }), request({ share: 0.5 }))).toEqual([
      ["0"],
      ["1"],
    ]);
  });

  test("takes shares that are sums of decimal fractions", () => {
    const tenth = request({ share: 0.1, kvTokens: 100 });
    const single = testCluster(1, 1);
    expect(placed(single, request({ share: 0.7, kvTokens: 100 }), tenth, tenth, tenth)).toEqual([
      ["0"],
      ["0"],
      ["0"],
      ["0"],
    ]);
  });

  test("keeps the KV cache that every tenant needs", () => {
    // 72 GB for the engine less two times 16 GB of weights leaves 20 GB each: 152,000 tokens.
    const half = (kvTokens: number) => request({ share: 0.5, kvTokens });
    const single = testCluster(1, 1);
    expect(placed(single, half(150_000), half(150_000))).toEqual([["0"], ["0"]]);
    expect(placed(single, half(150_000), half(160_000))).toBeUndefined();
    expect(placed(testCluster(1, 2), half(150_000), half(160_000))).toHaveLength(2);
  });

  test("leaves its input as it is", () => {
    const requests = [request({ replicas: 2 }), request({ tp: 2 })];
    const before = structuredClone(requests);
    placed(undefined, ...requests);
    expect(requests).toEqual(before);
  });
});

describe("every deployment placed", () => {
  const requests = fc.record({
    tp: fc.constantFrom(1, 2, 4),
    share: fc.integer({ min: 1, max: 8 }).map((granules) => granules / 8),
    replicas: fc.integer({ min: 1, max: 3 }),
    kvTokens: fc.integer({ min: 16, max: 120_000 }),
    layers: fc.constantFrom(0.25, 1, 2),
  });
  const clusters = fc.constantFrom(testCluster(1, 4), testCluster(2, 2), testCluster(1, 8), pairs);

  test("has what was asked for and passes the check", () => {
    let found = 0;
    fc.assert(
      fc.property(
        clusters,
        fc.array(requests, { minLength: 1, maxLength: 5 }),
        (cluster, asked) => {
          const llms = asked.map(({ layers }, index) => llm(`llm${index}`, layered("l", layers)));
          const deployment = place(cluster, llms, asked);
          if (deployment === undefined) return;
          found++;
          expect(checkDeployment(deployment)).toEqual({ problems: [], warnings: [] });
          const kvBytes = kvBytesByReplica(deployment);
          deployment.llms.forEach(({ name, model, instances }, index) => {
            const { tp, share, replicas, kvTokens } = asked[index]!;
            expect(name).toBe(`llm${index}`);
            expect(instances).toHaveLength(replicas);
            for (const instance of instances) {
              expect([instance.gpus.length, instance.share]).toEqual([tp, share]);
              expect(spannedLevel(instance.gpus)).toBe("domain");
              const needed = kvTokens * kvBytesPerToken(model, tp);
              expect(kvBytes.shift()).toBeGreaterThanOrEqual(needed * (1 - 1e-12));
            }
          });
        },
      ),
      { numRuns: 300, seed: 1 },
    );
    expect(found).toBeGreaterThan(50);
  });
});
