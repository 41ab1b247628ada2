/**
 * The naive placement that others are compared with: instances in the order in which they are
 * asked for, each on the first GPUs that have room, whatever fast domain or node these are in.
 */

import { holds } from "../deployment/fragmentation.ts";
import type { Deployment } from "../deployment/plan.ts";
import type { Cluster, Gpu } from "../hardware/cluster.ts";
import { emptyRooms, type FilledGpu, occupy } from "./packing.ts";
import { deploymentOf, instanceKinds, type LlmRequest, leastUtilization } from "./placement.ts";
import type { PlannedLlm } from "./planner.ts";

/** Places `requests[llm]` by first fit; undefined when they do not fit. */
export function placeFirstFit(
  cluster: Cluster,
  llms: readonly PlannedLlm[],
  requests: readonly LlmRequest[],
): Deployment | undefined {
  const rooms = emptyRooms(cluster, leastUtilization(llms));
  const kinds = instanceKinds(llms, requests);
  const groups: (readonly Gpu[])[][] = kinds.map(() => []);
  for (const kind of kinds) {
    for (let replica = 0; replica < kind.replicas; replica++) {
      const group: FilledGpu[] = [];
      for (const room of rooms) if (group.length < kind.tp && holds(room, kind)) group.push(room);
      if (group.length < kind.tp) return undefined;
      occupy(group, kind);
      groups[kind.index]!.push(group.map(({ gpu }) => gpu));
    }
  }
  return deploymentOf(cluster, llms, { kinds, rooms, groups });
}
