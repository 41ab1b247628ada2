/**
 * Each LLM sized on its own: it knows how fast calls are served alone and, at most, at which rate
 * they come, but not how calls make up a workflow. Both on whole GPUs and on the full space of
 * shares, so that what information buys and what the space buys can be told apart.
 *
 * `independent-rate`, in the manner of AlpaServe and MuxServe: GPUs go where they make calls faster
 * by the largest factor, every LLM sustaining its rate: the least sum of ln(call latency).
 * `independent-blind` does not know rates either: every LLM gets an equal part of the GPUs and
 * serves one call at a time there as fast as it can. Both get what is best for them: see MODEL.md.
 */

import { gpuTypes } from "../hardware/cluster.ts";
import {
  type ConfigurationSpace,
  configurations,
  GRANULES_PER_GPU,
  type Valuation,
  WHOLE_SPACE,
} from "../planner/configurations.ts";
import { choicesOf } from "../planner/placed-choices.ts";
import { type PlacementRequest, place } from "../planner/placement.ts";
import {
  formatRates,
  infeasible,
  type Planner,
  type PlanningOutcome,
  type PlanningProblem,
} from "../planner/planner.ts";
import { blindValue, rateValue } from "./call-values.ts";
import { equalSplit } from "./equal-split.ts";

/** Choices that are tried for a placement. */
const MAX_PLACEMENTS = 500;

const WHOLE_GPUS: ConfigurationSpace = { granularity: GRANULES_PER_GPU, hasShares: false };

/** By rates, on whole GPUs; what `independent` stands for. */
export const independentPlanner: Planner = sized("independent", rateValue, WHOLE_GPUS);

/** By rates, on any share. */
export const independentSharesPlanner: Planner = sized(
  "independent-shares",
  rateValue,
  WHOLE_SPACE,
);

/** Without rates, on whole GPUs. */
export const blindPlanner: Planner = sized("independent-blind", blindValue, WHOLE_GPUS);

/** Without rates, on any share. */
export const blindSharesPlanner: Planner = sized(
  "independent-blind-shares",
  blindValue,
  WHOLE_SPACE,
);

/** Valued LLM by LLM, within a space. */
export function sized(
  name: string,
  valueIn: (problem: PlanningProblem) => Valuation,
  space: ConfigurationSpace,
): Planner {
  return { name, plan: (problem) => planIn(problem, valueIn(problem), space) };
}

function planIn(
  problem: PlanningProblem,
  valuation: Valuation,
  space: ConfigurationSpace,
): PlanningOutcome {
  const { cluster, llms } = problem;
  const options = llms.map((_, llm) => configurations(problem, llm, valuation, space));
  let candidates = 0;
  for (const choice of choicesOf(cluster, options)) {
    if (candidates++ === MAX_PLACEMENTS) break;
    const deployment = place(cluster, llms, choice);
    if (deployment !== undefined) return { isFeasible: true, deployment, candidates };
  }
  // More LLMs than GPUs: whole ones do not go round.
  const requests = space.hasShares ? undefined : equalSplit(problem);
  if (requests?.some(({ share }) => share < 1)) return planSplit(problem, requests, valuation);
  const lacking = llms.find((_, llm) => options[llm]!.length === 0);
  if (lacking !== undefined) {
    return infeasible(`${lacking.name} is too slow or too large for ${formatRates(problem)}`);
  }
  return infeasible(`the LLMs do not fit ${cluster.name} together`, candidates);
}

/** Equal shares, where they reach the rates. */
function planSplit(
  problem: PlanningProblem,
  requests: readonly PlacementRequest[],
  valuation: Valuation,
): PlanningOutcome {
  const { cluster, llms } = problem;
  const gpu = gpuTypes(cluster)[0]!.name;
  const slow = llms.find((_, llm) => valuation(llm, { ...requests[llm]!, gpu }) === undefined);
  if (slow !== undefined) {
    return infeasible(`${slow.name} is too slow for ${formatRates(problem)}`, 1);
  }
  const deployment = place(cluster, llms, requests);
  if (deployment === undefined)
    return infeasible(`the LLMs do not fit ${cluster.name} together`, 1);
  return { isFeasible: true, deployment, candidates: 1 };
}
