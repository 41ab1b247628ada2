/**
 * The Scepsy planner: chooses TP degree, share and replicas of every LLM together, by what the
 * Aggregate LLM Pipeline predicts, and places the best choice that fits the cluster.
 *
 * The pipeline's latency is a sum over LLMs, so the best choice under a budget of GPU granules is
 * found exactly by dynamic programming over the LLMs; the paper's pruning rules (order by
 * contribution, replicas before TP) are not needed.
 */

import { formatRate } from "../units.ts";
import { configurations, GRANULES_PER_GPU, wholeSpace } from "./configurations.ts";
import { place } from "./placement.ts";
import { HEADROOM, type Planner, type PlanningOutcome, type PlanningProblem } from "./planner.ts";
import { rankedChoices } from "./ranked-choices.ts";

/** Choices that are tried for a placement before giving up. */
const MAX_PLACEMENTS = 2000;

/** The search for a peak halves the rate at most so often, then bisects so often. */
const MAX_HALVINGS = 12;
const BISECTIONS = 6;

/** Scepsy's planner. */
export const scepsyPlanner: Planner = { name: "scepsy", plan };

/** A problem whose rate is still open. */
export type OpenProblem = Omit<PlanningProblem, "rate">;

/**
 * The highest rate, in executions per second, that a plan of this planner is predicted to sustain
 * (to 2 %), or the outcome that says why there is none at any rate.
 */
export function predictedPeak(problem: OpenProblem): number | PlanningOutcome {
  let high = upperBound(problem);
  let low = high;
  let outcome = plan({ ...problem, rate: high });
  for (let halvings = 0; !outcome.isFeasible; halvings++) {
    if (halvings === MAX_HALVINGS) return outcome;
    high = low;
    low /= 2;
    outcome = plan({ ...problem, rate: low });
  }
  for (let bisection = 0; bisection < BISECTIONS && low < high; bisection++) {
    const middle = (low + high) / 2;
    if (plan({ ...problem, rate: middle }).isFeasible) low = middle;
    else high = middle;
  }
  return HEADROOM * low;
}

function plan(problem: PlanningProblem): PlanningOutcome {
  const { cluster, llms } = problem;
  const space = wholeSpace(problem);
  const options = llms.map((_, llm) => configurations(problem, llm, space));
  const lacking = llms.find((_, llm) => options[llm]!.length === 0);
  const rate = formatRate(problem.rate);
  if (lacking !== undefined) {
    return infeasible(`${lacking.name} cannot serve ${rate} even with all of ${cluster.name}`, 0);
  }
  const budget = cluster.gpus.length * GRANULES_PER_GPU;
  let candidates = 0;
  for (const choice of rankedChoices(options, budget)) {
    candidates++;
    const deployment = place(cluster, llms, choice.options);
    if (deployment !== undefined) return { isFeasible: true, deployment, candidates };
    if (candidates === MAX_PLACEMENTS) break;
  }
  const reason =
    candidates === 0
      ? `${cluster.name} has too few GPUs to serve ${rate}`
      : `none of ${candidates} plans for ${rate} fits the memory of ${cluster.name}`;
  return infeasible(reason, candidates);
}

/** A rate that no plan exceeds: that of the LLM which saturates first with all GPUs to itself. */
function upperBound(problem: OpenProblem): number {
  const { cluster, statistics, profiles } = problem;
  const bounds = statistics.llms.map(({ calls }, llm) => {
    if (calls === 0) return Number.MAX_VALUE;
    const rates = [...profiles[llm]!.byTp.values()].map(
      ({ tp, maxCallRate }) => (Math.floor(cluster.gpus.length / tp) * maxCallRate) / calls,
    );
    return Math.max(0, ...rates);
  });
  return Math.min(...bounds) / HEADROOM;
}

function infeasible(reason: string, candidates: number): PlanningOutcome {
  return { isFeasible: false, reason, candidates };
}
