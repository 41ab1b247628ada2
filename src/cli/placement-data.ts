/** A deployment as the placement picture takes it: plain numbers, GPU by GPU. */

import { kvBytesByReplica, tenantWeights } from "../deployment/memory.ts";
import { type Deployment, type Instance, tenantsByGpu } from "../deployment/plan.ts";
import type { PlacementPicture } from "../report/placement-picture.ts";

/** What the picture shows of `deployment`. */
export function placementData(
  deployment: Deployment,
): Pick<PlacementPicture, "nodes" | "llms" | "gpus"> {
  const { cluster, llms } = deployment;
  const kvBytes = kvBytesByReplica(deployment);
  const tpGroups = new Map<Instance, number>();
  for (const { instances } of llms) {
    const groups = instances.filter(({ gpus }) => gpus.length > 1);
    groups.forEach((instance, index) => void tpGroups.set(instance, index + 1));
  }
  const indices = new Map(llms.map((llm, index) => [llm, index]));
  const tenants = tenantsByGpu(deployment);
  return {
    nodes: cluster.nodes.map(({ id }) => id),
    llms: llms.map(({ name }) => name),
    gpus: cluster.gpus.map(({ index, node, domain, type }) => ({
      node,
      domain,
      tenants: tenants[index]!.map((tenant) => ({
        llm: indices.get(tenant.llm)!,
        share: tenant.instance.share,
        memory: (tenantWeights(tenant) + Math.max(0, kvBytes[tenant.replica]!)) / type.memory,
        tpGroup: tpGroups.get(tenant.instance),
      })),
    })),
  };
}
