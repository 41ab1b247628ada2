/**
 * The split that needs no information: every LLM gets the same number of whole GPUs, or, where
 * there are more LLMs than GPUs, the same share of one.
 */

import { weightBytes } from "../llm/model.ts";
import { tpDegrees } from "../planner/configurations.ts";
import type { PlacementRequest } from "../planner/placement.ts";
import type { PlanningProblem } from "../planner/planner.ts";

/** Part of the usable memory that weights may take, so that a KV cache fits beside them. */
const WEIGHTS_LIMIT = 0.95;

/** The smallest TP degree at which an LLM's weights fit whole GPUs; undefined if none does. */
export function smallestTp({ cluster, llms }: PlanningProblem, llm: number): number | undefined {
  const { model, engine } = llms[llm]!;
  const limit = WEIGHTS_LIMIT * engine.memoryUtilization * cluster.gpus[0]!.type.memory;
  return tpDegrees(cluster.gpus).find((tp) => weightBytes(model, tp) <= limit);
}

/**
 * One request per LLM for an equal part of the GPUs, as replicas of the smallest TP degree that
 * fits; undefined when an LLM fits no TP degree.
 */
export function equalSplit(problem: PlanningProblem): PlacementRequest[] | undefined {
  const { cluster, llms, statistics } = problem;
  const gpusEach = Math.floor(cluster.gpus.length / llms.length);
  const requests: PlacementRequest[] = [];
  for (let llm = 0; llm < llms.length; llm++) {
    const tp = smallestTp(problem, llm);
    if (tp === undefined) return undefined;
    const kvTokens = statistics.llms[llm]!.longestCall;
    const isWhole = gpusEach >= tp;
    requests.push({
      tp,
      share: isWhole ? 1 : 1 / Math.ceil((llms.length * tp) / cluster.gpus.length),
      replicas: isWhole ? Math.floor(gpusEach / tp) : 1,
      kvTokens,
    });
  }
  return requests;
}
