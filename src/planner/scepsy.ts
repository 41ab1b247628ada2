/**
 * The Scepsy planner: chooses TP degree, share and replicas of every LLM together, by what the
 * Aggregate LLM Pipeline predicts, and places the best choice that fits the cluster.
 *
 * The pipeline's latency is a sum over LLMs (its throughput a minimum), so the best choice under
 * a budget of GPU granules is found exactly by dynamic programming over the LLMs; the paper's
 * pruning rules (order by contribution, replicas before TP) are not needed.
 */

import {
  type Configuration,
  configurations,
  GRANULES_PER_GPU,
  wholeSpace,
} from "./configurations.ts";
import { place } from "./placement.ts";
import { HEADROOM, type Planner, type PlanningOutcome, type PlanningProblem } from "./planner.ts";
import { rankedChoices } from "./ranked-choices.ts";

/** Choices that are tried for a placement before giving up. */
const MAX_PLACEMENTS = 2000;

/** Scepsy's planner. */
export const scepsyPlanner: Planner = { name: "scepsy", plan };

function plan(problem: PlanningProblem): PlanningOutcome {
  const { cluster, llms, rate } = problem;
  const space = wholeSpace(problem);
  const options = llms.map((_, llm) => configurations(problem, llm, space));
  const lacking = options.findIndex((ofLlm) => ofLlm.length === 0);
  if (lacking >= 0) return infeasible(lackingReason(problem, lacking), 0);

  const budget = cluster.gpus.length * GRANULES_PER_GPU;
  const combine = rate === "peak" ? Math.max : (stage: number, rest: number) => stage + rest;
  let candidates = 0;
  for (const choice of rankedChoices<Configuration>(options, budget, combine)) {
    candidates++;
    const deployment = place(cluster, llms, choice.options);
    if (deployment !== undefined) return { isFeasible: true, deployment, candidates };
    if (candidates === MAX_PLACEMENTS) break;
  }
  const reason =
    candidates === 0
      ? `no plan serves ${describeRate(rate)} on ${cluster.name}`
      : `none of the ${candidates} best plans fits the memory of ${cluster.name}`;
  return infeasible(reason, candidates);
}

function infeasible(reason: string, candidates: number): PlanningOutcome {
  return { isFeasible: false, reason, candidates };
}

function lackingReason({ llms, cluster, rate }: PlanningProblem, llm: number): string {
  const { name } = llms[llm]!;
  return `${name} cannot serve ${describeRate(rate)} even with all of ${cluster.name}`;
}

function describeRate(rate: number | "peak"): string {
  if (rate === "peak") return "its longest call";
  return `${rate} executions/s with ${((HEADROOM - 1) * 100).toFixed(0)} % to spare`;
}
