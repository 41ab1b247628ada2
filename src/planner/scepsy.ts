/**
 * The Scepsy planner: chooses GPU type, TP degree, share and replicas of every LLM together, by what
 * the Aggregate LLM Pipeline predicts, and places the choice.
 *
 * The pipeline's latency is nearly a sum over LLMs, so the best choices under a budget of GPU
 * granules are found by dynamic programming over the LLMs, in order; the paper's pruning rules
 * (order by contribution, replicas before TP) are not needed. The first of them that can be placed
 * are predicted in full, neighbours and overlap included, and the best is taken.
 */

import { sum } from "d3-array";
import type { Deployment } from "../deployment/plan.ts";
import { type Cluster, gpuTypes } from "../hardware/cluster.ts";
import { maxCallRate } from "../llm/profile-table.ts";
import { sustainedLatencies } from "../predictor/alp-plus.ts";
import { atFactor, callRate, type WorkflowDemand } from "../predictor/prediction.ts";
import { type Configuration, configurations, GRANULES_PER_GPU } from "./configurations.ts";
import { place } from "./placement.ts";
import {
  formatRates,
  HEADROOM,
  type Planner,
  type PlanningOutcome,
  type PlanningProblem,
} from "./planner.ts";
import { rankedChoices } from "./ranked-choices.ts";

/** Choices that are tried for a placement before giving up, and placed ones that are predicted. */
const MAX_PLACEMENTS = 2000;
const MAX_PREDICTIONS = 24;

/** The search for a peak halves the rate at most so often, then bisects so often. */
const MAX_HALVINGS = 12;
const BISECTIONS = 6;

/** Scepsy's planner. */
export const scepsyPlanner: Planner = { name: "scepsy", plan };

/**
 * The largest factor on the problem's rates that a plan of this planner is predicted to sustain
 * (to 2 %), or the outcome that says why there is none.
 */
export function predictedPeak(problem: PlanningProblem): number | PlanningOutcome {
  let high = upperBound(problem);
  let low = high;
  let outcome = plan(atFactor(problem, high));
  for (let halvings = 0; !outcome.isFeasible; halvings++) {
    if (halvings === MAX_HALVINGS) return outcome;
    high = low;
    low /= 2;
    outcome = plan(atFactor(problem, low));
  }
  for (let bisection = 0; bisection < BISECTIONS && low < high; bisection++) {
    const middle = (low + high) / 2;
    if (plan(atFactor(problem, middle)).isFeasible) low = middle;
    else high = middle;
  }
  return HEADROOM * low;
}

function plan(problem: PlanningProblem): PlanningOutcome {
  const { cluster, llms } = problem;
  const options = llms.map((_, llm) => configurations(problem, llm));
  const lacking = llms.find((_, llm) => options[llm]!.length === 0);
  const rates = formatRates(problem);
  if (lacking !== undefined) {
    return infeasible(`${lacking.name} cannot serve ${rates} even with all of ${cluster.name}`, 0);
  }
  let candidates = 0;
  let best: { deployment: Deployment; cost: number } | undefined;
  const searched = { ...problem, workflows: problem.workflows.map(withFewExecutions) };
  let predictions = 0;
  for (const choice of placeable(problem, options)) {
    candidates++;
    const deployment = place(cluster, llms, choice);
    if (deployment !== undefined) {
      predictions++;
      const latencies = sustainedLatencies(searched, deployment, HEADROOM);
      const cost = latencies === undefined ? Infinity : relativeLatency(problem, latencies);
      if (cost < (best?.cost ?? Infinity)) best = { deployment, cost };
    }
    if (candidates === MAX_PLACEMENTS || predictions === MAX_PREDICTIONS) break;
  }
  if (best !== undefined) return { isFeasible: true, deployment: best.deployment, candidates };
  const reason =
    candidates === 0
      ? `${cluster.name} has too few GPUs to serve ${rates}`
      : `none of ${candidates} plans for ${rates} fits ${cluster.name}`;
  return infeasible(reason, candidates);
}

/** Mean latencies of the workflows, each relative to what it was in the traces. */
function relativeLatency({ workflows }: PlanningProblem, latencies: readonly number[]): number {
  return sum(latencies, (latency, index) => latency / workflows[index]!.statistics.latencyMean);
}

/** Candidates are compared on as many recorded executions as have so many calls and tools. */
const COMPARED_ITEMS = 20_000;

function withFewExecutions(workflow: WorkflowDemand): WorkflowDemand {
  let items = 0;
  const executions = workflow.executions.filter(({ llms }) => {
    items += llms.length;
    return items <= COMPARED_ITEMS || items === llms.length;
  });
  return { ...workflow, executions };
}

/** Choices of one configuration for each LLM, best first. */
function* placeable(
  { cluster }: PlanningProblem,
  options: readonly (readonly Configuration[])[],
): Generator<readonly Configuration[]> {
  const types = gpuTypes(cluster);
  const budget = budgetOf(cluster, types[0]!.name);
  for (const choice of rankedChoices(options, budget)) yield choice.options;
}

/** Granules of the GPUs of one type. */
function budgetOf({ gpus }: Cluster, type: string): number {
  return GRANULES_PER_GPU * gpus.filter((gpu) => gpu.type.name === type).length;
}

/** A factor that no plan exceeds: where the first LLM saturates with all GPUs to itself. */
function upperBound(problem: PlanningProblem): number {
  const { cluster, profiles, llms } = problem;
  const bounds = llms.map((_, llm) => {
    const calls = callRate(problem, llm);
    if (calls === 0) return Number.MAX_VALUE;
    const capacities = profiles[llm]!.sizes.map(({ gpu, tp, share }) => {
      const replicas = Math.floor(budgetOf(cluster, gpu) / GRANULES_PER_GPU / tp);
      return share < 1 || replicas === 0
        ? 0
        : maxCallRate(profiles[llm]!, { gpu, tp, share, replicas });
    });
    return Math.max(0, ...capacities) / calls;
  });
  return Math.min(...bounds) / HEADROOM;
}

function infeasible(reason: string, candidates: number): PlanningOutcome {
  return { isFeasible: false, reason, candidates };
}
