import { describe, expect, test } from "vitest";
import {
  pairwiseSlowdown,
  type SlowdownModel,
  type TenantLoad,
} from "../../../src/hardware/interference.ts";
import { Tenancy } from "../../../src/serving/tenancy.ts";
import { testCluster } from "../fixtures.ts";

const { gpus } = testCluster(1, 3);

/** A tenancy on three GPUs, whose replicas note every slowdown that they are told. */
class NotingTenancy {
  readonly tenancy: Tenancy;
  readonly told: number[][] = [];

  constructor(gpusOfReplicas: number[][], model: SlowdownModel = pairwiseSlowdown) {
    this.tenancy = new Tenancy(gpus.length, model);
    for (const indices of gpusOfReplicas) this.join(indices);
  }

  /** A replica comes that has half of these GPUs. */
  join(indices: readonly number[]): void {
    const slowdowns: number[] = [];
    const instance = { gpus: indices.map((index) => gpus[index]!), share: 0.5 };
    this.tenancy.join(this.told.length, instance, {
      setSlowdown: (slowdown) => slowdowns.push(slowdown),
    });
    this.told.push(slowdowns);
  }

  setLoad(...load: Parameters<Tenancy["setLoad"]>): void {
    this.tenancy.setLoad(...load);
  }

  /** What the replicas were told last. */
  present(): number[] {
    return this.told.map((slowdowns) => slowdowns.at(-1) ?? 1);
  }

  /** What was told since, by replica. */
  toldBy(act: () => void): number[][] {
    const counts = this.told.map(({ length }) => length);
    act();
    return this.told.map((slowdowns, replica) => slowdowns.slice(counts[replica]));
  }
}

describe("Tenancy", () => {
  test("tells the tenants of a GPU what they cost one another", () => {
    const tenancy = new NotingTenancy([[0], [0]]);
    tenancy.setLoad(0, "decode", 1);
    expect(tenancy.present()).toEqual([1, 1]);
    tenancy.setLoad(1, "prefill", 1);
    expect(tenancy.present()).toEqual([1.6, 1.3]);
  });

  test("ends the slowdown when a busy neighbour leaves", () => {
    const tenancy = new NotingTenancy([[0], [0]]);
    tenancy.setLoad(0, "decode", 1);
    tenancy.setLoad(1, "decode", 1);
    expect(tenancy.present()[0]).toBe(1.65);
    tenancy.tenancy.leave(1);
    expect(tenancy.present()[0]).toBe(1);
  });

  test("ends the slowdown with the neighbour's work", () => {
    const tenancy = new NotingTenancy([[0], [0]]);
    tenancy.setLoad(0, "decode", 1);
    tenancy.setLoad(1, "decode", 1);
    tenancy.setLoad(1, "idle", 0);
    expect(tenancy.present()).toEqual([1, 1]);
  });

  test("leaves replicas on other GPUs alone", () => {
    const tenancy = new NotingTenancy([[0], [0], [1], [1]]);
    const told = tenancy.toldBy(() => {
      tenancy.setLoad(0, "decode", 1);
      tenancy.setLoad(1, "decode", 1);
    });
    expect(told.slice(2)).toEqual([[], []]);
    expect(told[0]!.at(-1)).toBe(1.65);
  });

  test("says nothing to a replica that has its GPUs to itself", () => {
    const tenancy = new NotingTenancy([[0], [1, 2]]);
    for (const replica of [0, 1]) tenancy.setLoad(replica, "decode", 1);
    expect(tenancy.told).toEqual([[], []]);
  });

  test("says nothing when the load stays the same", () => {
    const tenancy = new NotingTenancy([[0], [0]]);
    tenancy.setLoad(0, "decode", 0.5);
    expect(tenancy.toldBy(() => tenancy.setLoad(0, "decode", 0.5))).toEqual([[], []]);
    expect(tenancy.toldBy(() => tenancy.setLoad(0, "decode", 0.625))).toEqual([[1], [1]]);
  });

  test("gives a replica over several GPUs the largest slowdown among them", () => {
    const tenancy = new NotingTenancy([[0, 1], [0], [1]]);
    for (const replica of [0, 1]) tenancy.setLoad(replica, "decode", 1);
    expect(tenancy.present()).toEqual([1.65, 1.65, 1]);
    tenancy.setLoad(1, "idle", 0);
    tenancy.setLoad(2, "prefill", 1);
    expect(tenancy.present()).toEqual([1.6, 1, 1.3]);
    tenancy.setLoad(1, "decode", 1);
    expect(tenancy.present()).toEqual([1.65, 1.65, 1.3]);
  });

  test("counts a replica from when it joins until it leaves", () => {
    const tenancy = new NotingTenancy([[0]]);
    tenancy.setLoad(0, "decode", 1);
    tenancy.join([0, 1]);
    expect(tenancy.present()).toEqual([1, 1]);
    tenancy.setLoad(1, "decode", 1);
    expect(tenancy.present()).toEqual([1.65, 1.65]);
    tenancy.join([1]);
    tenancy.setLoad(2, "prefill", 1);
    expect(tenancy.present()).toEqual([1.65, 1.65, 1.3]);
    tenancy.setLoad(1, "idle", 0);
    tenancy.tenancy.leave(1);
    expect(tenancy.present().filter((_, replica) => replica !== 1)).toEqual([1, 1]);
    const told = tenancy.toldBy(() => {
      tenancy.setLoad(0, "prefill", 0.5);
      tenancy.setLoad(2, "decode", 1);
    });
    expect(told).toEqual([[], [], []]);
  });

  test("shows the model the loads of one GPU, and whose slowdown is asked for", () => {
    const asked: { loads: TenantLoad[]; tenant: number }[] = [];
    const model: SlowdownModel = (loads, tenant) => {
      asked.push({ loads: loads.map((load) => ({ ...load })), tenant });
      return 1;
    };
    const tenancy = new NotingTenancy([[0], [0]], model);
    asked.length = 0;
    tenancy.setLoad(1, "prefill", 0.25);
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
