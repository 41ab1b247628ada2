/** Lines of planners over rates at parts of scepsy's predicted peak. */

import type { Planner, PlanningProblem } from "../../planner/planner.ts";
import { predictedPeak } from "../../planner/scepsy.ts";
import type { FigureRow } from "../../records/figure-table.ts";
import type { Program } from "../../workflow/mix.ts";
import { deploymentKey } from "../compare.ts";
import { PLANNERS } from "../planners.ts";
import { PlansByRate } from "../plans-by-rate.ts";
import type { Trial } from "../trial.ts";
import { SEED } from "./figure.ts";

/** What is served, and at which loads. */
export interface CurvesRequest {
  readonly workflow: Program;
  readonly problem: PlanningProblem;
  /** By default all. */
  readonly planners?: readonly Planner[];
  /** Ascending. */
  readonly loads: readonly number[];
  /** Rows of a plan at a rate; none where it does not sustain it, which ends the planner's line. */
  readonly measure: (trial: Omit<Trial, "seed">) => Promise<readonly FigureRow[]>;
}

/** The rows of each planner's plans for the rates, with the planner's name. */
export async function plannerCurves(request: CurvesRequest): Promise<FigureRow[]> {
  const { workflow, problem, loads, planners = PLANNERS } = request;
  const { cluster, llms } = problem;
  const peak = predictedPeak(problem);
  if (typeof peak !== "number") return [];
  const measured = new Map<string, Promise<readonly FigureRow[]>>();
  /** Planners have plans in common. */
  const measure = (trial: Omit<Trial, "seed">) => {
    const key = `${trial.rate} ${deploymentKey(trial.deployment)}`;
    const rows = measured.get(key) ?? request.measure(trial);
    measured.set(key, rows);
    return rows;
  };
  const lines = planners.map(async (planner) => {
    const workload = { workflow, llms, cluster, seed: SEED, planner };
    const plans = new PlansByRate({ workload, preparation: problem, around: 0.5 * peak });
    const rows: FigureRow[] = [];
    for (const load of loads) {
      const rate = load * peak;
      const plan = plans.at(rate);
      if (typeof plan === "string") break;
      const own = await measure({ workflow, deployment: plan.deployment, rate });
      if (own.length === 0) break;
      rows.push(...own.map((row) => ({ planner: planner.name, ...row })));
    }
    return rows;
  });
  return (await Promise.all(lines)).flat();
}
