/**
 * F1: how stable LLM time shares are, simulated over load and in measured runs, and what it does to
 * the pipeline's error when they are not.
 */

import { join } from "node:path";
import { bundledFolder } from "../../config/catalog.ts";
import { loadCluster } from "../../config/load-cluster.ts";
import type { Deployment } from "../../deployment/plan.ts";
import { randomStream } from "../../engine/random-streams.ts";
import { predictDeployment } from "../../predictor/alp-plus.ts";
import { atFactor } from "../../predictor/prediction.ts";
import { PREDICTORS } from "../../predictor/predictors.ts";
import type { FigureRow } from "../../records/figure-table.ts";
import type { ExecutionTimes } from "../execution-times.ts";
import { meanOver } from "../replications.ts";
import { type Spread, shareSpreads, spreadOf, timeShares } from "../share-stability.ts";
import { loadRun, runNames } from "../validation/runs.ts";
import {
  type ComputeFigure,
  type FigureContext,
  type FigureWorkload,
  modelsOf,
  prepared,
  SEED,
} from "./figure.ts";
import { planForLoad } from "./planned-workload.ts";
import {
  bandOf,
  describeReplications,
  mostExecutions,
  replicatedTrial,
} from "./replicated-trials.ts";
import { skewedWorkflow } from "./skewed-workflow.ts";

const GPUS = 4;
/** The plan is made for the highest of the loads. */
const PLANNED_LOAD = 0.8;
const LOADS = [0.1, 0.5, 0.8];

const SKEWS = [0, 0.25, 0.5, 0.75, 1];
const QUICK_SKEWS = [0, 1];
const SKEWED_LOAD = 0.5;
const SKEWED_EXECUTIONS = 2000;
const PREDICTED = ["alp", "alp+"];

/** Computes F1. */
export const computeStability: ComputeFigure = async (context) => {
  const workloads = await context.workloads();
  const most = workloads.map(({ problem }) => mostExecutions(context, problem));
  const rows: FigureRow[] = [];
  for (const [index, workload] of workloads.entries()) {
    rows.push(...(await simulatedRows(context, workload, most[index]!)));
  }
  rows.push(...measuredRows());
  rows.push(...(await skewedRows(context)));
  return {
    title: "F1  Stability of LLM time shares, and the pipeline's error without it",
    caption:
      "Share: an LLM's part of an execution's summed call durations. Shuffled: the same after " +
      "each LLM's times were shuffled between executions, the mean of ten shuffles. Simulated: " +
      `scepsy's plan for ${PLANNED_LOAD} of its predicted peak on ${GPUS} H100, vllm-0.19, ` +
      `Poisson arrivals; ${describeReplications(context, most)}. Workloads (assumed): ` +
      `${modelsOf(workloads)}. Measured: the runs of several LLMs on an H100 of F8, a dot an ` +
      "LLM. Error: of the predicted mean latency of a made-up workflow (assumed; 16 calls of " +
      "llama-3.1-8b and qwen2.5-7b in turn, 600 + about 90 tokens, each on a GPU of its own) " +
      "that calls one of them (1 + s) · 8 times and the other (1 − s) · 8 times by a toss, s = " +
      `${context.pick(SKEWS, QUICK_SKEWS).join(", ")}: the same means; at ${SKEWED_LOAD} of ` +
      `the peak that alp+ predicts for s = 0; ${SKEWED_EXECUTIONS.toLocaleString("en-US")} ` +
      "executions each.",
    rows,
  };
};

/** A row of nulls, so that all rows have the same columns. */
const EMPTY_ROW = {
  load: null,
  cv: null,
  cv_low: null,
  cv_high: null,
  p95_over_p5: null,
  p95_over_p5_low: null,
  p95_over_p5_high: null,
  latency_cv: null,
  error: null,
  error_low: null,
  error_high: null,
};

/** The spreads of a workload by load, of loads that are sustained. */
export async function simulatedRows(
  context: FigureContext,
  { workflow, problem: whole }: FigureWorkload,
  most: number,
): Promise<FigureRow[]> {
  const planned = planForLoad(whole, { gpus: GPUS, load: PLANNED_LOAD });
  if (planned === undefined) return [];
  const { problem, peak, deployment } = planned;
  const names = problem.llms.map(({ name }) => name);
  const byLoad = LOADS.map(async (load) => {
    const trial = { workflow, deployment, rate: load * peak, mostExecutions: most };
    const results = await replicatedTrial(context, { ...trial, showsExecutions: true });
    if (!results.every(({ isStable }) => isStable)) return [];
    const random = randomStream(SEED, `figures/shares/${workflow.name}/${load}`);
    const spreads = results.map(({ executions }) => namedSpreads(executions!, names, random));
    return spreads[0]!.map(({ quantity, llm }, line): FigureRow => {
      const over = (value: (spread: Spread) => number | null) => {
        const known = spreads.flatMap((own) => value(own[line]!.spread) ?? []);
        return known.length < spreads.length ? null : meanOver(known);
      };
      const [cv, p95] = [over((spread) => spread.cv), over((spread) => spread.p95OverP5)];
      return {
        panel: "simulated",
        workload: workflow.name,
        quantity,
        llm,
        ...EMPTY_ROW,
        load,
        cv: cv?.value ?? null,
        cv_low: bandOf(cv).low,
        cv_high: bandOf(cv).high,
        p95_over_p5: p95?.value ?? null,
        p95_over_p5_low: bandOf(p95).low,
        p95_over_p5_high: bandOf(p95).high,
      };
    });
  });
  return (await Promise.all(byLoad)).flat();
}

/** The spread of latency, and of each LLM's shares as they are and shuffled. */
function namedSpreads(
  { latencies, llmTimes }: Pick<ExecutionTimes, "latencies" | "llmTimes">,
  names: readonly string[],
  random: () => number,
) {
  const { shares, shuffled } = shareSpreads(llmTimes, random);
  return [
    { quantity: "latency", llm: "", spread: spreadOf(latencies) },
    ...names.map((llm, index) => ({ quantity: "share", llm, spread: shares[index]! })),
    ...names.map((llm, index) => ({ quantity: "shuffled", llm, spread: shuffled[index]! })),
  ];
}

/** Of the measured runs of several LLMs, from the times that were observed. */
export function measuredRows(): FigureRow[] {
  const folder = join(bundledFolder("cluster"), "measurements", "h100", "serve");
  return runNames(folder).flatMap((run) => {
    const { deployment, trace } = loadRun(folder, run);
    const names = deployment.llms.map(({ name }) => name);
    if (names.length < 2) return [];
    const executions = Array.from(trace.arrivals, (_, index) => trace.observed!(index));
    const llmTimes = names.map((_, llm) =>
      executions.map(({ calls }, index) => {
        const { steps } = trace.source(index);
        return calls.reduce((sum, call, step) => {
          const of = steps[step];
          return of?.kind === "call" && of.llm === llm ? sum + (call?.duration ?? 0) : sum;
        }, 0);
      }),
    );
    const latencies = executions.map(({ latency }) => latency);
    const random = randomStream(SEED, `figures/shares/${run}`);
    const spreads = namedSpreads({ latencies, llmTimes }, names, random);
    return spreads.map(({ quantity, llm, spread }): FigureRow => {
      return {
        panel: "measured",
        workload: run,
        quantity,
        llm,
        ...EMPTY_ROW,
        cv: spread.cv,
        p95_over_p5: spread.p95OverP5,
        latency_cv: spreads[0]!.spread.cv,
      };
    });
  });
}

/** The predictors' errors by skew, at one rate. */
async function skewedRows(context: FigureContext): Promise<FigureRow[]> {
  const rows: FigureRow[] = [];
  let rate: number | undefined;
  for (const skew of context.pick(SKEWS, QUICK_SKEWS)) {
    // One GPU has all the sizes that are needed: each LLM gets one like it.
    const workload = await prepared(skewedWorkflow(skew), "1x1xH100");
    const cluster = loadCluster("1x2xH100");
    const llms = workload.problem.llms.map((llm, index) => {
      return { ...llm, instances: [{ gpus: [cluster.gpus[index]!], share: 1 }] };
    });
    const deployment = { cluster, llms };
    rate ??= SKEWED_LOAD * predictDeployment(workload.problem, deployment)[0]!.throughputMax;
    rows.push(...(await errorRows(context, workload, { deployment, rate })));
  }
  return rows;
}

/** The predictors' errors for a deployment, and how the first LLM's share varies. */
async function errorRows(
  context: FigureContext,
  { workflow, problem }: FigureWorkload,
  { deployment, rate }: { readonly deployment: Deployment; readonly rate: number },
): Promise<FigureRow[]> {
  const trial = { workflow, deployment, rate, executions: SKEWED_EXECUTIONS };
  const results = await replicatedTrial(context, { ...trial, showsExecutions: true });
  const cv = meanOver(
    results.flatMap(({ executions }) => {
      return spreadOf(timeShares(executions!.llmTimes)[0]!).cv ?? [];
    }),
  );
  return PREDICTED.map((name): FigureRow => {
    const predicted = PREDICTORS[name]!(atFactor(problem, rate), deployment)[0]!.latencyMean;
    const error = meanOver(results.map(({ latencyMean }) => predicted / latencyMean! - 1));
    const { low, high } = bandOf(error);
    return {
      panel: "error",
      workload: workflow.name,
      quantity: name,
      llm: "",
      ...EMPTY_ROW,
      cv: cv?.value ?? null,
      error: error?.value ?? null,
      error_low: low,
      error_high: high,
    };
  });
}
