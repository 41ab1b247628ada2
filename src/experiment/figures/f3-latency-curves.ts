/** F3: latency over throughput of every planner on 4, 8 and 16 GPUs. */

import { firstGpus } from "../../hardware/cluster.ts";
import type { PlanningProblem } from "../../planner/planner.ts";
import { predictedPeak } from "../../planner/scepsy.ts";
import type { FigureRow } from "../../records/figure-table.ts";
import { PLANNERS } from "../planners.ts";
import { PlansByRate } from "../plans-by-rate.ts";
import {
  type ComputeFigure,
  type FigureContext,
  type FigureWorkload,
  modelsOf,
  SEED,
} from "./figure.ts";
import { latencyOver, TRIAL_LENGTH } from "./replicated-trials.ts";

const GPUS = [4, 8, 16];
const LOADS = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.1];
const QUICK_LOADS = [0.1, 0.35, 0.7, 0.95];

/** Computes F3. */
export const computeLatencyCurves: ComputeFigure = async (context) => {
  const workloads = await context.workloads();
  const rows: FigureRow[] = [];
  for (const workload of workloads) {
    for (const gpus of context.pick(GPUS, GPUS.slice(0, 1))) {
      rows.push(...(await rowsOf(context, workload, gpus)));
    }
  }
  return {
    title: "F3  Latency over rate, by planner",
    caption:
      "Simulated, each planner with its plan for each rate, Poisson arrivals; " +
      `${replicationsOf(context)} replications of ${TRIAL_LENGTH}, the same for all planners; ` +
      "bands: 95 % intervals over them. A planner that refuses a rate keeps its plan for the " +
      "highest that it does not. A line ends at the last rate that is stable in every " +
      "replication, of rates at parts of scepsy's predicted " +
      "peak. H100 SXM in nodes of 8, engine vllm-0.19. " +
      `Workloads (assumed): ${modelsOf(workloads)}.`,
    rows,
  };
};

const replicationsOf = (context: FigureContext) => context.pick(3, 2);

async function rowsOf(
  context: FigureContext,
  { workflow, problem: whole }: FigureWorkload,
  gpus: number,
): Promise<FigureRow[]> {
  const problem: PlanningProblem = { ...whole, cluster: firstGpus(whole.cluster, gpus) };
  const peak = predictedPeak(problem);
  if (typeof peak !== "number") return [];
  const { cluster, llms } = problem;
  const lines = PLANNERS.map(async (planner) => {
    const workload = { workflow, llms, cluster, seed: SEED, planner };
    const plans = new PlansByRate({ workload, preparation: problem, around: 0.5 * peak });
    const rows: FigureRow[] = [];
    for (const load of context.pick(LOADS, QUICK_LOADS)) {
      const rate = load * peak;
      const plan = plans.at(rate);
      if (typeof plan === "string") break;
      const { deployment } = plan;
      const trial = { workflow, deployment, rate };
      const { isStable, ...latency } = await latencyOver(context, trial, replicationsOf(context));
      if (!isStable) break;
      const place = { workload: workflow.name, gpus, planner: planner.name };
      rows.push({ ...place, rate_per_second: rate, ...latency });
    }
    return rows;
  });
  return (await Promise.all(lines)).flat();
}
