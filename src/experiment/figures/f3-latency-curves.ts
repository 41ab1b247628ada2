/** F3: latency over throughput of every planner on 4, 8 and 16 GPUs. */

import { firstGpus } from "../../hardware/cluster.ts";
import type { FigureRow } from "../../records/figure-table.ts";
import { type ComputeFigure, type FigureContext, type FigureWorkload, modelsOf } from "./figure.ts";
import { plannerCurves } from "./planner-curves.ts";
import { describeReplications, latencyOver, mostExecutions } from "./replicated-trials.ts";

const GPUS = [4, 8, 16];
const LOADS = [0.1, 0.3, 0.5, 0.7, 0.85, 0.95];
const QUICK_LOADS = [0.15, 0.5, 0.85];

/** Computes F3. */
export const computeLatencyCurves: ComputeFigure = async (context) => {
  const workloads = await context.workloads();
  const most = workloads.map(({ problem }) => mostExecutions(context, problem));
  const rows: FigureRow[] = [];
  for (const [index, workload] of workloads.entries()) {
    for (const gpus of context.pick(GPUS, GPUS.slice(0, 1))) {
      rows.push(...(await rowsOf(context, workload, { gpus, mostExecutions: most[index]! })));
    }
  }
  return {
    title: "F3  Latency over rate, by planner",
    caption:
      "Simulated, each planner with its plan for each rate, Poisson arrivals; " +
      `${describeReplications(context, most)}; the same executions for all planners. A planner ` +
      "that refuses a rate keeps its plan for the highest that it does not. A line ends at the " +
      "last rate that is stable in every replication, of rates at parts of scepsy's predicted " +
      "peak. H100 SXM in nodes of 8, engine vllm-0.19. Workloads (assumed): " +
      `${modelsOf(workloads)}.`,
    rows,
  };
};

async function rowsOf(
  context: FigureContext,
  { workflow, problem }: FigureWorkload,
  { gpus, ...limit }: { readonly gpus: number; readonly mostExecutions: number },
): Promise<FigureRow[]> {
  return plannerCurves({
    workflow,
    problem: { ...problem, cluster: firstGpus(problem.cluster, gpus) },
    loads: context.pick(LOADS, QUICK_LOADS),
    measure: async (trial) => {
      const { isStable, ...latency } = await latencyOver(context, { ...trial, ...limit });
      const place = { workload: workflow.name, gpus, rate_per_second: trial.rate };
      return isStable ? [{ ...place, ...latency }] : [];
    },
  });
}
