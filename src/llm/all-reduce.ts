/**
 * Time of one all-reduce of a TP group. Inside the fast domain: measured start-up and time per
 * byte of the GPU type. Across domains or nodes: a ring over the slowest link it spans,
 *
 *   t = 2·log2(n)·latency + 2·(n − 1)/n·bytes / bandwidth
 *
 * (latency of a tree, bandwidth of a ring, as NCCL reaches both for small and large messages).
 * Concurrent transfers on one link are not yet made to share it.
 */

import { assert } from "../errors.ts";
import type { Cluster, LinkLevel } from "../hardware/cluster.ts";
import type { AllReduceCost, GpuType } from "../hardware/gpu.ts";

/** Cost of an all-reduce over `tp` GPUs that span `level`; free for a single GPU. */
export function allReduceCost(
  gpu: GpuType,
  cluster: Cluster,
  group: { readonly tp: number; readonly level: LinkLevel },
): AllReduceCost {
  const { tp, level } = group;
  if (tp === 1) return { latency: 0, perByte: 0 };
  if (level === "domain") {
    const measured = gpu.allReduce.get(tp);
    assert(measured !== undefined, `${gpu.name} has no all-reduce time for TP ${tp}`);
    return measured;
  }
  const link = level === "node" ? cluster.nodeLink : cluster.networkLink;
  return {
    latency: 2 * Math.log2(tp) * link.latency,
    perByte: (2 * (tp - 1)) / tp / link.bandwidth,
  };
}
