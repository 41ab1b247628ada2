/**
 * Memory of the tenants of a GPU. Unless a plan says otherwise, what the engine may use and
 * weights do not take is split by share:
 *
 *   kv = (utilization · GPU − Σ weights of all tenants) · share / Σ shares
 *
 * Where they take turns, each has what its own weights leave and a buffer, into which the weights
 * of whichever comes next are read ahead:
 *
 *   kv = utilization · GPU − own weights − largest weights of another
 */

import { weightBytes } from "../llm/model.ts";
import type { Deployment, Tenant } from "./plan.ts";
import { isPool, tenantsByGpu } from "./plan.ts";

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
    const bytesOf = isPool(deployment) ? kvBytesInTurns : kvBytesOfTenants;
    bytesOf(tenants, capacity).forEach((bytes, position) => {
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

/** KV-cache bytes that each tenant of one GPU has while it is its turn. */
export function kvBytesInTurns(
  tenants: readonly Pick<Tenant, "llm" | "instance">[],
  capacity: number,
): number[] {
  const weights = tenants.map(tenantWeights);
  return tenants.map(({ llm }, tenant) => {
    const buffer = Math.max(0, ...weights.toSpliced(tenant, 1));
    return llm.engine.memoryUtilization * capacity - weights[tenant]! - buffer;
  });
}
