/** Scepsy's plan for a part of the peak that is predicted of it, on a cluster's first GPUs. */

import type { Deployment } from "../../deployment/plan.ts";
import { firstGpus } from "../../hardware/cluster.ts";
import type { PlanningProblem } from "../../planner/planner.ts";
import { predictedPeak, scepsyPlanner } from "../../planner/scepsy.ts";
import { atFactor } from "../../predictor/prediction.ts";

/** A plan with what it was made from. */
export interface PlannedPart {
  readonly problem: PlanningProblem;
  /** Executions per second. */
  readonly peak: number;
  readonly deployment: Deployment;
}

/** The plan for `load` of the peak on so many GPUs; undefined where there is none. */
export function planForLoad(
  whole: PlanningProblem,
  { gpus, load }: { readonly gpus: number; readonly load: number },
): PlannedPart | undefined {
  const problem = { ...whole, cluster: firstGpus(whole.cluster, gpus) };
  const peak = predictedPeak(problem);
  if (typeof peak !== "number") return undefined;
  const outcome = scepsyPlanner.plan(atFactor(problem, load * peak));
  return outcome.isFeasible ? { problem, peak, deployment: outcome.deployment } : undefined;
}
