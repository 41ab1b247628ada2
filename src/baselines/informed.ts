/**
 * Planners that differ in what they know of a workflow, each on any part of the space of plans: to
 * see what information buys, and what the space buys. Each knows one thing more than the last one.
 */

import { sum } from "d3-array";
import type { ConfigurationSpace, Valuation } from "../planner/configurations.ts";
import { infeasible, type PlanningOutcome, type PlanningProblem } from "../planner/planner.ts";
import { rankedPlans } from "../planner/scepsy.ts";
import { ALL_CORRECTIONS, type Corrections } from "../predictor/corrections.ts";
import { blindValue, byCallLatency, rateValue } from "./call-values.ts";
import { sized } from "./independent.ts";

/** A planner on a part of the space. */
export type PlanWithin = (problem: PlanningProblem, space: ConfigurationSpace) => PlanningOutcome;

/** By what they know, which the next one knows too. */
export const INFORMED: Readonly<Record<string, PlanWithin>> = {
  nothing: (problem, space) => sized("nothing", blindValue, space).plan(problem),
  "call rates": (problem, space) => sized("call rates", rateValue, space).plan(problem),
  "calls n": (problem, space) => sized("n", sumOfCalls(false), space).plan(problem),
  "n, parallelism p": (problem, space) => sized("p", sumOfCalls(true), space).plan(problem),
  overlap: searched({ ...ALL_CORRECTIONS, interference: false }),
  interference: searched(ALL_CORRECTIONS),
};

/**
 * The paper's latency, Σ n·L/p relative to the traced one, or without its p, where calls that run
 * side by side count as if they followed one another.
 */
function sumOfCalls(hasParallelism: boolean): (problem: PlanningProblem) => Valuation {
  return (problem) =>
    byCallLatency(problem, (llm, latency) =>
      sum(problem.workflows, ({ statistics }) => {
        const { calls, parallelism } = statistics.llms[llm]!;
        return (calls * latency) / (hasParallelism ? parallelism : 1) / statistics.latencyMean;
      }),
    );
}

/** Scepsy's search, by a prediction with these corrections. */
function searched(corrections: Corrections): PlanWithin {
  return (problem, space) => {
    const { plans, reason, candidates } = rankedPlans(problem, { space, corrections });
    const [best] = plans;
    if (best === undefined) return infeasible(reason, candidates);
    return { isFeasible: true, deployment: best.deployment, candidates };
  };
}
