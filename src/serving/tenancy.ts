/**
 * Who shares which GPU: keeps the load of every replica and tells each replica its slowdown. A
 * replica over several GPUs takes the largest slowdown among them. Loads change only when a batch
 * changes, so the slowdown is constant over a coalesced run unless a neighbour's batch changes.
 */

import { type Deployment, tenantsByGpu } from "../deployment/plan.ts";
import type { Phase, SlowdownModel, TenantLoad } from "../hardware/interference.ts";

/** Told when its slowdown changes. */
export interface Slowable {
  setSlowdown(slowdown: number): void;
}

/** The tenants of one GPU and their present loads, in the same order. */
interface GpuTenants {
  readonly replicas: readonly number[];
  readonly loads: TenantLoad[];
}

/** Loads and slowdowns of all replicas of a deployment. */
export class Tenancy {
  readonly #model: SlowdownModel;
  readonly #gpus: readonly GpuTenants[];
  /** GPUs that each replica shares with others; empty for a replica alone on its GPUs. */
  readonly #sharedGpus: GpuTenants[][] = [];
  readonly #slowables: Slowable[] = [];

  constructor(deployment: Deployment, model: SlowdownModel) {
    this.#model = model;
    this.#gpus = tenantsByGpu(deployment).map((tenants) => ({
      replicas: tenants.map(({ replica }) => replica),
      loads: tenants.map(({ instance }) => ({ phase: "idle", share: instance.share, duty: 0 })),
    }));
    for (const { replicas } of this.#gpus) {
      for (const replica of replicas) this.#sharedGpus[replica] = [];
    }
    for (const gpu of this.#gpus) {
      if (gpu.replicas.length < 2) continue;
      for (const replica of gpu.replicas) this.#sharedGpus[replica]!.push(gpu);
    }
  }

  /** Registers the replica of index `replica`. */
  register(replica: number, slowable: Slowable): void {
    this.#slowables[replica] = slowable;
  }

  /** Publishes what a replica does from now on. */
  setLoad(replica: number, phase: Phase, duty: number): void {
    const gpus = this.#sharedGpus[replica]!;
    if (gpus.length === 0) return;
    const touched = new Set<number>();
    for (const gpu of gpus) {
      const position = gpu.replicas.indexOf(replica);
      const old = gpu.loads[position]!;
      if (old.phase === phase && old.duty === duty) continue;
      gpu.loads[position] = { phase, share: old.share, duty };
      for (const tenant of gpu.replicas) touched.add(tenant);
    }
    for (const tenant of touched) this.#slowables[tenant]!.setSlowdown(this.#slowdownOf(tenant));
  }

  #slowdownOf(replica: number): number {
    let slowdown = 1;
    for (const { replicas, loads } of this.#sharedGpus[replica]!) {
      slowdown = Math.max(slowdown, this.#model(loads, replicas.indexOf(replica)));
    }
    return slowdown;
  }
}
