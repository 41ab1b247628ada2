import { describe, expect, test } from "vitest";
import type { Demand, SlowdownModel, TenantLoad } from "../../../src/hardware/interference.ts";
import { Tenancy } from "../../../src/serving/tenancy.ts";
import { testCluster, testDemand } from "../fixtures.ts";

const { gpus } = testCluster(1, 3);

const decode = testDemand;
const prefill: Demand = { ...testDemand, memory: 0.125, compute: 0.75 };

/** Whoever has something to do is slowed by a quarter of its neighbours' memory and duty. */
const byMemory: SlowdownModel = (_, loads) =>
  loads.map(({ demand }, mine) => {
    if (demand === undefined) return 1;
    return loads.reduce((slowdown, { demand: theirs, duty }, other) => {
      return other === mine || theirs === undefined ? slowdown : slowdown + theirs.memory * duty;
    }, 1);
  });

/** A tenancy on three GPUs, whose replicas note every slowdown that they are told. */
class NotingTenancy {
  readonly tenancy: Tenancy;
  readonly told: number[][] = [];
  readonly asked: number[] = [];

  constructor(gpusOfReplicas: number[][], model: SlowdownModel = byMemory) {
    this.tenancy = new Tenancy(
      gpus.map(({ type }) => type),
      model,
    );
    for (const indices of gpusOfReplicas) this.join(indices);
  }

  /** A replica comes that has half of these GPUs. */
  join(indices: readonly number[]): void {
    const slowdowns: number[] = [];
    const instance = { gpus: indices.map((index) => gpus[index]!), share: 0.5 };
    const replica = this.told.length;
    this.tenancy.join(replica, instance, {
      setSlowdown: (slowdown) => slowdowns.push(slowdown),
      publishLoad: () => this.asked.push(replica),
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
    tenancy.setLoad(0, decode, 1);
    expect(tenancy.present()).toEqual([1, 1]);
    tenancy.setLoad(1, prefill, 1);
    expect(tenancy.present()).toEqual([1.125, 1.75]);
  });

  test("ends the slowdown when a busy neighbour leaves", () => {
    const tenancy = new NotingTenancy([[0], [0]]);
    tenancy.setLoad(0, decode, 1);
    tenancy.setLoad(1, decode, 1);
    expect(tenancy.present()[0]).toBe(1.75);
    tenancy.tenancy.leave(1);
    expect(tenancy.present()[0]).toBe(1);
  });

  test("ends the slowdown with the neighbour's work", () => {
    const tenancy = new NotingTenancy([[0], [0]]);
    tenancy.setLoad(0, decode, 1);
    tenancy.setLoad(1, decode, 1);
    tenancy.setLoad(1, undefined, 0);
    expect(tenancy.present()).toEqual([1, 1]);
  });

  test("leaves replicas on other GPUs alone", () => {
    const tenancy = new NotingTenancy([[0], [0], [1], [1]]);
    const told = tenancy.toldBy(() => {
      tenancy.setLoad(0, decode, 1);
      tenancy.setLoad(1, decode, 1);
    });
    expect(told.slice(2)).toEqual([[], []]);
    expect(told[0]!.at(-1)).toBe(1.75);
  });

  test("says nothing to a replica that has its GPUs to itself, which need not publish", () => {
    const tenancy = new NotingTenancy([[0], [1, 2]]);
    expect([0, 1].map((replica) => tenancy.tenancy.isShared(replica))).toEqual([false, false]);
    for (const replica of [0, 1]) tenancy.setLoad(replica, decode, 1);
    expect(tenancy.told).toEqual([[], []]);
    expect(tenancy.asked).toEqual([]);
  });

  test("asks a replica for its load when its first neighbour comes", () => {
    const tenancy = new NotingTenancy([[0]]);
    tenancy.join([0]);
    tenancy.join([0]);
    expect(tenancy.asked).toEqual([0]);
    expect(tenancy.tenancy.isShared(2)).toBe(true);
  });

  test("says nothing when the load stays the same, to an eighth of its duty", () => {
    const tenancy = new NotingTenancy([[0], [0]]);
    tenancy.setLoad(0, decode, 0.5);
    expect(tenancy.toldBy(() => tenancy.setLoad(0, decode, 0.5))).toEqual([[], []]);
    expect(tenancy.toldBy(() => tenancy.setLoad(0, { ...decode }, 0.52))).toEqual([[], []]);
    expect(tenancy.toldBy(() => tenancy.setLoad(0, decode, 0.625))).toEqual([[1], [1]]);
  });

  test("gives a replica over several GPUs the largest slowdown among them", () => {
    const tenancy = new NotingTenancy([[0, 1], [0], [1]]);
    for (const replica of [0, 1]) tenancy.setLoad(replica, decode, 1);
    expect(tenancy.present()).toEqual([1.75, 1.75, 1]);
    tenancy.setLoad(1, undefined, 0);
    tenancy.setLoad(2, prefill, 1);
    expect(tenancy.present()).toEqual([1.125, 1, 1.75]);
    tenancy.setLoad(1, decode, 1);
    expect(tenancy.present()).toEqual([1.75, 1.75, 1.75]);
  });

  test("counts a replica from when it joins until it leaves", () => {
    const tenancy = new NotingTenancy([[0]]);
    tenancy.setLoad(0, decode, 1);
    tenancy.join([0, 1]);
    expect(tenancy.present()).toEqual([1, 1]);
    tenancy.setLoad(1, decode, 1);
    expect(tenancy.present()).toEqual([1.75, 1.75]);
    tenancy.join([1]);
    tenancy.setLoad(2, prefill, 1);
    expect(tenancy.present()).toEqual([1.75, 1.75, 1.75]);
    tenancy.setLoad(1, undefined, 0);
    tenancy.tenancy.leave(1);
    expect(tenancy.present().filter((_, replica) => replica !== 1)).toEqual([1, 1]);
    const told = tenancy.toldBy(() => {
      tenancy.setLoad(0, prefill, 0.5);
      tenancy.setLoad(2, decode, 1);
    });
    expect(told).toEqual([[], [], []]);
  });

  test("asks the model once for loads that recur", () => {
    const asked: TenantLoad[][] = [];
    const model: SlowdownModel = (_, loads) => {
      asked.push(loads.map((load) => ({ ...load })));
      return loads.map(() => 1);
    };
    const tenancy = new NotingTenancy([[0], [0]], model);
    asked.length = 0;
    tenancy.setLoad(1, prefill, 0.25);
    tenancy.setLoad(1, undefined, 0);
    tenancy.setLoad(1, { ...prefill }, 0.25);
    expect(asked).toHaveLength(1);
    const [idle, busy] = asked[0]!;
    expect(idle).toEqual({ demand: undefined, share: 0.5, sms: 66, duty: 0 });
    expect(busy).toMatchObject({ share: 0.5, sms: 66, duty: 0.25 });
    expect(busy!.demand).toMatchObject({ memory: 0.125, compute: 0.75 });
  });
});
