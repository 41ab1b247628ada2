/** The plan of a results directory as the placement picture takes it. */

import type { PlacedTenant } from "./placement-picture.ts";
import { placementPicture } from "./placement-picture.ts";
import type { RunData } from "./run-data.ts";

/** GPUs with the shares of their tenants; the memory of a tenant is not recorded. */
export function placementFigure({ summary, cluster, llms }: RunData): string {
  const tenants = new Map<string, PlacedTenant[]>(cluster.gpus.map(({ id }) => [id, []]));
  Object.values(summary.plan.llms).forEach(({ instances }, llm) => {
    let groups = 0;
    for (const { gpus, share } of instances) {
      const tpGroup = gpus.length > 1 ? ++groups : undefined;
      for (const gpu of gpus) tenants.get(gpu)?.push({ llm, share, tpGroup });
    }
  });
  return placementPicture({
    title: "",
    nodes: cluster.nodes,
    llms,
    gpus: cluster.gpus.map(({ id, node, domain }) => ({
      node: cluster.nodes.indexOf(node),
      domain,
      tenants: tenants.get(id)!,
    })),
  });
}
