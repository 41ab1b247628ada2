/**
 * How much of the GPUs in use a plan leaves where none of its instances could go. Free share is
 * stranded when one more instance of no kind that the plan has would fit there: for want of share,
 * of memory, or of other GPUs of the fast domain to make up a TP group.
 */

import { max, sum } from "d3-array";
import { type Gpu, spannedLevel } from "../hardware/cluster.ts";
import { kvBytesPerToken } from "../llm/model.ts";
import { kvBytesOfTenants, tenantWeights } from "./memory.ts";
import { type DeployedLlm, type Deployment, type Instance, tenantsByGpu } from "./plan.ts";

/** Slack for sums of shares. */
export const SHARE_TOLERANCE = 1e-9;

/** What is free on a GPU. */
export interface GpuRoom {
  readonly gpu: Gpu;
  readonly isUsed: boolean;
  readonly share: number;
  /** Bytes. */
  readonly memory: number;
}

/** What an instance takes of each of its GPUs. */
export interface InstanceSize {
  readonly tp: number;
  readonly share: number;
  /** Bytes of weights and of the KV cache that it needs. */
  readonly memory: number;
  /** Name of the GPU type that it must be on; undefined for any. */
  readonly gpu?: string | undefined;
}

/** What a plan leaves free and cannot use. */
export interface Fragmentation {
  readonly gpusUsed: number;
  /** Part of the SMs of the GPUs in use. */
  readonly strandedShare: number;
  /** Bytes that no tenant was given, on GPUs where no instance could use them. */
  readonly strandedMemory: number;
  readonly tpGroupsCrossingDomains: number;
}

/**
 * The fragmentation of `deployment`, whose instances need room for `kvTokens[llm]` tokens of KV
 * cache, or for one block where nothing is said.
 */
export function fragmentation(
  deployment: Deployment,
  kvTokens: readonly number[] = [],
): Fragmentation {
  const { cluster, llms } = deployment;
  const tenants = tenantsByGpu(deployment);
  const needs = new Map<Instance, number>();
  const sizes = new Map<string, InstanceSize>();
  llms.forEach((llm, index) => {
    for (const instance of llm.instances) {
      const size = sizeOf(llm, instance, kvTokens[index] ?? llm.engine.blockSize);
      needs.set(instance, size.memory);
      sizes.set([index, size.tp, size.share, size.gpu].join("/"), size);
    }
  });
  const rooms = cluster.gpus.map((gpu, index) => {
    const own = tenants[index]!;
    const share = 1 - sum(own, ({ instance }) => instance.share);
    const memory = usable(gpu, llms) - sum(own, ({ instance }) => needs.get(instance)!);
    return { gpu, isUsed: own.length > 0, share, memory };
  });
  const gpusUsed = rooms.filter(({ isUsed }) => isUsed).length;
  const stranded = strandedRooms(rooms, [...sizes.values()]);
  const unusable = [...stranded, ...rooms.filter((room) => room.isUsed && isFull(room))];
  return {
    gpusUsed,
    strandedShare: gpusUsed === 0 ? 0 : sum(stranded, ({ share }) => share) / gpusUsed,
    strandedMemory: sum(unusable, ({ gpu }) => {
      const own = tenants[gpu.index]!;
      const kvBytes = sum(kvBytesOfTenants(own, gpu.type.memory), (bytes) => Math.max(0, bytes));
      const given = kvBytes + sum(own, tenantWeights);
      const utilization = max(own, ({ llm }) => llm.engine.memoryUtilization)!;
      return Math.max(0, utilization * gpu.type.memory - given);
    }),
    tpGroupsCrossingDomains: sum(llms, ({ instances }) => {
      return instances.filter(({ gpus }) => spannedLevel(gpus) !== "domain").length;
    }),
  };
}

/** GPUs in use with free share that an instance of none of the `sizes` could take. */
export function strandedRooms<Room extends GpuRoom>(
  rooms: readonly Room[],
  sizes: readonly InstanceSize[],
): Room[] {
  const open = rooms.filter((room) => room.isUsed && !isFull(room));
  if (open.length === 0) return [];
  const usable = sizes.map((size) => {
    const domains = new Map<number, number>();
    for (const room of size.tp > 1 ? rooms : []) {
      const { domain } = room.gpu;
      if (holds(room, size)) domains.set(domain, (domains.get(domain) ?? 0) + 1);
    }
    return { size, domains };
  });
  return open.filter(
    (room) =>
      !usable.some(
        ({ size, domains }) =>
          holds(room, size) && (size.tp === 1 || domains.get(room.gpu.domain)! >= size.tp),
      ),
  );
}

/** Whether one rank of an instance fits a GPU. */
export function holds({ gpu, share, memory }: GpuRoom, size: InstanceSize): boolean {
  return (
    share >= size.share - SHARE_TOLERANCE &&
    memory >= size.memory &&
    (size.gpu === undefined || size.gpu === gpu.type.name)
  );
}

function isFull({ share }: GpuRoom): boolean {
  return share <= SHARE_TOLERANCE;
}

function sizeOf(llm: DeployedLlm, instance: Instance, kvTokens: number): InstanceSize {
  const { gpus, share } = instance;
  const kvBytes = kvTokens * kvBytesPerToken(llm.model, gpus.length);
  const memory = tenantWeights({ llm, instance }) + kvBytes;
  return { tp: gpus.length, share, memory, gpu: gpus[0]!.type.name };
}

/** Bytes that engines may use of a GPU. */
function usable({ type }: Gpu, llms: readonly DeployedLlm[]): number {
  return type.memory * Math.min(...llms.map(({ engine }) => engine.memoryUtilization));
}
