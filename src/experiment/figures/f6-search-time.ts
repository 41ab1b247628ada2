/** F6: real time that scepsy's search takes over the number of LLMs and of GPUs. */

import { loadCluster } from "../../config/load-cluster.ts";
import type { PlanningProblem } from "../../planner/planner.ts";
import { predictedPeak, scepsyPlanner } from "../../planner/scepsy.ts";
import { atFactor } from "../../predictor/prediction.ts";
import type { FigureRow } from "../../records/figure-table.ts";
import { type ComputeFigure, modelsOf } from "./figure.ts";
import { jointProblem } from "./joint-problem.ts";

const LOAD = 0.6;
const GPUS_PER_LLM = 4;
const REPEATS = 3;

/** Computes F6. */
export const computeSearchTime: ComputeFigure = async (context) => {
  const [first] = await context.workloads();
  const { problem } = first!;
  const rows: FigureRow[] = [];
  for (const copies of context.pick([1, 2, 3, 4], [1, 2])) {
    const llms = copies * problem.llms.length;
    const gpus = Math.ceil((GPUS_PER_LLM * llms) / 8) * 8;
    rows.push(searchTime(repeated(problem, copies), gpus, "LLMs"));
  }
  for (const gpus of context.pick([8, 16, 64, 256, 1024], [8, 64])) {
    rows.push(searchTime(problem, gpus, "GPUs"));
  }
  return {
    title: "F6  Time of the search over LLMs and GPUs",
    caption:
      `Real time of one plan by scepsy's search on this machine, the median of ${REPEATS}; ` +
      `rate: ${LOAD} of the predicted peak; shares in steps of 1/8 of a GPU, nodes of 8 H100. ` +
      `Left: copies of ${modelsOf([first!])}, each with LLMs of its own, on about ` +
      `${GPUS_PER_LLM} GPUs an LLM. Right: one of them. Times differ by machine and run.`,
    rows,
  };
};

function searchTime(problem: PlanningProblem, gpus: number, panel: string): FigureRow {
  const cluster = loadCluster(`${gpus / 8}x8xH100`);
  const sized = { ...problem, cluster };
  const peak = predictedPeak(sized);
  const asked = atFactor(sized, typeof peak === "number" ? LOAD * peak : 1);
  const times = Array.from({ length: REPEATS }, () => {
    const started = performance.now();
    scepsyPlanner.plan(asked);
    return (performance.now() - started) / 1000;
  }).sort((a, b) => a - b);
  const seconds = times[Math.floor(REPEATS / 2)]!;
  return { panel, llms: problem.llms.length, gpus, seconds };
}

/** The problem of so many copies of a workload at once, with LLMs of their own. */
function repeated(problem: PlanningProblem, copies: number): PlanningProblem {
  const { name, rate } = problem.workflows[0]!;
  const copy = (number: number) => ({ problem, name: `${name}-${number}`, rate });
  const others = Array.from({ length: copies - 1 }, (_, index) => copy(index + 1));
  return jointProblem([copy(0), ...others]);
}
