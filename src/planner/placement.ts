/**
 * Hierarchical placement (Scepsy, step 6): instances of the largest TP degree first, each into the
 * fast domain with the least room that holds it, then the smaller ones onto the fullest GPU that
 * takes them (`packing.ts`). Where that leaves GPUs half used, other orders are tried, and the
 * placement on the fewest GPUs, then with the least stranded share, is taken.
 */

import { sum } from "d3-array";
import { strandedRooms } from "../deployment/fragmentation.ts";
import type { Deployment, Instance } from "../deployment/plan.ts";
import type { Cluster } from "../hardware/cluster.ts";
import type { TenantLoad } from "../hardware/interference.ts";
import { kvBytesPerToken, weightBytes } from "../llm/model.ts";
import { explicitMemory } from "./memory-split.ts";
import { neighbourSlowdown } from "./neighbours.ts";
import { emptyRooms, type InstanceKind, type Packing, pack } from "./packing.ts";
import type { PlannedLlm } from "./planner.ts";

/** Replicas of an LLM to be placed. */
export interface PlacementRequest {
  readonly tp: number;
  readonly share: number;
  readonly replicas: number;
  /** Tokens of KV cache that each replica needs at least. */
  readonly kvTokens: number;
  /** Name of the GPU type that they must be on; any by default. */
  readonly gpu?: string | undefined;
  /** What each asks of its GPUs: among equal GPUs the one with the best neighbours is taken. */
  readonly load?: TenantLoad | undefined;
}

/** Replicas of one LLM: all alike, or of several sizes. */
export type LlmRequest = PlacementRequest | readonly PlacementRequest[];

/** Compares two kinds: which of them is placed first. */
type Order = (a: InstanceKind, b: InstanceKind) => number;

/** The hierarchical order, then those that may do better where it wastes room. */
const ORDERS: readonly Order[] = [
  (a, b) => b.tp - a.tp || b.share - a.share || b.memory - a.memory,
  (a, b) => b.tp - a.tp || b.memory - a.memory || b.share - a.share,
  (a, b) => b.share - a.share || b.tp - a.tp || b.memory - a.memory,
];

/** So many kinds are each tried as the first one where the orders above waste room. */
const MAX_PROMOTIONS = 8;

/** On more GPUs than this the first order that fits is taken: few of many are left partly free. */
const MAX_GPUS_OF_SEARCH = 128;

/** Places `requests[llm]`; undefined when they do not fit. */
export function place(
  cluster: Cluster,
  llms: readonly PlannedLlm[],
  requests: readonly LlmRequest[],
): Deployment | undefined {
  const kinds = instanceKinds(llms, requests);
  const needed = sum(kinds, ({ replicas, tp, share }) => replicas * tp * share);
  if (needed > cluster.gpus.length * (1 + 1e-9)) return undefined;
  const slowdown = neighbourSlowdown();
  const utilization = leastUtilization(llms);
  let best: Attempt | undefined;
  const improve = (order: Order): void => {
    const sorted = [...kinds].sort((a, b) => order(a, b) || a.index - b.index);
    const packing = pack(emptyRooms(cluster, utilization), sorted, slowdown);
    if (packing === undefined) return;
    const attempt = judge(packing, kinds);
    if (best === undefined || isBetter(attempt, best)) best = attempt;
  };
  const isLarge = cluster.gpus.length > MAX_GPUS_OF_SEARCH;
  const isDone = () =>
    best !== undefined &&
    (isLarge || (best.stranded === 0 && best.gpusUsed <= Math.ceil(needed - 1e-9)));
  for (const order of ORDERS) if (!isDone()) improve(order);
  if (best === undefined) return undefined;
  for (const first of kinds.slice(0, MAX_PROMOTIONS)) {
    if (isDone()) break;
    improve((a, b) => Number(b === first) - Number(a === first) || ORDERS[0]!(a, b));
  }
  return deploymentOf(cluster, llms, { kinds, ...(best as Attempt).packing });
}

/** A packing and how good it is. */
interface Attempt {
  readonly packing: Packing;
  readonly gpusUsed: number;
  /** Stranded share, in GPUs. */
  readonly stranded: number;
}

function judge(packing: Packing, kinds: readonly InstanceKind[]): Attempt {
  const gpusUsed = packing.rooms.filter(({ isUsed }) => isUsed).length;
  const stranded = sum(strandedRooms(packing.rooms, kinds), ({ share }) => share);
  return { packing, gpusUsed, stranded };
}

function isBetter(a: Attempt, b: Attempt): boolean {
  if (a.gpusUsed !== b.gpusUsed) return a.gpusUsed < b.gpusUsed;
  return a.stranded < b.stranded - 1e-9;
}

/** All kinds of instances that are asked for, LLM by LLM. */
export function instanceKinds(
  llms: readonly PlannedLlm[],
  requests: readonly LlmRequest[],
): InstanceKind[] {
  const kinds: InstanceKind[] = [];
  llms.forEach(({ model }, llm) => {
    for (const request of [requests[llm]!].flat()) {
      const { tp, share, replicas, kvTokens, gpu, load } = request;
      const kvBytes = kvTokens * kvBytesPerToken(model, tp);
      const memory = weightBytes(model, tp) + kvBytes;
      const index = kinds.length;
      kinds.push({ llm, index, tp, share, replicas, kvBytes, memory, gpu, load });
    }
  });
  return kinds;
}

/** Part of a GPU's memory that every engine may use. */
export function leastUtilization(llms: readonly PlannedLlm[]): number {
  return Math.min(...llms.map(({ engine }) => engine.memoryUtilization));
}

/** The deployment that a packing stands for. */
export function deploymentOf(
  cluster: Cluster,
  llms: readonly PlannedLlm[],
  { kinds, groups }: Packing & { readonly kinds: readonly InstanceKind[] },
): Deployment {
  const instances: Instance[][] = llms.map(() => []);
  const needs = new Map<Instance, InstanceKind>();
  for (const kind of kinds) {
    for (const gpus of groups[kind.index]!) {
      const instance: Instance = { gpus, share: kind.share };
      needs.set(instance, kind);
      instances[kind.llm]!.push(instance);
    }
  }
  const deployment = {
    cluster,
    llms: llms.map((llm, index) => ({ ...llm, instances: instances[index]! })),
  };
  return explicitMemory(deployment, needs);
}
