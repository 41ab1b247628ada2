/**
 * The topology: GPU < fast domain (NVLink) < node < cluster, and the links between the levels.
 * Racks and oversubscribed switches are left out: nodes see one another at one bandwidth.
 */

import { assert } from "../errors.ts";
import type { GpuType } from "./gpu.ts";

/** A point-to-point link. */
export interface Link {
  readonly latency: number;
  readonly bandwidth: number;
}

/** One GPU of a cluster. */
export interface Gpu {
  /** `node0/gpu3`. */
  readonly id: string;
  /** Position in `Cluster.gpus`. */
  readonly index: number;
  readonly node: number;
  /** Fast domain, numbered over the whole cluster. */
  readonly domain: number;
  readonly type: GpuType;
}

/** Nodes with their GPUs, and the links that join them. */
export interface Cluster {
  readonly name: string;
  readonly nodes: readonly { readonly id: string }[];
  readonly gpus: readonly Gpu[];
  /** Between fast domains of one node. */
  readonly nodeLink: Link;
  /** Between nodes, per GPU. */
  readonly networkLink: Link;
  /** Between a workflow's client, the router and a replica. */
  readonly frontendLink: Link;
}

/** The slowest level that a group of GPUs spans. */
export type LinkLevel = "domain" | "node" | "network";

/** What a cluster is made of: one entry a node. */
export interface NodeSpec {
  readonly id: string;
  readonly gpuType: GpuType;
  readonly gpuCount: number;
  /** GPUs in each fast domain of the node. */
  readonly domainSize: number;
}

/** Numbers the GPUs and domains of `nodes`. */
export function createCluster(
  name: string,
  nodes: readonly NodeSpec[],
  links: Pick<Cluster, "nodeLink" | "networkLink" | "frontendLink">,
): Cluster {
  const gpus: Gpu[] = [];
  let domain = -1;
  nodes.forEach((node, nodeIndex) => {
    for (let slot = 0; slot < node.gpuCount; slot++) {
      if (slot % node.domainSize === 0) domain++;
      const id = `${node.id}/gpu${slot}`;
      gpus.push({ id, index: gpus.length, node: nodeIndex, domain, type: node.gpuType });
    }
  });
  const { nodeLink, networkLink, frontendLink } = links;
  const nodeIds = nodes.map(({ id }) => ({ id }));
  return { name, nodes: nodeIds, gpus, nodeLink, networkLink, frontendLink };
}

/** The cluster with its first `count` GPUs only. */
export function firstGpus(cluster: Cluster, count: number): Cluster {
  return { ...cluster, gpus: cluster.gpus.slice(0, count) };
}

/** The slowest level among `gpus` (at least one). */
export function spannedLevel(gpus: readonly Gpu[]): LinkLevel {
  const first = gpus[0];
  assert(first !== undefined, "a TP group has no GPU");
  if (gpus.every((gpu) => gpu.domain === first.domain)) return "domain";
  return gpus.every((gpu) => gpu.node === first.node) ? "node" : "network";
}

/** The distinct GPU types of a cluster, in order of first use. */
export function gpuTypes(cluster: Cluster): GpuType[] {
  return [...new Set(cluster.gpus.map((gpu) => gpu.type))];
}

/** Seconds that `bytes` take over `link`. */
export function transferTime(link: Link, bytes: number): number {
  return link.latency + bytes / link.bandwidth;
}
