/**
 * Plans chosen by simulation instead of prediction: the best few of a search, or all on a small
 * cluster. They are simulated on executions that no plan is judged on, which come as those will.
 */

import { sum } from "d3-array";
import type { Deployment } from "../deployment/plan.ts";
import { UserError } from "../errors.ts";
import { allPlans } from "../planner/all-plans.ts";
import { WHOLE_SPACE } from "../planner/configurations.ts";
import { infeasible, type PlanningOutcome, type PlanningProblem } from "../planner/planner.ts";
import { rankedPlans } from "../planner/scepsy.ts";
import type { ArrivalProcess } from "../workflow/arrivals.ts";
import type { ClosedLoop } from "../workflow/closed-loop.ts";
import type { Program } from "../workflow/mix.ts";
import type { Trial } from "./trial.ts";
import { createPool, type WorkerPool } from "./workers.ts";

/** More plans than this take too long to simulate. */
const MOST_PLANS = 5000;

/**
 * Executions by which each plan is judged: at least, and as come in so many mean latencies, or
 * rounds of users.
 */
const EXECUTIONS = 1000;
const LATENCIES = 20;

/**
 * Where the rate changes, they come through so many of its cycles: after one, what piles up in the
 * last step could not be told from an overload.
 */
const CYCLES = 2;

/** What is served: a problem, and the program behind it, for the simulation. */
export interface RefinedProblem {
  readonly problem: PlanningProblem;
  readonly workflow: Program;
  /** How executions come; by default Poisson. */
  readonly coming?: ArrivalProcess | ClosedLoop;
  readonly seed: number;
}

/** The best, simulated, of the `count` best that the search predicts. */
export async function refine(
  refined: RefinedProblem,
  count: number,
  onDone: (done: number) => void,
): Promise<PlanningOutcome> {
  const { plans, reason, candidates } = rankedPlans(refined.problem);
  if (plans.length === 0) return infeasible(reason, candidates);
  const deployments = plans.slice(0, count).map(({ deployment }) => deployment);
  const best = await fastest(refined, deployments, onDone);
  // Where none is stable in the simulation, the prediction has the last word.
  return { isFeasible: true, deployment: best ?? deployments[0]!, candidates };
}

/** The best, simulated, of all plans of the cluster. */
export async function exhaust(
  refined: RefinedProblem,
  onDone: (done: number) => void,
): Promise<PlanningOutcome> {
  const deployments: Deployment[] = [];
  for (const deployment of allPlans(refined.problem, WHOLE_SPACE)) {
    if (deployments.push(deployment) > MOST_PLANS) {
      throw new UserError(`there are more than ${MOST_PLANS} plans to simulate`, {
        hint: "take a smaller cluster, or --refine, which simulates the most promising ones",
      });
    }
  }
  const best = await fastest(refined, deployments, onDone);
  if (best === undefined) {
    return infeasible(`none of ${deployments.length} plans is stable`, deployments.length);
  }
  return { isFeasible: true, deployment: best, candidates: deployments.length };
}

/** The stable deployment of the lowest simulated mean latency; undefined for none. */
async function fastest(
  { problem, workflow, coming = { kind: "poisson" }, seed }: RefinedProblem,
  deployments: readonly Deployment[],
  onDone: (done: number) => void,
): Promise<Deployment | undefined> {
  const { workflows } = problem;
  const rate = sum(workflows, (each) => each.rate);
  const latency = Math.max(...workflows.map(({ statistics }) => statistics.latencyMean));
  const cycle = "steps" in coming ? sum(coming.steps, ({ duration }) => duration) : 0;
  // Users come back after their think time and what they wait for: by Little's law.
  const round = coming.kind === "closed" ? coming.users / rate : latency;
  const span = Math.max(LATENCIES * round, CYCLES * cycle);
  const executions = Math.max(EXECUTIONS, Math.ceil(span * rate));
  const pool = await createPool();
  try {
    const latencies = await simulatedLatencies(
      pool,
      deployments.map((deployment): Trial => {
        return { workflow, deployment, rate, coming, seed, family: "refine", executions };
      }),
      onDone,
    );
    const best = latencies.indexOf(Math.min(...latencies));
    return Number.isFinite(latencies[best]) ? deployments[best] : undefined;
  } finally {
    await pool.close();
  }
}

/** Mean latencies in seconds; Infinity for what is not stable. */
export async function simulatedLatencies(
  pool: WorkerPool,
  trials: readonly Trial[],
  onDone: (done: number) => void = () => {},
): Promise<number[]> {
  let done = 0;
  return await Promise.all(
    trials.map(async (trial) => {
      const { isStable, latencyMean } = await pool.run("trial", trial);
      onDone(++done / trials.length);
      return isStable && latencyMean !== null ? latencyMean : Number.POSITIVE_INFINITY;
    }),
  );
}
