/**
 * Placement: what fits where, and what holds of every deployment that comes out.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkDeployment } from "../../../src/deployment/check.ts";
import { kvBytesByReplica } from "../../../src/deployment/memory.ts";
import { createCluster, spannedLevel } from "../../../src/hardware/cluster.ts";
import { kvBytesPerToken } from "../../../src/llm/model.ts";
import { type PlacementRequest, place } from "../../../src/planner/placement.ts";
import type { PlannedLlm } from "../../../src/planner/planner.ts";
import { testCluster, testDemand, testEngine, testGpu, testModel } from "../fixtures.ts";
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

  test("sets memory where the split by share would starve a tenant", () => {
    const requests = [
      request({ share: 0.125, kvTokens: 100_000 }),
      request({ share: 0.875, kvTokens: 150_000 }),
    ];
    const deployment = place(testCluster(1, 1), [llm("a"), llm("b")], requests)!;
    expect(checkDeployment(deployment)).toEqual({ problems: [], warnings: [] });
    const kvBytes = kvBytesByReplica(deployment);
    const perToken = kvBytesPerToken(testModel, 1);
    expect(kvBytes[0]).toBeGreaterThanOrEqual(100_000 * perToken);
    expect(kvBytes[1]).toBeGreaterThanOrEqual(150_000 * perToken);
    const given = deployment.llms.map(({ instances }) => instances[0]!.memory!);
    expect(Math.abs(given[0]! + given[1]! - 72e9)).toBeLessThan(2);
    const enough = requests.map((each) => ({ ...each, kvTokens: 10_000 }));
    const byDefault = place(testCluster(1, 1), [llm("a"), llm("b")], enough)!;
    expect(byDefault.llms.map(({ instances }) => instances[0]!.memory)).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("takes instances of several sizes, in their order", () => {
    const sizes = [request({ share: 0.5 }), request({ tp: 2 }), request()];
    const deployment = place(testCluster(1, 4), [llm("a")], [sizes])!;
    const gpus = deployment.llms[0]!.instances.map((instance) =>
      instance.gpus.map(({ index }) => index),
    );
    expect(gpus).toEqual([[3], [0, 1], [2]]);
  });

  test("puts instances on the GPU type that they ask for", () => {
    const { nodeLink, networkLink, frontendLink } = testCluster(1, 1);
    const node = (id: string, gpuType: typeof testGpu) => ({
      id,
      gpuType,
      gpuCount: 2,
      domainSize: 2,
    });
    const nodes = [node("a", testGpu), node("b", { ...testGpu, name: "other" })];
    const cluster = createCluster("mixed", nodes, { nodeLink, networkLink, frontendLink });
    expect(placed(cluster, request({ gpu: "other" }), request({ gpu: testGpu.name }))).toEqual([
      ["2"],
      ["0"],
    ]);
    expect(placed(cluster, request({ gpu: "other", replicas: 3 }))).toBeUndefined();
  });

  test("prefers the neighbours that hurt least among equal fits", () => {
    const load = (memory: number, bandwidth: number) => ({
      demand: { ...testDemand, memory, bandwidth },
      share: 0.5,
      sms: 66,
      duty: 1,
    });
    const heavy = load(0.9, 0.9);
    const light = load(0.05, 0.05);
    const on = (first: typeof heavy, second: typeof heavy) =>
      placed(
        testCluster(1, 2),
        request({ share: 0.625, load: first }),
        request({ share: 0.625, load: second }),
        request({ share: 0.375, load: heavy }),
      )![2];
    expect([on(heavy, light), on(light, heavy)]).toEqual([["1"], ["0"]]);
  });

  test("tries other orders where the first one wastes a GPU", () => {
    // By share alone, the two large models end up on one GPU, which holds only one of them.
    const large = llm("large", layered("large", 3));
    const small = llm("small", layered("small", 0.25));
    const cluster = testCluster(1, 2);
    const requests = [
      request({ share: 0.5, replicas: 2, kvTokens: 100 }),
      request({ share: 0.5, replicas: 2, kvTokens: 100 }),
    ];
    const deployment = place(cluster, [large, small], requests)!;
    const usedBy = deployment.llms.map(({ instances }) =>
      instances.map(({ gpus }) => gpus[0]!.index),
    );
    expect(usedBy).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  test("places 740 instances on 1,024 GPUs", () => {
    const cluster = testCluster(128, 8);
    const amounts = [
      [8, 1, 20],
      [4, 1, 60],
      [2, 1, 60],
      [2, 0.5, 60],
      [1, 1, 200],
      [1, 0.625, 120],
      [1, 0.5, 100],
      [1, 0.375, 120],
    ] as const;
    const requests = amounts.map(([tp, share, replicas]) => request({ tp, share, replicas }));
    const gpus = placed(cluster, ...requests)!.flat();
    expect(gpus).toHaveLength(740);
    // 160 + 240 + 120 + 60 + 200 + 120 (with the 3/8) + 50.
    expect(new Set(gpus.flatMap((group) => group.split(" "))).size).toBe(950);
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
