/**
 * Memory of the tenants of a GPU. Unless a plan says otherwise, what the engine may use and
 * weights do not take is split by share:
 *
 *   kv = (utilization · GPU − Σ weights of all tenants) · share / Σ shares
 */

import { weightBytes } from "../llm/model.ts";
import type { Deployment, Tenant } from "./plan.ts";
import { tenantsByGpu } from "./plan.ts";

/** Bytes of weights of one tenant on one GPU. */
export function tenantWeights({ llm, instance }: Pick<Tenant, "llm" | "instance">): number {
  return weightBytes(llm.model, instance.gpus.length);
}

/**
 * KV-cache bytes per GPU of every replica, by replica index; the smallest over its GPUs.
 * Not above zero where the weights leave nothing.
 */
export function kvBytesByReplica(deployment: Deployment): number[] {
  const kvBytes: number[] = [];
  tenantsByGpu(deployment).forEach((tenants, gpuIndex) => {
    const capacity = deployment.cluster.gpus[gpuIndex]!.type.memory;
    kvBytesOfTenants(tenants, capacity).forEach((bytes, position) => {
      const { replica } = tenants[position]!;
      kvBytes[replica] = Math.min(kvBytes[replica] ?? Infinity, bytes);
    });
  });
  return kvBytes;
}

/** KV-cache bytes of each tenant of one GPU with `capacity` bytes of memory. */
export function kvBytesOfTenants(
  tenants: readonly Pick<Tenant, "llm" | "instance">[],
  capacity: number,
): number[] {
  const byDefault = tenants.filter(({ instance }) => instance.memory === undefined);
  const claimed = tenants.reduce((sum, { instance }) => sum + (instance.memory ?? 0), 0);
  const weights = byDefault.reduce((sum, tenant) => sum + tenantWeights(tenant), 0);
  const shares = byDefault.reduce((sum, { instance }) => sum + instance.share, 0);
  return tenants.map((tenant) => {
    const { memory, share } = tenant.instance;
    if (memory !== undefined) return memory - tenantWeights(tenant);
    const usable = tenant.llm.engine.memoryUtilization * capacity - claimed - weights;
    return (usable * share) / shares;
  });
}
