/** F5: predicted against simulated latency of scepsy's plan over load, by alp and by alp+. */

import { atFactor } from "../../predictor/prediction.ts";
import { PREDICTORS } from "../../predictor/predictors.ts";
import type { FigureRow } from "../../records/figure-table.ts";
import { finiteOrNull } from "../ratios.ts";
import { type ComputeFigure, type FigureContext, type FigureWorkload, modelsOf } from "./figure.ts";
import { planForLoad } from "./planned-workload.ts";
import { describeReplications, latencyOver, mostExecutions } from "./replicated-trials.ts";

const GPUS = 4;
const PREDICTED = ["alp", "alp+"];

/** The plan is made for this part of the peak that is predicted. */
const PLANNED_LOAD = 0.6;
const LOADS = [0.1, 0.25, 0.4, 0.55, 0.7, 0.8, 0.9];
const QUICK_LOADS = [0.1, 0.4, 0.7, 0.9];

/** Computes F5. */
export const computePrediction: ComputeFigure = async (context) => {
  const workloads = await context.workloads();
  const most = workloads.map(({ problem }) => mostExecutions(context, problem));
  const rows: FigureRow[] = [];
  for (const [index, workload] of workloads.entries()) {
    rows.push(...(await rowsOf(context, workload, most[index]!)));
  }
  return {
    title: "F5  Predicted against simulated latency",
    caption:
      `Scepsy's plan for ${PLANNED_LOAD} of its predicted peak on ${GPUS} H100, vllm-0.19, ` +
      `Poisson arrivals at parts of that peak; ${describeReplications(context, most)}. alp: ` +
      "the paper's Aggregate LLM Pipeline; alp+: ours. A line ends where its prediction does, " +
      `or the plan is no longer stable. Workloads (assumed): ${modelsOf(workloads)}.`,
    rows,
  };
};

async function rowsOf(
  context: FigureContext,
  { workflow, problem: whole }: FigureWorkload,
  most: number,
): Promise<FigureRow[]> {
  const planned = planForLoad(whole, { gpus: GPUS, load: PLANNED_LOAD });
  if (planned === undefined) return [];
  const { problem, peak, deployment } = planned;
  const byLoad = context.pick(LOADS, QUICK_LOADS).map(async (load) => {
    const rate = load * peak;
    const place = { workload: workflow.name, load, rate_per_second: rate };
    const trial = { workflow, deployment, rate, mostExecutions: most };
    const simulated = await latencyOver(context, trial);
    const predicted = PREDICTED.map((name) => {
      const latency = PREDICTORS[name]!(atFactor(problem, rate), deployment)[0]!.latencyMean;
      return { line: name, latency_seconds: finiteOrNull(latency), low: null, high: null };
    });
    const { isStable, ...own } = simulated;
    return [...(isStable ? [{ line: "simulated", ...own }] : []), ...predicted].map((row) => {
      return { ...place, ...row };
    });
  });
  return (await Promise.all(byLoad)).flat();
}
