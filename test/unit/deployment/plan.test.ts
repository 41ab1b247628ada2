import { expect, test } from "vitest";
import { type DeployedLlm, tenantsByGpu } from "../../../src/deployment/plan.ts";
import { testCluster, testEngine, testModel } from "../fixtures.ts";

test("tenantsByGpu lists the replicas of every GPU, numbered LLM by LLM", () => {
  const cluster = testCluster(1, 4);
  const instance = (...gpus: number[]) => ({
    gpus: gpus.map((index) => cluster.gpus[index]!),
    share: 0.5,
  });
  const llm = (name: string, ...instances: DeployedLlm["instances"]): DeployedLlm => ({
    name,
    model: testModel,
    engine: testEngine,
    instances,
  });
  const deployment = {
    cluster,
    llms: [llm("a", instance(0, 1), instance(2)), llm("b", instance(1))],
  };
  const tenants = tenantsByGpu(deployment).map((ofGpu) =>
    ofGpu.map((tenant) => `${tenant.llm.name}${tenant.replica}`),
  );
  expect(tenants).toEqual([["a0"], ["a0", "b2"], ["a1"], []]);
});
