/** F4: both workflows at once: latency of each over its rate, by planner. */

import { mean } from "d3-array";
import { firstGpus } from "../../hardware/cluster.ts";
import type { FigureRow } from "../../records/figure-table.ts";
import { mixOf } from "../../workflow/mix.ts";
import type { ExecutionTimes } from "../execution-times.ts";
import { PLANNERS } from "../planners.ts";
import { meanOver } from "../replications.ts";
import { type ComputeFigure, modelsOf } from "./figure.ts";
import { jointProblem } from "./joint-problem.ts";
import { plannerCurves } from "./planner-curves.ts";
import {
  bandOf,
  describeReplications,
  mostExecutions,
  replicatedTrial,
} from "./replicated-trials.ts";

/** Executions of the first workflow for one of the second: about equal demands on GPUs. */
const PROPORTION = 10;
const LOADS = [0.15, 0.35, 0.55, 0.75, 0.95];
const QUICK_LOADS = [0.2, 0.7];
const QUICK_PLANNERS = ["scepsy", "independent", "user"];

/** Computes F4. */
export const computeBothWorkflows: ComputeFigure = async (context) => {
  const workloads = await context.bothWorkloads();
  const gpus = context.pick(8, 4);
  const [first, second] = workloads.map(({ workflow, problem }, index) => {
    const rate = (index === 0 ? PROPORTION : 1) / (PROPORTION + 1);
    return { workflow, problem, name: workflow.name, rate };
  });
  const parts = [first!, second!] as const;
  const problem = jointProblem(parts);
  const most = mostExecutions(context, problem);
  const rows = await plannerCurves({
    workflow: mixOf(parts.map(({ workflow, rate }) => ({ workflow, rate }))),
    problem: { ...problem, cluster: firstGpus(problem.cluster, gpus) },
    planners: PLANNERS.filter(({ name }) => !context.isQuick || QUICK_PLANNERS.includes(name)),
    loads: context.pick(LOADS, QUICK_LOADS),
    measure: async (trial) => {
      const shown = { ...trial, mostExecutions: most, showsExecutions: true };
      const results = await replicatedTrial(context, shown);
      if (!results.every(({ isStable }) => isStable)) return [];
      return parts.map(({ name, rate }, part): FigureRow => {
        const latency = meanOver(results.map((result) => latencyOf(result.executions!, part)));
        return {
          workload: name,
          rate_per_second: rate * trial.rate,
          latency_seconds: latency!.value,
          ...bandOf(latency),
        };
      });
    },
  });
  return {
    title: "F4  Both workflows at once: latency of each over its rate, by planner",
    caption:
      `Simulated on ${gpus} H100 SXM, engine vllm-0.19: ${PROPORTION} executions of ` +
      `${first!.name} for each of ${second!.name}, Poisson arrivals at parts of scepsy's ` +
      "predicted peak for both, each planner with its plan for these rates (one that refuses " +
      "them keeps its plan for the highest that it does not); " +
      `${describeReplications(context, [most])}. A line ends at the last rate that is stable ` +
      "in every replication. No two LLMs are of one model, so none is shared. Workloads " +
      `(assumed): ${modelsOf(workloads)}.`,
    rows,
  };
};

/** Mean latency of the executions of one workflow. */
function latencyOf({ workflows, latencies }: ExecutionTimes, part: number): number {
  return mean(latencies.filter((_, index) => workflows[index] === part)) ?? Number.NaN;
}
