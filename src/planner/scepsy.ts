/**
 * The Scepsy planner: chooses GPU type, TP degree, share and replicas of every LLM together, by
 * what the Aggregate LLM Pipeline predicts, and places the choice.
 *
 * The pipeline's latency is nearly a sum over LLMs, so the best choices under a budget of GPU
 * granules are found by dynamic programming over the LLMs, in order; the paper's pruning rules
 * (order by contribution, replicas before TP) are not needed. The first that can be placed are
 * predicted in full, neighbours and overlap included, and the best by the objective is taken.
 */

import { bisectRight, sum } from "d3-array";
import type { Deployment } from "../deployment/plan.ts";
import { firstGpus } from "../hardware/cluster.ts";
import { maxCallRate } from "../llm/profile-table.ts";
import { type LatencyPrediction, sustainedLatencies } from "../predictor/alp-plus.ts";
import { ALL_CORRECTIONS, type Corrections } from "../predictor/corrections.ts";
import { atFactor, callRate, type WorkflowDemand } from "../predictor/prediction.ts";
import {
  type ConfigurationSpace,
  configurations,
  GRANULES_PER_GPU,
  WHOLE_SPACE,
} from "./configurations.ts";
import { pipelineValue } from "./pipeline-value.ts";
import { budgetOf, choicesOf } from "./placed-choices.ts";
import { place } from "./placement.ts";
import {
  formatRates,
  HEADROOM,
  infeasible,
  type LatencyTarget,
  type Planner,
  type PlanningOutcome,
  type PlanningProblem,
} from "./planner.ts";

/**
 * How busy a part of a GPU takes its neighbours to be, while they are not known: each guess ranks
 * the choices anew. Of each ranking so many are tried for a placement, and placed ones predicted.
 */
const NEIGHBOURS = [0, 0.5, 1];
const MAX_PLACEMENTS = 500;
const MAX_PREDICTIONS = 16;

/** Candidates are compared on as many recorded executions as have so many calls and tools. */
const COMPARED_ITEMS = 20_000;

/** The search for a peak halves the rate at most so often, then bisects so often. */
const MAX_HALVINGS = 12;
const BISECTIONS = 6;

/** Scepsy's planner. */
export const scepsyPlanner: Planner = { name: "scepsy", plan };

/** A deployment that sustains the rates, with what the objective makes of it: less is better. */
export interface RankedPlan {
  readonly deployment: Deployment;
  readonly cost: number;
}

/**
 * The largest factor on the problem's rates that a plan of this planner is predicted to sustain
 * (to 2 %), or the outcome that says why there is none.
 */
export function predictedPeak(problem: PlanningProblem): number | PlanningOutcome {
  const outcomeAt = (factor: number) => {
    const { plans, reason, candidates } = rankedPlans(atFactor(problem, factor), { enough: 1 });
    return plans.length > 0 ? undefined : infeasible(reason, candidates);
  };
  let high = upperBound(problem);
  let low = high;
  let outcome = outcomeAt(high);
  for (let halvings = 0; outcome !== undefined; halvings++) {
    if (halvings === MAX_HALVINGS) return outcome;
    high = low;
    low /= 2;
    outcome = outcomeAt(low);
  }
  for (let bisection = 0; bisection < BISECTIONS && low < high; bisection++) {
    const middle = (low + high) / 2;
    if (outcomeAt(middle) === undefined) low = middle;
    else high = middle;
  }
  return HEADROOM * low;
}

function plan(problem: PlanningProblem): PlanningOutcome {
  const { objective = { kind: "latency" } } = problem;
  switch (objective.kind) {
    case "throughput": {
      const peak = predictedPeak(problem);
      return typeof peak === "number" ? bestOf(atFactor(problem, peak / HEADROOM)) : peak;
    }
    case "gpus":
      return fewestGpus(problem, objective.target);
    default:
      return bestOf(problem);
  }
}

function bestOf(problem: PlanningProblem): PlanningOutcome {
  const { plans, reason, candidates } = rankedPlans(problem);
  if (plans.length === 0) return infeasible(reason, candidates);
  return { isFeasible: true, deployment: plans[0]!.deployment, candidates };
}

/** Plans that were found, best first, and why there are no others. */
export interface RankedPlans {
  readonly plans: readonly RankedPlan[];
  readonly reason: string;
  readonly candidates: number;
}

/** What is searched, and how far. */
export interface SearchOptions {
  /** The search ends when it has so many plans; by default it goes on. */
  readonly enough?: number;
  /** By default every share, number of replicas and TP degree. */
  readonly space?: ConfigurationSpace;
  /** By which plans are compared; by default all. */
  readonly corrections?: Corrections;
}

/** Plans that sustain the rates, best first. */
export function rankedPlans(
  problem: PlanningProblem,
  {
    enough = Number.POSITIVE_INFINITY,
    space = WHOLE_SPACE,
    corrections = ALL_CORRECTIONS,
  }: SearchOptions = {},
): RankedPlans {
  const { cluster, llms } = problem;
  const searched = { ...problem, workflows: problem.workflows.map(withFewExecutions) };
  const found = new Map<string, RankedPlan>();
  let candidates = 0;
  let lacking: string | undefined;
  for (const neighbours of corrections.interference ? NEIGHBOURS : [0]) {
    const valuation = pipelineValue(problem, neighbours);
    const options = llms.map((_, llm) => configurations(problem, llm, valuation, space));
    lacking ??= llms.find((_, llm) => options[llm]!.length === 0)?.name;
    let placements = 0;
    let predictions = 0;
    for (const choice of choicesOf(cluster, options)) {
      if (placements++ === MAX_PLACEMENTS || predictions === MAX_PREDICTIONS) break;
      const key = choice.map(({ gpu, tp, share, replicas }) => [gpu, tp, share, replicas]).join();
      if (found.has(key)) continue;
      candidates++;
      const deployment = place(cluster, llms, choice);
      if (deployment === undefined) continue;
      predictions++;
      const latencies = sustainedLatencies(searched, deployment, HEADROOM, corrections);
      if (latencies === undefined) continue;
      found.set(key, { deployment, cost: costOf(problem, latencies) });
      if (found.size >= enough) break;
    }
    if (found.size >= enough) break;
  }
  const plans = [...found.values()].sort((a, b) => a.cost - b.cost);
  return { plans, reason: reasonOf(problem, candidates, lacking), candidates };
}

function reasonOf(problem: PlanningProblem, candidates: number, lacking?: string): string {
  const { cluster } = problem;
  const rates = formatRates(problem);
  if (lacking !== undefined)
    return `${lacking} cannot serve ${rates} even with all of ${cluster.name}`;
  return candidates === 0
    ? `${cluster.name} has too few GPUs to serve ${rates}`
    : `none of ${candidates} plans for ${rates} fits ${cluster.name}`;
}

/** What the objective makes of predicted latencies. */
function costOf(
  { workflows, objective }: PlanningProblem,
  predicted: readonly LatencyPrediction[],
) {
  const relative = sum(predicted, ({ latencyMean }, index) => {
    return latencyMean / workflows[index]!.statistics.latencyMean;
  });
  if (objective?.kind !== "goodput") return relative;
  const within = predicted.map(
    ({ latencies }) => bisectRight(latencies, objective.target.seconds) / latencies.length,
  );
  // Goodput first, then latency.
  return -1e6 * sum(within, (part, index) => part * workflows[index]!.rate) + relative;
}

/** The best plan on the fewest GPUs of the cluster, in its order, that keeps the target. */
function fewestGpus(problem: PlanningProblem, target: LatencyTarget): PlanningOutcome {
  const { cluster } = problem;
  const on = (count: number) => {
    const { plans } = rankedPlans({ ...problem, cluster: firstGpus(cluster, count) });
    return plans.find(({ deployment }) => keeps(problem, deployment, target));
  };
  let high = cluster.gpus.length;
  let best = on(high);
  if (best === undefined) {
    const { plans, reason, candidates } = rankedPlans(problem, { enough: 1 });
    const missed = `no plan on ${cluster.name} keeps the latency target at ${formatRates(problem)}`;
    return infeasible(plans.length === 0 ? reason : missed, candidates);
  }
  for (let low = 0; high - low > 1; ) {
    const middle = Math.floor((low + high) / 2);
    const found = on(middle);
    if (found === undefined) low = middle;
    else {
      best = found;
      high = middle;
    }
  }
  return { isFeasible: true, deployment: { ...best.deployment, cluster }, candidates: 1 };
}

/** Whether every workflow keeps a target. */
function keeps(problem: PlanningProblem, deployment: Deployment, target: LatencyTarget): boolean {
  const { quantile, seconds } = target;
  return (sustainedLatencies(problem, deployment, HEADROOM) ?? []).every(
    ({ latencyMean, latencies }) =>
      (quantile === "mean"
        ? latencyMean
        : latencies[Math.ceil(quantile * latencies.length) - 1]!) <= seconds,
  );
}

function withFewExecutions(workflow: WorkflowDemand): WorkflowDemand {
  let items = 0;
  const executions = workflow.executions.filter(({ llms }) => {
    items += llms.length;
    return items <= COMPARED_ITEMS || items === llms.length;
  });
  return { ...workflow, executions };
}

/** A factor that no plan exceeds: where the first LLM saturates with all GPUs to itself. */
function upperBound(problem: PlanningProblem): number {
  const { cluster, profiles, llms } = problem;
  const bounds = llms.map((_, llm) => {
    const calls = callRate(problem, llm);
    if (calls === 0) return Number.MAX_VALUE;
    const { sizes } = profiles[llm]!;
    const types = [...new Set(sizes.map(({ gpu }) => gpu))];
    const capacities = types.map((type) =>
      Math.max(
        0,
        ...sizes.map(({ gpu, tp, share }) => {
          const most = Math.floor(budgetOf(cluster, gpu) / GRANULES_PER_GPU / tp);
          if (gpu !== type || most === 0) return 0;
          const replicas = share < 1 ? 1 : most;
          return maxCallRate(profiles[llm]!, { gpu, tp, share, replicas });
        }),
      ),
    );
    return sum(capacities) / calls;
  });
  return Math.min(...bounds) / HEADROOM;
}
