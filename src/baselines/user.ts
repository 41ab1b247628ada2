/**
 * What users do without a planner: the deployment of their plan file, or an equal split. It is
 * not checked against the rate: an overloaded plan is simulated as it is.
 */

import type { Deployment } from "../deployment/plan.ts";
import { place } from "../planner/placement.ts";
import type { Planner, PlanningOutcome, PlanningProblem } from "../planner/planner.ts";
import { equalSplit } from "./equal-split.ts";

/** A planner that always answers with `deployment`. */
export function fixedPlanner(deployment: Deployment): Planner {
  return { name: "user", plan: () => ({ isFeasible: true, deployment, candidates: 1 }) };
}

/** The default user plan: an equal split of the cluster. */
export const userPlanner: Planner = { name: "user", plan };

function plan(problem: PlanningProblem): PlanningOutcome {
  const { cluster, llms } = problem;
  const requests = equalSplit(problem);
  const deployment = requests === undefined ? undefined : place(cluster, llms, requests);
  if (deployment === undefined) {
    const reason = `an equal split of ${cluster.name} does not hold the weights of all LLMs`;
    return { isFeasible: false, reason, candidates: 1 };
  }
  return { isFeasible: true, deployment, candidates: 1 };
}
