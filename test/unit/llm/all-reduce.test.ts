import { describe, expect, test } from "vitest";
import { allReduceCost } from "../../../src/llm/all-reduce.ts";
import { GB, us } from "../../../src/units.ts";
import { testCluster, testGpu } from "../fixtures.ts";

const cluster = testCluster(2, 8);

describe("allReduceCost", () => {
  test("is nothing for one GPU", () => {
    for (const level of ["domain", "node", "network"] as const) {
      expect(allReduceCost(testGpu, cluster, { tp: 1, level })).toEqual({ latency: 0, perByte: 0 });
    }
  });

  test("is what was measured inside a fast domain", () => {
    const cost = allReduceCost(testGpu, cluster, { tp: 4, level: "domain" });
    expect(cost).toEqual(testGpu.allReduce.get(4));
  });

  test("is unknown where it was not measured", () => {
    expect(() => allReduceCost(testGpu, cluster, { tp: 3, level: "domain" })).toThrow("TP 3");
  });

  test("is that of a ring over the slowest link beyond", () => {
    const node = allReduceCost(testGpu, cluster, { tp: 4, level: "node" });
    expect(node.latency).toBeCloseTo(4 * 10 * us, 12);
    expect(node.perByte * 50 * GB).toBeCloseTo(1.5, 12);
    const network = allReduceCost(testGpu, cluster, { tp: 16, level: "network" });
    expect(network.latency).toBeCloseTo(8 * 5 * us, 12);
    expect(network.perByte * 40 * GB).toBeCloseTo(1.875, 12);
  });

  test("is dearer outside the domain", () => {
    const inside = allReduceCost(testGpu, cluster, { tp: 8, level: "domain" });
    const outside = allReduceCost(testGpu, cluster, { tp: 8, level: "network" });
    expect(outside.latency).toBeGreaterThan(inside.latency);
    expect(outside.perByte).toBeGreaterThan(inside.perByte);
  });
});
