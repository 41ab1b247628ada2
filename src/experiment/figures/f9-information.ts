/** F9: what information and search space each buy: plans that know more and may choose more. */

import { INFORMED } from "../../baselines/informed.ts";
import { loadWorkflow } from "../../config/load-workflow.ts";
import { firstGpus } from "../../hardware/cluster.ts";
import {
  type ConfigurationSpace,
  GRANULES_PER_GPU,
  WHOLE_SPACE,
} from "../../planner/configurations.ts";
import { predictedPeak } from "../../planner/scepsy.ts";
import { atFactor } from "../../predictor/prediction.ts";
import type { FigureRow } from "../../records/figure-table.ts";
import { deploymentKey } from "../compare.ts";
import {
  type ComputeFigure,
  type FigureContext,
  type FigureWorkload,
  modelsOf,
  prepared,
} from "./figure.ts";
import {
  describeReplications,
  latencyOver,
  mostExecutions,
  type ReplicatedLatency,
} from "./replicated-trials.ts";

const GPUS = 4;
const LOADS = [0.25, 0.7];

/** Different LLMs overlap in it, as they do in neither of the other workloads. */
const OVERLAPPING = "beam-search-async";

const WHOLE = { granularity: GRANULES_PER_GPU, hasShares: false };

/** Each allows more than the one before. */
const SPACES: Readonly<Record<string, ConfigurationSpace>> = {
  "whole GPUs": { ...WHOLE, hasReplicas: false, hasTp: false },
  "+ replicas": { ...WHOLE, hasTp: false },
  "+ shares": { ...WHOLE_SPACE, hasTp: false },
  "+ TP": WHOLE_SPACE,
};

/** Computes F9. */
export const computeInformation: ComputeFigure = async (context) => {
  const [first] = await context.workloads();
  const workloads = [first!];
  if (!context.isQuick) {
    workloads.push(await prepared(loadWorkflow(OVERLAPPING), `1x${GPUS}xH100`));
  }
  const most = workloads.map(({ problem }) => mostExecutions(context, problem));
  const rows: FigureRow[] = [];
  for (const [index, workload] of workloads.entries()) {
    for (const load of LOADS) rows.push(...(await rowsAt(context, workload, load, most[index]!)));
  }
  return {
    title: "F9  What information and search space each buy",
    caption:
      `Simulated mean latency (s) on ${GPUS} H100, vllm-0.19, Poisson arrivals at parts of the ` +
      "peak that is predicted of scepsy. Rows: what the planner knows, each with all above it: " +
      "nothing but how fast calls are alone; call rates (the least sum of ln latency); calls n " +
      "an execution (least sum of n·L); their parallelism p (n·L/p, the paper's pipeline); " +
      "overlap of LLMs and tools in the traces, memory and roles; interference of tenants " +
      "(alp+ whole, so scepsy in the last cell). Columns: one GPU an LLM; any number of them; " +
      "parts of GPUs too; TP too. –: no plan for the rate, ×: not stable. Darker: slower than " +
      `the best plan of the panel; ${describeReplications(context, most)}; intervals are ` +
      `written where above 5 %. Workloads (assumed): ${modelsOf(workloads)}.`,
    rows,
  };
};

async function rowsAt(
  context: FigureContext,
  { workflow, problem: whole }: FigureWorkload,
  load: number,
  most: number,
): Promise<FigureRow[]> {
  const problem = { ...whole, cluster: firstGpus(whole.cluster, GPUS) };
  const peak = predictedPeak(problem);
  if (typeof peak !== "number") return [];
  const rate = load * peak;
  const measured = new Map<string, Promise<ReplicatedLatency>>();
  const cells = Object.entries(INFORMED).flatMap(([information, plan]) =>
    Object.entries(SPACES).map(async ([space, within]): Promise<FigureRow> => {
      const place = { workload: workflow.name, load, rate_per_second: rate, information, space };
      const outcome = plan(atFactor(problem, rate), within);
      const nothing = { latency_seconds: null, low: null, high: null };
      if (!outcome.isFeasible) return { ...place, outcome: "no plan", ...nothing };
      const { deployment } = outcome;
      const key = deploymentKey(deployment);
      const trial = { workflow, deployment, rate, mostExecutions: most };
      const known = measured.get(key) ?? latencyOver(context, trial);
      measured.set(key, known);
      const { isStable, ...latency } = await known;
      return {
        ...place,
        ...(isStable ? { outcome: "stable", ...latency } : { outcome: "unstable", ...nothing }),
      };
    }),
  );
  return Promise.all(cells);
}
