/** The instances of LLMs, counted by size. */

import type { ReplicaGroup } from "../llm/profile-table.ts";
import type { Deployment, Instance } from "./plan.ts";

/** Replicas of one size, with their indices among all instances of the deployment. */
export interface IndexedGroup extends ReplicaGroup {
  readonly indices: readonly number[];
  /** One of them. */
  readonly instance: Instance;
}

/** By LLM: its instances grouped by GPU type, TP degree and share. */
export function replicaGroups(deployment: Deployment): IndexedGroup[][] {
  let index = 0;
  return deployment.llms.map(({ instances }) => {
    const groups = new Map<string, IndexedGroup>();
    for (const instance of instances) {
      const { gpus, share } = instance;
      const gpu = gpus[0]!.type.name;
      const key = `${gpu}/${gpus.length}/${share}`;
      const indices = [...(groups.get(key)?.indices ?? []), index++];
      const replicas = indices.length;
      groups.set(key, { gpu, tp: gpus.length, share, replicas, indices, instance });
    }
    return [...groups.values()];
  });
}
