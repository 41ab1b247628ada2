/**
 * The split that needs no information: every LLM gets the same number of whole GPUs, or, where
 * there are more LLMs than GPUs, the same share of one.
 */

import { kvBytesPerToken, supportsTp, weightBytes } from "../llm/model.ts";
import { leastKvTokens, tpDegrees } from "../planner/configurations.ts";
import type { PlacementRequest } from "../planner/placement.ts";
import type { PlanningProblem } from "../planner/planner.ts";

/** An LLM should have room for so many of its largest executions at once. */
const EXECUTIONS_AT_ONCE = 4;

/**
 * The smallest TP degree at which whole GPUs hold an LLM's weights and the context of a few
 * executions, or of one where that fits none; undefined if nothing fits.
 */
export function smallestTp(problem: PlanningProblem, llm: number): number | undefined {
  const { cluster, llms } = problem;
  const { model, engine } = llms[llm]!;
  const gpu = cluster.gpus[0]!.type;
  const usable = engine.memoryUtilization * gpu.memory;
  const fits = (tp: number, executions: number) => {
    const kvTokens = executions * leastKvTokens(problem, llm);
    const bytes = weightBytes(model, tp) + kvTokens * kvBytesPerToken(model, tp);
    const canReduce = tp === 1 || gpu.allReduce.has(tp);
    return supportsTp(model, tp) && canReduce && bytes <= usable;
  };
  const degrees = tpDegrees(cluster.gpus);
  return degrees.find((tp) => fits(tp, EXECUTIONS_AT_ONCE)) ?? degrees.find((tp) => fits(tp, 1));
}

/**
 * One request per LLM for an equal part of the GPUs, as replicas of the smallest TP degree that
 * fits; undefined when an LLM fits no TP degree.
 */
export function equalSplit(problem: PlanningProblem): PlacementRequest[] | undefined {
  const { cluster, llms } = problem;
  const gpusEach = Math.floor(cluster.gpus.length / llms.length);
  const requests: PlacementRequest[] = [];
  for (let llm = 0; llm < llms.length; llm++) {
    const tp = smallestTp(problem, llm);
    if (tp === undefined) return undefined;
    const kvTokens = leastKvTokens(problem, llm);
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
