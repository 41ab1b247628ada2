/**
 * Who shares which GPU: keeps the load of every replica and tells each replica its slowdown. A
 * replica over several GPUs takes the largest slowdown among them. Loads change only when a batch
 * changes, so the slowdown is constant over a coalesced run unless a neighbour's batch changes.
 */

import type { Instance } from "../deployment/plan.ts";
import type { GpuType } from "../hardware/gpu.ts";
import type { Demand, SlowdownModel, TenantLoad } from "../hardware/interference.ts";
import { smsOfShare } from "../hardware/share-rate.ts";
import { DUTY_STEPS, QuantizedDemands } from "./quantized-demands.ts";

/** A replica as its neighbours deal with it. */
export interface Slowable {
  /** Told when its slowdown changes. */
  setSlowdown(slowdown: number): void;
  /** Asked to publish its load, which it need not do while it is alone. */
  publishLoad(): void;
}

/** A replica on its GPUs. */
interface Tenant {
  readonly slowable: Slowable;
  readonly load: { -readonly [K in keyof TenantLoad]: TenantLoad[K] };
  /** Of the load: a number that stands for demand and duty. */
  loadNumber: number;
  readonly gpus: readonly GpuTenants[];
}

/** The tenants of one GPU in the order in which they came, and their loads in the same order. */
interface GpuTenants {
  readonly type: GpuType;
  readonly tenants: Tenant[];
  readonly loads: TenantLoad[];
  /** Their slowdowns now, and those that were computed for them before, by their loads. */
  slowdowns: readonly number[];
  readonly known: Map<number, readonly number[]>;
}

/** Two numbers below this make one key below 2^53. */
const LOAD_NUMBERS = 2 ** 26;

/** Loads and slowdowns of all replicas on the GPUs of a cluster. */
export class Tenancy {
  readonly #model: SlowdownModel;
  readonly #gpus: readonly GpuTenants[];
  /** By replica; undefined for one that is not on its GPUs. */
  readonly #tenants: (Tenant | undefined)[] = [];
  readonly #demands = new QuantizedDemands();
  readonly #pairs = new Map<number, number>();

  constructor(gpuTypes: readonly GpuType[], model: SlowdownModel) {
    this.#model = model;
    this.#gpus = gpuTypes.map((type) => {
      return { type, tenants: [], loads: [], slowdowns: [], known: new Map() };
    });
  }

  /** The replica of index `replica` starts to share the GPUs of its instance, idle at first. */
  join(replica: number, { gpus, share }: Instance, slowable: Slowable): void {
    const sms = smsOfShare(gpus[0]!.type.sms, share);
    const tenant: Tenant = {
      slowable,
      load: { demand: undefined, share, sms, duty: 0 },
      loadNumber: 0,
      gpus: gpus.map(({ index }) => this.#gpus[index]!),
    };
    this.#tenants[replica] = tenant;
    for (const gpu of tenant.gpus) {
      gpu.tenants.push(tenant);
      gpu.loads.push(tenant.load);
      gpu.known.clear();
      this.#update(gpu);
      if (gpu.tenants.length === 2) gpu.tenants[0]!.slowable.publishLoad();
    }
    this.#tellNeighbours(tenant);
  }

  /** A replica leaves its GPUs. */
  leave(replica: number): void {
    const tenant = this.#tenants[replica]!;
    this.#tenants[replica] = undefined;
    for (const gpu of tenant.gpus) {
      const position = gpu.tenants.indexOf(tenant);
      gpu.tenants.splice(position, 1);
      gpu.loads.splice(position, 1);
      gpu.known.clear();
      this.#update(gpu);
    }
    for (const gpu of tenant.gpus) this.#tell(gpu);
  }

  /** Whether a replica has neighbours who must know its load. */
  isShared(replica: number): boolean {
    for (const { tenants } of this.#tenants[replica]!.gpus) if (tenants.length > 1) return true;
    return false;
  }

  /** Publishes what a replica does from now on; undefined: nothing. */
  setLoad(replica: number, demand: Demand | undefined, duty: number): void {
    const tenant = this.#tenants[replica]!;
    const { load } = tenant;
    const quantized = demand && this.#demands.quantize(demand);
    const dutySteps = Math.round(DUTY_STEPS * duty);
    const loadNumber = quantized === undefined ? 0 : this.#demands.loadNumber(quantized, dutySteps);
    if (tenant.loadNumber === loadNumber) return;
    tenant.loadNumber = loadNumber;
    load.demand = quantized;
    load.duty = dutySteps / DUTY_STEPS;
    for (const gpu of tenant.gpus) this.#update(gpu);
    this.#tellNeighbours(tenant);
  }

  /** Tells a tenant and all others on its GPUs what their slowdown is now. */
  #tellNeighbours(tenant: Tenant): void {
    for (const gpu of tenant.gpus) if (gpu.tenants.length > 1) this.#tell(gpu);
  }

  #tell({ tenants }: GpuTenants): void {
    for (const tenant of tenants) tenant.slowable.setSlowdown(this.#slowdownOf(tenant));
  }

  #slowdownOf(tenant: Tenant): number {
    let slowdown = 1;
    for (const { tenants, slowdowns } of tenant.gpus) {
      slowdown = Math.max(slowdown, slowdowns[tenants.indexOf(tenant)]!);
    }
    return slowdown;
  }

  /** Finds the slowdowns of a GPU's tenants anew. */
  #update(gpu: GpuTenants): void {
    const { type, tenants, loads, known } = gpu;
    let key = 0;
    for (const { loadNumber } of tenants) key = this.#combine(key, loadNumber);
    let slowdowns = known.get(key);
    if (slowdowns === undefined) {
      slowdowns = this.#model(type, loads);
      known.set(key, slowdowns);
    }
    gpu.slowdowns = slowdowns;
  }

  /** A number for a pair of numbers: always the same, and its alone. */
  #combine(first: number, second: number): number {
    const pair = first * LOAD_NUMBERS + second;
    let number = this.#pairs.get(pair);
    if (number === undefined) {
      number = this.#pairs.size + 1;
      this.#pairs.set(pair, number);
    }
    return number;
  }
}
