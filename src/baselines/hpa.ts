/**
 * Kubernetes' way: each LLM in whole-GPU replicas of the smallest TP degree that holds it, scaled
 * on its own by the calls in flight on them. The target of an LLM is what a replica has in flight
 * at a load that is worth a new replica,
 *
 *   target = λ · L(λ)   with λ = TARGET_LOAD · T   (Little's law on its profile)
 *
 * and the run starts with as many replicas as that load asks for. MODEL.md says how it was tuned.
 * Where there are more LLMs than GPUs it has no GPU to scale with: equal shares.
 */

import { sum } from "d3-array";
import { KUBERNETES_DEFAULTS } from "../deployment/control.ts";
import { callLatency, maxCallRate } from "../llm/profile-table.ts";
import { leastKvTokens } from "../planner/configurations.ts";
import { type PlacementRequest, place } from "../planner/placement.ts";
import type { Planner, PlanningOutcome, PlanningProblem } from "../planner/planner.ts";
import { callRate } from "../predictor/prediction.ts";
import { equalSplit, smallestTp } from "./equal-split.ts";

/** Part of its saturation at which a replica should run. */
const TARGET_LOAD = 0.3;

/** The autoscaler with the settings that did best. */
export const hpaPlanner = createHpaPlanner(TARGET_LOAD);

/** An autoscaler that aims at this part of each replica's saturation. */
export function createHpaPlanner(targetLoad: number): Planner {
  return { name: "hpa", plan: (problem) => plan(problem, targetLoad) };
}

function plan(problem: PlanningProblem, targetLoad: number): PlanningOutcome {
  const { cluster, llms } = problem;
  const requests = wholeReplicas(problem, targetLoad) ?? equalSplit(problem);
  const deployment = requests && place(cluster, llms, requests);
  if (requests === undefined || deployment === undefined) {
    const reason = `${cluster.name} does not hold the weights of all LLMs`;
    return { isFeasible: false, reason, candidates: 1 };
  }
  const targetCalls = requests.map(({ tp, share }, llm) => {
    const profile = problem.profiles[llm]!;
    const size = { gpu: cluster.gpus[0]!.type.name, tp, share };
    const rate = targetLoad * maxCallRate(profile, { ...size, replicas: 1 });
    return rate > 0 ? Math.max(1, rate * callLatency(profile, size, rate)) : 1;
  });
  const maxReplicas = cluster.gpus.length;
  const control = { kind: "hpa", ...KUBERNETES_DEFAULTS, targetCalls, maxReplicas } as const;
  return { isFeasible: true, deployment: { ...deployment, control }, candidates: 1 };
}

/** As many replicas as the target load asks for, or as there is room for; at least one each. */
function wholeReplicas(
  problem: PlanningProblem,
  targetLoad: number,
): PlacementRequest[] | undefined {
  const { cluster, llms, profiles } = problem;
  const degrees = llms.flatMap((_, llm) => smallestTp(problem, llm) ?? []);
  if (degrees.length < llms.length || sum(degrees) > cluster.gpus.length) return undefined;
  const loads = degrees.map((tp, llm) => {
    const size = { gpu: cluster.gpus[0]!.type.name, tp, share: 1, replicas: 1 };
    const capacity = maxCallRate(profiles[llm]!, size);
    return capacity > 0 ? callRate(problem, llm) / capacity : 0;
  });
  const replicas = loads.map((load) => Math.max(1, Math.ceil(load / targetLoad)));
  while (sum(replicas, (count, llm) => count * degrees[llm]!) > cluster.gpus.length) {
    // Whoever is least loaded with one replica less has one replica less.
    const loadAfter = replicas.map((count, llm) =>
      count > 1 ? loads[llm]! / (count - 1) : Infinity,
    );
    replicas[loadAfter.indexOf(Math.min(...loadAfter))]!--;
  }
  return degrees.map((tp, llm) => {
    return { tp, share: 1, replicas: replicas[llm]!, kvTokens: leastKvTokens(problem, llm) };
  });
}
