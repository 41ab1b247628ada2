import { describe, expect, test } from "vitest";
import {
  createCluster,
  gpuTypes,
  spannedLevel,
  transferTime,
} from "../../../src/hardware/cluster.ts";
import { GB, us } from "../../../src/units.ts";
import { testCluster, testGpu } from "../fixtures.ts";

const { nodeLink, networkLink, frontendLink } = testCluster(1, 1);
const links = { nodeLink, networkLink, frontendLink };

describe("createCluster", () => {
  test("numbers GPUs and domains over the whole cluster", () => {
    const other = { ...testGpu, name: "other" };
    const cluster = createCluster(
      "mixed",
      [
        { id: "a", gpuType: testGpu, gpuCount: 6, domainSize: 4 },
        { id: "b", gpuType: other, gpuCount: 2, domainSize: 4 },
      ],
      links,
    );
    expect(cluster.gpus.map(({ id }) => id)).toEqual(
      "a/gpu0 a/gpu1 a/gpu2 a/gpu3 a/gpu4 a/gpu5 b/gpu0 b/gpu1".split(" "),
    );
    expect(cluster.gpus.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(cluster.gpus.map(({ node }) => node)).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
    expect(cluster.gpus.map(({ domain }) => domain)).toEqual([0, 0, 0, 0, 1, 1, 2, 2]);
    expect(cluster.nodes).toEqual([{ id: "a" }, { id: "b" }]);
    expect(gpuTypes(cluster)).toEqual([testGpu, other]);
  });

  test("keeps its links", () => {
    expect(createCluster("none", [], links)).toEqual({
      name: "none",
      nodes: [],
      gpus: [],
      ...links,
    });
  });
});

describe("spannedLevel", () => {
  const { gpus } = testCluster(2, 16);
  const levelOf = (...indices: number[]) => spannedLevel(indices.map((index) => gpus[index]!));

  test("is the slowest among the GPUs", () => {
    expect(levelOf(3)).toBe("domain");
    expect(levelOf(0, 7)).toBe("domain");
    expect(levelOf(0, 8)).toBe("node");
    expect(levelOf(0, 7, 8)).toBe("node");
    expect(levelOf(0, 8, 16)).toBe("network");
    expect(levelOf(15, 16)).toBe("network");
  });

  test("needs a GPU", () => expect(() => spannedLevel([])).toThrow("no GPU"));
});

test("transferTime adds latency and bytes over bandwidth", () => {
  const link = { latency: 5 * us, bandwidth: 50 * GB };
  expect(transferTime(link, 0)).toBe(5 * us);
  expect(transferTime(link, 1e6)).toBeCloseTo(25 * us, 12);
});
