/**
 * Who shares which GPU: keeps the load of every replica and tells each replica its slowdown. A
 * replica over several GPUs takes the largest slowdown among them. Loads change only when a batch
 * changes, so the slowdown is constant over a coalesced run unless a neighbour's batch changes.
 */

import type { Instance } from "../deployment/plan.ts";
import type { Phase, SlowdownModel, TenantLoad } from "../hardware/interference.ts";

/** Told when its slowdown changes. */
export interface Slowable {
  setSlowdown(slowdown: number): void;
}

/** A replica on its GPUs. */
interface Tenant {
  readonly slowable: Slowable;
  readonly load: { -readonly [K in keyof TenantLoad]: TenantLoad[K] };
  readonly gpus: readonly GpuTenants[];
}

/** The tenants of one GPU in the order in which they came, and their loads in the same order. */
interface GpuTenants {
  readonly tenants: Tenant[];
  readonly loads: TenantLoad[];
}

/** Loads and slowdowns of all replicas on the GPUs of a cluster. */
export class Tenancy {
  readonly #model: SlowdownModel;
  readonly #gpus: readonly GpuTenants[];
  readonly #tenants = new Map<number, Tenant>();

  constructor(gpuCount: number, model: SlowdownModel) {
    this.#model = model;
    this.#gpus = Array.from({ length: gpuCount }, () => ({ tenants: [], loads: [] }));
  }

  /** The replica of index `replica` starts to share the GPUs of its instance, idle at first. */
  join(replica: number, { gpus, share }: Instance, slowable: Slowable): void {
    const tenant: Tenant = {
      slowable,
      load: { phase: "idle", share, duty: 0 },
      gpus: gpus.map(({ index }) => this.#gpus[index]!),
    };
    this.#tenants.set(replica, tenant);
    for (const gpu of tenant.gpus) {
      gpu.tenants.push(tenant);
      gpu.loads.push(tenant.load);
    }
    this.#tellNeighbours(tenant);
  }

  /** A replica leaves its GPUs. */
  leave(replica: number): void {
    const tenant = this.#tenants.get(replica)!;
    this.#tenants.delete(replica);
    for (const gpu of tenant.gpus) {
      const position = gpu.tenants.indexOf(tenant);
      gpu.tenants.splice(position, 1);
      gpu.loads.splice(position, 1);
    }
    for (const gpu of tenant.gpus) this.#tell(gpu);
  }

  /** Publishes what a replica does from now on. */
  setLoad(replica: number, phase: Phase, duty: number): void {
    const tenant = this.#tenants.get(replica)!;
    const { load } = tenant;
    if (load.phase === phase && load.duty === duty) return;
    load.phase = phase;
    load.duty = duty;
    this.#tellNeighbours(tenant);
  }

  /** Tells a tenant and all others on its GPUs what their slowdown is now. */
  #tellNeighbours(tenant: Tenant): void {
    for (const gpu of tenant.gpus) if (gpu.tenants.length > 1) this.#tell(gpu);
  }

  #tell({ tenants }: GpuTenants): void {
    for (const tenant of tenants) tenant.slowable.setSlowdown(this.#slowdownOf(tenant));
  }

  #slowdownOf({ gpus, load }: Tenant): number {
    let slowdown = 1;
    for (const { loads } of gpus) {
      if (loads.length < 2) continue;
      slowdown = Math.max(slowdown, this.#model(loads, loads.indexOf(load)));
    }
    return slowdown;
  }
}
