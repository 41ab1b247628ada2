/** Where figures are computed in tests: literal workloads, and trials that are made up. */

import type { FigureContext } from "../../../../src/experiment/figures/figure.ts";
import type { Trial, TrialResult } from "../../../../src/experiment/trial.ts";
import type { PlanningProblem } from "../../../../src/planner/planner.ts";
import { always, call, workflowOf } from "../../workflow/programs.ts";

/** A quick context of workloads with these problems, whose trials show what `shown` says. */
export function contextOf(
  problems: readonly PlanningProblem[],
  shown: (trial: Trial) => Partial<TrialResult>,
): FigureContext & { readonly trials: Trial[] } {
  const trials: Trial[] = [];
  const workloads = problems.map((problem, index) => {
    const workflow = workflowOf([call({ output: always(5) })]);
    return { workflow: { ...workflow, name: `workload-${index}` }, problem };
  });
  const run = async (_: string, trial: Trial) => {
    trials.push(trial);
    return { isStable: true, latencyMean: 1, ...shown(trial) };
  };
  return {
    trials,
    isQuick: true,
    clusterName: "a test cluster",
    pick: (_: unknown, quick: unknown) => quick,
    workloads: async () => workloads,
    bothWorkloads: async () => workloads,
    pool: { run },
  } as unknown as FigureContext & { readonly trials: Trial[] };
}
