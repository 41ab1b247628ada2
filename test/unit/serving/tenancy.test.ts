import { describe, expect, test } from "vitest";
import type { Deployment } from "../../../src/deployment/plan.ts";
import {
  pairwiseSlowdown,
  type SlowdownModel,
  type TenantLoad,
} from "../../../src/hardware/interference.ts";
import { Tenancy } from "../../../src/serving/tenancy.ts";
import { testCluster, testEngine, testModel } from "../fixtures.ts";

/** Instances over these GPUs, half of each; one LLM. */
function deploymentOn(...gpusOfInstances: number[][]): Deployment {
  const cluster = testCluster(1, 3);
  const instances = gpusOfInstances.map((gpus) => ({
    gpus: gpus.map((index) => cluster.gpus[index]!),
    share: 0.5,
  }));
  return {
    cluster,
    llms: [{ name: "only", model: testModel, engine: testEngine, instances }],
  };
}

/** A tenancy whose replicas note every slowdown that they are told. */
function notingTenancy(deployment: Deployment, model: SlowdownModel = pairwiseSlowdown) {
  const tenancy = new Tenancy(deployment, model);
  const told: number[][] = deployment.llms[0]!.instances.map(() => []);
  told.forEach((slowdowns, replica) => {
    tenancy.register(replica, { setSlowdown: (slowdown) => slowdowns.push(slowdown) });
  });
  const present = () => told.map((slowdowns) => slowdowns.at(-1) ?? 1);
  return { tenancy, told, present };
}

describe("Tenancy", () => {
  test("tells the tenants of a GPU what they cost one another", () => {
    const { tenancy, present } = notingTenancy(deploymentOn([0], [0]));
    tenancy.setLoad(0, "decode", 1);
    expect(present()).toEqual([1, 1]);
    tenancy.setLoad(1, "prefill", 1);
    expect(present()).toEqual([1.6, 1.3]);
  });

  test("ends the slowdown with the neighbour's work", () => {
    const { tenancy, present } = notingTenancy(deploymentOn([0], [0]));
    tenancy.setLoad(0, "decode", 1);
    tenancy.setLoad(1, "decode", 1);
    tenancy.setLoad(1, "idle", 0);
    expect(present()).toEqual([1, 1]);
  });

  test("leaves replicas on other GPUs alone", () => {
    const { tenancy, told } = notingTenancy(deploymentOn([0], [0], [1], [1]));
    tenancy.setLoad(0, "decode", 1);
    tenancy.setLoad(1, "decode", 1);
    expect(told.slice(2)).toEqual([[], []]);
  });

  test("says nothing to a replica that has its GPUs to itself", () => {
    const { tenancy, told } = notingTenancy(deploymentOn([0], [1, 2]));
    for (const replica of [0, 1]) tenancy.setLoad(replica, "decode", 1);
    expect(told).toEqual([[], []]);
  });

  test("says nothing when the load stays the same", () => {
    const { tenancy, told } = notingTenancy(deploymentOn([0], [0]));
    tenancy.setLoad(0, "decode", 0.5);
    const count = told[1]!.length;
    tenancy.setLoad(0, "decode", 0.5);
    expect(told[1]!.length).toBe(count);
    tenancy.setLoad(0, "decode", 0.625);
    expect(told[1]!.length).toBe(count + 1);
  });

  test("gives a replica over several GPUs the largest slowdown among them", () => {
    const { tenancy, present } = notingTenancy(deploymentOn([0, 1], [0], [1]));
    for (const replica of [0, 1]) tenancy.setLoad(replica, "decode", 1);
    expect(present()).toEqual([1.65, 1.65, 1]);
    tenancy.setLoad(1, "idle", 0);
    tenancy.setLoad(2, "prefill", 1);
    expect(present()).toEqual([1.6, 1, 1.3]);
    tenancy.setLoad(1, "decode", 1);
    expect(present()).toEqual([1.65, 1.65, 1.3]);
  });

  test("shows the model the loads of one GPU, and whose slowdown is asked for", () => {
    const asked: { loads: TenantLoad[]; tenant: number }[] = [];
    const model: SlowdownModel = (loads, tenant) => {
      asked.push({ loads: [...loads], tenant });
      return 1;
    };
    notingTenancy(deploymentOn([0], [0]), model).tenancy.setLoad(1, "prefill", 0.25);
    const loads = [
      { phase: "idle", share: 0.5, duty: 0 },
      { phase: "prefill", share: 0.5, duty: 0.25 },
    ];
    expect(asked).toEqual([
      { loads, tenant: 0 },
      { loads, tenant: 1 },
    ]);
  });
});
