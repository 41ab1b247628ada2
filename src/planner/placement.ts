/**
 * Hierarchical placement (Scepsy, step 6): instances of the largest TP degree first, each into the
 * fast domain with the least room that holds it, then the smaller ones onto the fullest GPU that
 * takes them. Memory is the second dimension: every tenant keeps room for the KV cache it needs.
 */

import { sum } from "d3-array";
import { kvBytesOfTenants } from "../deployment/memory.ts";
import type { DeployedLlm, Deployment, Instance } from "../deployment/plan.ts";
import type { Cluster, Gpu } from "../hardware/cluster.ts";
import { kvBytesPerToken, weightBytes } from "../llm/model.ts";
import type { PlannedLlm } from "./planner.ts";

/** Slack for sums of shares. */
const SHARE_TOLERANCE = 1e-9;

/** Replicas of an LLM to be placed. */
export interface PlacementRequest {
  readonly tp: number;
  readonly share: number;
  readonly replicas: number;
  /** Tokens of KV cache that each replica needs at least. */
  readonly kvTokens: number;
}

/** A tenant put on a GPU. */
interface PlacedTenant {
  readonly llm: DeployedLlm;
  readonly instance: Instance;
  /** Bytes of KV cache that it needs on each GPU. */
  readonly kvBytes: number;
}

/** What is on a GPU so far. */
interface GpuState {
  readonly gpu: Gpu;
  readonly tenants: PlacedTenant[];
  freeShare: number;
}

/** Places `requests[llm]`; undefined when they do not fit. */
export function place(
  cluster: Cluster,
  llms: readonly PlannedLlm[],
  requests: readonly PlacementRequest[],
): Deployment | undefined {
  const states: GpuState[] = cluster.gpus.map((gpu) => ({ gpu, tenants: [], freeShare: 1 }));
  const instances: Instance[][] = llms.map(() => []);
  const order = requests
    .map((request, llm) => ({ request, llm, weights: weightBytes(llms[llm]!.model, request.tp) }))
    .sort(
      (a, b) =>
        b.request.tp - a.request.tp ||
        b.request.share - a.request.share ||
        b.weights - a.weights ||
        a.llm - b.llm,
    );
  for (const { request, llm } of order) {
    const { tp, share, kvTokens } = request;
    const planned = llms[llm]!;
    const kvBytes = kvTokens * kvBytesPerToken(planned.model, tp);
    for (let replica = 0; replica < request.replicas; replica++) {
      const tenant = { llm: { ...planned, instances: [] }, instance: { gpus: [], share }, kvBytes };
      const group = findGroup(states, tenant, tp);
      if (group === undefined) return undefined;
      const instance: Instance = { gpus: group.map(({ gpu }) => gpu), share };
      for (const state of group) {
        state.tenants.push({ ...tenant, instance });
        state.freeShare -= share;
      }
      instances[llm]!.push(instance);
    }
  }
  return {
    cluster,
    llms: llms.map((llm, index) => ({ ...llm, instances: instances[index]! })),
  };
}

/** The GPUs for one instance: within one domain, the one left with the least room. */
function findGroup(
  states: readonly GpuState[],
  tenant: PlacedTenant,
  tp: number,
): GpuState[] | undefined {
  const domains = new Map<number, GpuState[]>();
  for (const state of states) {
    if (!accepts(state, tenant, tp)) continue;
    const domain = domains.get(state.gpu.domain) ?? [];
    domain.push(state);
    domains.set(state.gpu.domain, domain);
  }
  let best: GpuState[] | undefined;
  let leastRoom = Infinity;
  for (const candidates of domains.values()) {
    if (candidates.length < tp) continue;
    candidates.sort((a, b) => a.freeShare - b.freeShare || a.gpu.index - b.gpu.index);
    const group = candidates.slice(0, tp);
    const room = sum(tp > 1 ? candidates : group, (state) => state.freeShare);
    if (room < leastRoom) {
      leastRoom = room;
      best = group;
    }
  }
  return best;
}

/** Whether a GPU has the share, and memory for all its tenants with this one. */
function accepts({ gpu, tenants, freeShare }: GpuState, tenant: PlacedTenant, tp: number): boolean {
  if (freeShare < tenant.instance.share - SHARE_TOLERANCE) return false;
  const instance = { ...tenant.instance, gpus: new Array<Gpu>(tp).fill(gpu) };
  const all = [...tenants, { ...tenant, instance }];
  const kvBytes = kvBytesOfTenants(all, gpu.type.memory);
  return all.every(({ kvBytes: needed }, index) => kvBytes[index]! >= needed);
}
