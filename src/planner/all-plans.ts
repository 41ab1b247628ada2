/** Every plan of a space, for clusters so small that all can be simulated. */

import type { Deployment } from "../deployment/plan.ts";
import { gpuTypes } from "../hardware/cluster.ts";
import type { ReplicaGroup } from "../llm/profile-table.ts";
import {
  type ConfigurationSpace,
  GRANULES_PER_GPU,
  leastKvTokens,
  replicaChoices,
} from "./configurations.ts";
import { place } from "./placement.ts";
import type { PlanningProblem } from "./planner.ts";

/** Yields every plan in which all LLMs can be placed, whatever its speed. */
export function* allPlans(
  problem: PlanningProblem,
  space: ConfigurationSpace,
): Generator<Deployment> {
  const { cluster, llms } = problem;
  const choices = llms.map((_, llm) =>
    gpuTypes(cluster).flatMap((type) => [...replicaChoices(problem, llm, type, space)]),
  );
  const budget = cluster.gpus.length * GRANULES_PER_GPU;
  function* complete(chosen: readonly ReplicaGroup[], left: number): Generator<Deployment> {
    if (chosen.length === llms.length) {
      const requests = chosen.map((group, llm) => {
        return { ...group, kvTokens: leastKvTokens(problem, llm) };
      });
      const deployment = place(cluster, llms, requests);
      if (deployment !== undefined) yield deployment;
      return;
    }
    for (const group of choices[chosen.length]!) {
      const granules = group.replicas * group.tp * group.share * GRANULES_PER_GPU;
      if (granules <= left) yield* complete([...chosen, group], left - granules);
    }
  }
  yield* complete([], budget);
}
