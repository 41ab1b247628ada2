import { describe, expect, test } from "vitest";
import { checkDeployment } from "../../../src/deployment/check.ts";
import type { Deployment, Instance } from "../../../src/deployment/plan.ts";
import { weightBytes } from "../../../src/llm/model.ts";
import { GB } from "../../../src/units.ts";
import { testCluster, testEngine, testGpu, testModel } from "../fixtures.ts";

const cluster = testCluster(2, 16);

/** An instance on the GPUs of these indices. */
function on(gpus: readonly number[], share = 1, memory?: number): Instance {
  const instance = { gpus: gpus.map((index) => cluster.gpus[index]!), share };
  return memory === undefined ? instance : { ...instance, memory };
}

function deploy(...instances: Instance[]): Deployment {
  return {
    cluster,
    llms: [{ name: "coder", model: testModel, engine: testEngine, instances }],
  };
}

const problemsOf = (...instances: Instance[]) => checkDeployment(deploy(...instances)).problems;

describe("checkDeployment", () => {
  test("finds nothing in a sound plan", () => {
    const deployment = deploy(on([0], 0.5), on([0], 0.5), on([1, 2]), on([4, 5, 6, 7], 0.25));
    expect(checkDeployment(deployment)).toEqual({ problems: [], warnings: [] });
  });

  test("wants an instance of every LLM", () => {
    expect(problemsOf()).toEqual(["coder has no instance"]);
  });

  test.each([0, -0.5, 1.01, Number.NaN])("refuses a share of %d", (share) => {
    expect(problemsOf(on([0], share))).toEqual([`coder: share ${share} is not in (0, 1]`]);
  });

  test("refuses TP groups that the model cannot be split over", () => {
    expect(problemsOf(on([0, 1, 2]))).toContain("coder: test-8b cannot be split over 3 GPUs");
    expect(problemsOf(on([]))).toEqual(["coder: test-8b cannot be split over 0 GPUs"]);
  });

  test("refuses a GPU twice in a TP group", () => {
    expect(problemsOf(on([3, 3]))).toEqual(["coder: a TP group names a GPU twice"]);
  });

  test("refuses a fast domain without a measured all-reduce", () => {
    const gpuType = { ...testGpu, allReduce: new Map() };
    const slow = testCluster(1, 2, gpuType);
    const instances = [{ gpus: slow.gpus, share: 1 }];
    const llm = { name: "coder", model: testModel, engine: testEngine, instances };
    expect(checkDeployment({ cluster: slow, llms: [llm] }).problems).toEqual([
      "coder: no all-reduce time is known for TP 2",
    ]);
  });

  test("reports all instances at once", () => {
    expect(problemsOf(on([0], 0), on([1], 2), on([2, 2]))).toHaveLength(3);
  });

  test("refuses weights that do not fit", () => {
    const five = Array.from({ length: 5 }, () => on([0], 0.2));
    const problems = problemsOf(...five);
    expect(problems[0]).toBe("node0/gpu0: its tenants need 80.3 GB, a test-h100 has 80.0 GB");
    expect(problemsOf(...five.slice(1))).toEqual([]);
  });

  test("refuses memory that the GPU does not have", () => {
    expect(problemsOf(on([0], 0.5, 50 * GB), on([0], 0.5, 30 * GB))).toEqual([]);
    expect(problemsOf(on([0], 0.5, 50 * GB), on([0], 0.5, 31 * GB))).toEqual([
      "node0/gpu0: its tenants need 81.0 GB, a test-h100 has 80.0 GB",
    ]);
  });

  test("wants room for a block of KV cache", () => {
    const weights = weightBytes(testModel, 1);
    const block = 16 * 128 * 1024;
    expect(problemsOf(on([9], 1, weights + block))).toEqual([]);
    const problem = "coder: the weights leave no memory for its KV cache on node0/gpu9";
    expect(problemsOf(on([9], 1, weights + block - 1))).toEqual([problem]);
    expect(problemsOf(on([9], 1, weights - 1))).toEqual([problem]);
  });

  test("names every GPU of a group without KV cache", () => {
    const problems = problemsOf(on([0, 1], 0.5, weightBytes(testModel, 2)));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("node0/gpu0 + node0/gpu1");
  });

  test("warns of shares above the whole GPU", () => {
    const { problems, warnings } = checkDeployment(deploy(on([0], 0.75), on([0], 0.5)));
    expect(problems).toEqual([]);
    expect(warnings).toEqual(["node0/gpu0: shares sum to 1.250"]);
  });

  test("forgives the rounding of decimal fractions", () => {
    const small = { ...testModel, layers: 1 };
    const tenth = Array.from({ length: 10 }, () => on([0], 0.1));
    const llm = { name: "a", model: small, engine: testEngine, instances: tenth };
    expect(checkDeployment({ cluster, llms: [llm] })).toEqual({ problems: [], warnings: [] });
  });
});

describe("checkDeployment of a pool", () => {
  const control = { kind: "aegaeon", quantum: 1, affinity: 8 } as const;
  const findings = (...instances: (readonly Instance[])[]) => {
    const llms = instances.map((own, index) => {
      return { name: `llm${index}`, model: testModel, engine: testEngine, instances: own };
    });
    return checkDeployment({ cluster, llms, control });
  };
  const rule = "one replica per LLM, each with share 1, no memory and the same GPUs";

  test("finds nothing in whole GPUs that all LLMs have in turns", () => {
    const turns = [on([0, 1]), on([2, 3])];
    expect(findings(turns, turns, turns)).toEqual({ problems: [], warnings: [] });
  });

  test.each([
    ["a part of a GPU", [on([0], 0.5)], [on([0])]],
    ["memory of its own", [on([0], 1, 40 * GB)], [on([0])]],
    ["some of another's GPUs", [on([0, 1])], [on([0])]],
    ["two replicas of an LLM", [on([0]), on([0])], [on([0])]],
  ])("refuses %s", (_, first, second) => {
    expect(findings(first, second).problems[0]).toBe(
      `node0/gpu0: replicas that take turns must be ${rule}`,
    );
  });

  test("wants room for the weights of two", () => {
    const large = { ...testModel, name: "large", layers: 4 * testModel.layers };
    const llms = ["a", "b"].map((name) => {
      return { name, model: large, engine: testEngine, instances: [on([0])] };
    });
    const { problems } = checkDeployment({ cluster, llms, control });
    expect(problems[0]).toBe("a: the weights leave no memory for its KV cache on node0/gpu0");
  });
});
