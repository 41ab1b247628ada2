import { describe, expect, test } from "vitest";
import { fragmentation } from "../../../src/deployment/fragmentation.ts";
import type { Deployment } from "../../../src/deployment/plan.ts";
import { testCluster, testEngine, testGpu, testModel } from "../fixtures.ts";

/** Instances as [share, ...GPUs], all of one LLM, on two nodes of two GPUs. */
function deployed(...instances: [number, ...number[]][]): Deployment {
  const cluster = testCluster(2, 2, { ...testGpu, domainSize: 2 });
  const placed = instances.map(([share, ...gpus]) => {
    return { share, gpus: gpus.map((index) => cluster.gpus[index]!) };
  });
  const llm = { name: "a", model: testModel, engine: testEngine, instances: placed };
  return { cluster, llms: [llm] };
}

describe("fragmentation", () => {
  test("counts share that no instance of the plan could use", () => {
    expect(fragmentation(deployed([0.625, 0], [1, 1]))).toEqual({
      gpusUsed: 2,
      strandedShare: 0.375 / 2,
      strandedMemory: 0,
      tpGroupsCrossingDomains: 0,
    });
    expect(fragmentation(deployed([0.625, 0], [0.25, 1])).strandedShare).toBe(0);
    expect(fragmentation(deployed())).toMatchObject({ gpusUsed: 0, strandedShare: 0 });
  });

  test("counts share for which there is no memory", () => {
    const plan = deployed([0.25, 0]);
    expect(fragmentation(plan).strandedShare).toBe(0);
    // 72 GB hold 16 GB of weights and 40 GB of KV cache once.
    expect(fragmentation(plan, [300_000]).strandedShare).toBe(0.75);
  });

  test("counts share that has too few GPUs beside it for a TP group", () => {
    expect(fragmentation(deployed([0.5, 0, 1])).strandedShare).toBe(0);
    expect(fragmentation(deployed([0.5, 0, 1], [0.75, 0])).strandedShare).toBeGreaterThan(0);
  });

  test("counts memory that was given to nobody, and groups over several domains", () => {
    const { cluster, llms } = deployed([1, 0], [1, 1, 2]);
    const [first, second] = llms[0]!.instances;
    const llm = { ...llms[0]!, instances: [{ ...first!, memory: 50e9 }, second!] };
    const found = fragmentation({ cluster, llms: [llm] });
    expect(found.strandedMemory).toBeCloseTo(22e9, -3);
    expect(found.tpGroupsCrossingDomains).toBe(1);
  });
});
