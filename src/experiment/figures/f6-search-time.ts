/** F6: real time of scepsy's search over the number of LLMs, of GPUs, and of steps of shares. */

import { loadCluster } from "../../config/load-cluster.ts";
import { GRANULES_PER_GPU } from "../../planner/configurations.ts";
import type { PlanningProblem } from "../../planner/planner.ts";
import { predictedPeak, rankedPlans } from "../../planner/scepsy.ts";
import { atFactor } from "../../predictor/prediction.ts";
import type { FigureRow } from "../../records/figure-table.ts";
import { type ComputeFigure, modelsOf } from "./figure.ts";
import { jointProblem } from "./joint-problem.ts";

const LOAD = 0.6;
const GPUS_PER_LLM = 4;
const STEPPED_GPUS = 16;
const REPEATS = 3;

/** Computes F6. */
export const computeSearchTime: ComputeFigure = async (context) => {
  const [first] = await context.workloads();
  const { problem } = first!;
  const rows: FigureRow[] = [];
  for (const copies of context.pick([1, 2, 3, 4], [1, 2])) {
    const llms = copies * problem.llms.length;
    const gpus = Math.ceil((GPUS_PER_LLM * llms) / 8) * 8;
    rows.push(searchTime(repeated(problem, copies), { panel: "LLMs", gpus }));
  }
  for (const gpus of context.pick([8, 16, 64, 256, 1024], [8, 64])) {
    rows.push(searchTime(problem, { panel: "GPUs", gpus }));
  }
  for (let steps = 1; steps <= GRANULES_PER_GPU; steps *= 2) {
    rows.push(searchTime(problem, { panel: "steps", gpus: STEPPED_GPUS, steps }));
  }
  return {
    title: "F6  Time of the search over LLMs, GPUs and steps of shares",
    caption:
      `Real time of one plan by scepsy's search on this machine, the median of ${REPEATS}; ` +
      `rate: ${LOAD} of the predicted peak; shares in steps of 1/8 of a GPU but in the last ` +
      `panel, nodes of 8 H100. Over LLMs: copies of ${modelsOf([first!])}, each with LLMs of ` +
      `its own, on about ${GPUS_PER_LLM} GPUs an LLM. Over GPUs and steps: one of them, for ` +
      `steps on ${STEPPED_GPUS} GPUs. Times differ by machine and run.`,
    rows,
  };
};

function searchTime(
  problem: PlanningProblem,
  searched: { readonly panel: string; readonly gpus: number; readonly steps?: number },
): FigureRow {
  const { panel, gpus, steps = GRANULES_PER_GPU } = searched;
  const space = { granularity: GRANULES_PER_GPU / steps, hasShares: true };
  const cluster = loadCluster(`${gpus / 8}x8xH100`);
  const sized = { ...problem, cluster };
  const peak = predictedPeak(sized);
  const asked = atFactor(sized, typeof peak === "number" ? LOAD * peak : 1);
  const times = Array.from({ length: REPEATS }, () => {
    const started = performance.now();
    rankedPlans(asked, { space });
    return (performance.now() - started) / 1000;
  }).sort((a, b) => a - b);
  const seconds = times[Math.floor(REPEATS / 2)]!;
  return { panel, llms: problem.llms.length, gpus, steps, seconds };
}

/** The problem of so many copies of a workload at once, with LLMs of their own. */
function repeated(problem: PlanningProblem, copies: number): PlanningProblem {
  const { name, rate } = problem.workflows[0]!;
  const copy = (number: number) => ({ problem, name: `${name}-${number}`, rate });
  const others = Array.from({ length: copies - 1 }, (_, index) => copy(index + 1));
  return jointProblem([copy(0), ...others]);
}
