/**
 * Each LLM sized on its own, on whole GPUs, in the manner of AlpaServe and MuxServe: it knows every
 * LLM's call rate and call latency, but not how calls make up a workflow. GPUs go one step at a
 * time to the LLM whose capacity falls short the most, then to the one whose calls get faster by
 * the largest factor. Where there are more LLMs than GPUs, it falls back to equal shares.
 */

import { callLatency, maxCallRate } from "../llm/profile-table.ts";
import { leastKvTokens, tpDegrees } from "../planner/configurations.ts";
import { type PlacementRequest, place } from "../planner/placement.ts";
import {
  formatRates,
  HEADROOM,
  type Planner,
  type PlanningOutcome,
  type PlanningProblem,
} from "../planner/planner.ts";
import { callRate } from "../predictor/prediction.ts";
import { equalSplit, smallestTp } from "./equal-split.ts";

/** Whole-GPU sizing of one LLM. */
interface Sizing {
  readonly tp: number;
  readonly replicas: number;
  /** Capacity over call rate; at least `HEADROOM` when it is enough. */
  readonly headroom: number;
  readonly latency: number;
}

/** Independent sizing that knows call rates, on whole GPUs. */
export const independentPlanner: Planner = { name: "independent", plan };

function plan(problem: PlanningProblem): PlanningOutcome {
  const requests = wholeGpus(problem) ?? equalSplit(problem);
  const { cluster, llms } = problem;
  const gpu = cluster.gpus[0]!.type.name;
  if (requests === undefined) return infeasible(`an LLM's weights do not fit ${cluster.name}`);
  for (let llm = 0; llm < llms.length; llm++) {
    const { tp, share, replicas } = requests[llm]!;
    const capacity = replicas * maxCallRate(problem.profiles[llm]!, { gpu, tp, share, replicas: 1 });
    if (capacity < HEADROOM * callRate(problem, llm)) {
      return infeasible(`${llms[llm]!.name} is too slow for ${formatRates(problem)}`);
    }
  }
  const deployment = place(cluster, llms, requests);
  if (deployment === undefined) return infeasible(`the LLMs do not fit ${cluster.name} together`);
  return { isFeasible: true, deployment, candidates: 1 };
}

function infeasible(reason: string): PlanningOutcome {
  return { isFeasible: false, reason, candidates: 1 };
}

/** Sizes every LLM on GPUs of its own; undefined when there are too few. */
function wholeGpus(problem: PlanningProblem): PlacementRequest[] | undefined {
  const { cluster, llms } = problem;
  const amounts: number[] = [];
  for (let llm = 0; llm < llms.length; llm++) {
    const tp = smallestTp(problem, llm);
    if (tp === undefined) return undefined;
    amounts.push(tp);
  }
  let left = cluster.gpus.length - amounts.reduce((sum, amount) => sum + amount, 0);
  if (left < 0) return undefined;
  const sizings = amounts.map((amount, llm) => bestSizing(problem, llm, amount));
  for (let best = neediest(problem, amounts, sizings, left); best !== undefined; ) {
    left -= best.amount - amounts[best.llm]!;
    amounts[best.llm] = best.amount;
    sizings[best.llm] = best.sizing;
    best = neediest(problem, amounts, sizings, left);
  }
  return sizings.map(({ tp, replicas }, llm) => {
    return { tp, share: 1, replicas, kvTokens: leastKvTokens(problem, llm) };
  });
}

/** The next step: which LLM gets more GPUs, and what it makes of them. */
function neediest(
  problem: PlanningProblem,
  amounts: readonly number[],
  sizings: readonly Sizing[],
  left: number,
): { llm: number; amount: number; sizing: Sizing } | undefined {
  let best: { llm: number; amount: number; sizing: Sizing } | undefined;
  let bestGain = 1;
  const isShort = sizings.some(({ headroom }) => headroom < HEADROOM);
  const shortest = Math.min(...sizings.map(({ headroom }) => headroom));
  for (let llm = 0; llm < amounts.length; llm++) {
    const current = sizings[llm]!;
    if (isShort && current.headroom > shortest) continue;
    for (let more = 1; more <= left; more++) {
      const amount = amounts[llm]! + more;
      const sizing = bestSizing(problem, llm, amount);
      const gain = isShort
        ? sizing.headroom / current.headroom
        : (current.latency / sizing.latency) ** (1 / more);
      if (!(gain > bestGain)) continue;
      bestGain = gain;
      best = { llm, amount, sizing };
      if (isShort) break;
    }
  }
  return best;
}

/** The replicas of one LLM on `amount` GPUs with the lowest call latency, or most capacity. */
function bestSizing(problem: PlanningProblem, llm: number, amount: number): Sizing {
  const calls = callRate(problem, llm);
  if (calls === 0)
    return { tp: amount, replicas: 1, headroom: Number.POSITIVE_INFINITY, latency: 0 };
  const profile = problem.profiles[llm]!;
  const gpu = problem.cluster.gpus[0]!.type.name;
  let best: Sizing | undefined;
  for (const tp of tpDegrees(problem.cluster.gpus)) {
    const replicas = Math.floor(amount / tp);
    const capacity = replicas * maxCallRate(profile, { gpu, tp, share: 1, replicas: 1 });
    if (capacity === 0) continue;
    const headroom = capacity / calls;
    const latency = callLatency(profile, { gpu, tp, share: 1 }, calls / replicas, "poisson");
    const sizing = { tp, replicas, headroom, latency };
    if (best === undefined || isBetter(sizing, best)) best = sizing;
  }
  return best ?? { tp: amount, replicas: 1, headroom: 0, latency: Infinity };
}

/** Enough capacity first, then latency; more capacity where neither has enough. */
function isBetter(a: Sizing, b: Sizing): boolean {
  const isEnoughA = a.headroom >= HEADROOM;
  const isEnoughB = b.headroom >= HEADROOM;
  if (isEnoughA !== isEnoughB) return isEnoughA;
  return isEnoughA ? a.latency < b.latency : a.headroom > b.headroom;
}
