/**
 * Memory of tenants where the default split by share would leave one of them with less KV cache
 * than it needs although there is enough for all: each gets its weights, its need, and its part by
 * share of what then remains. A TP group takes the same on each of its GPUs, so all instances that
 * are joined by such groups are set together.
 */

import { sum } from "d3-array";
import { kvBytesOfTenants } from "../deployment/memory.ts";
import { type Deployment, type Instance, type Tenant, tenantsByGpu } from "../deployment/plan.ts";

/** What an instance needs of each of its GPUs, in bytes. */
interface MemoryNeed {
  /** KV cache. */
  readonly kvBytes: number;
  /** Weights and KV cache. */
  readonly memory: number;
}

/** `deployment` with explicit memory where the default split starves an instance. */
export function explicitMemory(
  deployment: Deployment,
  needs: ReadonlyMap<Instance, MemoryNeed>,
): Deployment {
  const tenants = tenantsByGpu(deployment);
  const starved = tenants.flatMap((own, gpu) => (isStarved(deployment, own, gpu) ? [gpu] : []));
  if (starved.length === 0) return deployment;

  const joined = new Set(starved);
  for (const gpu of joined) {
    for (const { instance } of tenants[gpu]!) {
      for (const { index } of instance.gpus) joined.add(index);
    }
  }
  const memory = new Map<Instance, number>();
  for (const gpu of joined) {
    const own = tenants[gpu]!;
    const rest = Math.max(0, usableMemory(deployment, own, gpu) - sum(own, needOf));
    const shares = sum(own, ({ instance }) => instance.share);
    for (const tenant of own) {
      const { instance } = tenant;
      const bytes = needOf(tenant) + Math.floor((rest * instance.share) / shares);
      memory.set(instance, Math.min(bytes, memory.get(instance) ?? Infinity));
    }
  }
  const llms = deployment.llms.map((llm) => ({
    ...llm,
    instances: llm.instances.map((instance) => {
      const bytes = memory.get(instance);
      return bytes === undefined ? instance : { ...instance, memory: bytes };
    }),
  }));
  return { ...deployment, llms };

  function needOf({ instance }: Tenant): number {
    return Math.ceil(needs.get(instance)!.memory);
  }

  function isStarved({ cluster }: Deployment, own: readonly Tenant[], gpu: number): boolean {
    if (own.length < 2) return false;
    const kvBytes = kvBytesOfTenants(own, cluster.gpus[gpu]!.type.memory);
    return own.some(({ instance }, index) => kvBytes[index]! < needs.get(instance)!.kvBytes);
  }
}

/** Bytes of a GPU that the engines of all its tenants may use. */
function usableMemory({ cluster }: Deployment, own: readonly Tenant[], gpu: number): number {
  const utilization = Math.min(...own.map(({ llm }) => llm.engine.memoryUtilization));
  return utilization * cluster.gpus[gpu]!.type.memory;
}
