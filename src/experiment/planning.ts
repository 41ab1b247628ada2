/**
 * Plans a workload: prepares it, asks the planner, and says what the predictors expect of the plan.
 * Several workflows are planned once for each way to share LLMs of the same model between them, and
 * the plan with the lowest predicted latencies is taken.
 */

import { sum } from "d3-array";
import { checkDeployment } from "../deployment/check.ts";
import type { Deployment } from "../deployment/plan.ts";
import { assert } from "../errors.ts";
import { firstGpus } from "../hardware/cluster.ts";
import {
  infeasible,
  type Objective,
  type Planner,
  type PlanningOutcome,
  type PlanningProblem,
} from "../planner/planner.ts";
import { predictedPeak } from "../planner/scepsy.ts";
import { predictPipeline } from "../predictor/aggregate-llm-pipeline.ts";
import { predictDeployment } from "../predictor/alp-plus.ts";
import {
  atFactor,
  combinedPrediction,
  type PredictionProblem,
  type WorkflowDemand,
  type WorkflowPrediction,
} from "../predictor/prediction.ts";
import { formatRate } from "../units.ts";
import type { ArrivalProcess } from "../workflow/arrivals.ts";
import type { ClosedLoop } from "../workflow/closed-loop.ts";
import { closedLoopRate, rateToPlanFor } from "./closed-rate.ts";
import { gapsOf, unknownReplicas } from "./measured-profiles.ts";
import { nearestRates } from "./nearest-rates.ts";
import { prepare, type Workload } from "./preparation.ts";
import { exhaust, refine } from "./refine.ts";
import { checkUserPlan } from "./user-plan.ts";

/** The default rate, as part of the scepsy plan's predicted peak. */
const DEFAULT_LOAD = 0.6;

/** What is served by which LLMs. */
export type Served = Pick<Workload, "workflow" | "llms">;

/** A plan asked for. */
export interface PlanRequest extends Workload {
  readonly planner: Planner;
  /** The same workflows with LLMs that they share. */
  readonly sharings?: readonly Served[];
  /** Executions per second of all workflows; by default 0.6 of scepsy's predicted peak. */
  readonly rate?: number;
  /** Without a rate: the part of that peak, in place of 0.6. */
  readonly load?: number;
  /** Of one workflow: who makes the rate, unless one is given. */
  readonly closedLoop?: ClosedLoop;
  /** Where there is no closed loop: what simulated plans meet; by default Poisson. */
  readonly arrivalProcess?: ArrivalProcess;
  readonly objective?: Objective;
  /** Plans use the first so many GPUs of the cluster. */
  readonly maxGpus?: number;
  /** Scepsy's best plans so many, or all plans, are simulated to choose one. */
  readonly search?: number | "exhaustive";
}

/** Told what goes on, and the part of it that is done, 0 to 1. */
export type OnProgress = (stage: string, done: number) => void;

/** What is predicted of one workflow of a plan. */
export interface PlannedWorkflow {
  readonly demand: WorkflowDemand;
  readonly prediction: WorkflowPrediction;
  /** The same by the paper's pipeline. */
  readonly alp: WorkflowPrediction;
}

/** A planned workload with its prediction. */
export interface PlannedWorkload {
  /** What the plan serves: LLMs may be shared. */
  readonly served: Served;
  /** By workflow; empty, and the predictions undefined, for an infeasible plan. */
  readonly workflows: readonly PlannedWorkflow[];
  /** Null when the default rate was asked for and nothing fits. */
  readonly rate: number | null;
  readonly outcome: PlanningOutcome;
  /** Of all executions. */
  readonly prediction: WorkflowPrediction | undefined;
  readonly alp: WorkflowPrediction | undefined;
  readonly searchSeconds: number;
  /** What measured profiles lack, and what a user's plan does that a planner's would not. */
  readonly warnings: readonly string[];
}

/** Traces, profiles, plans and predicts. */
export async function planWorkload(
  { sharings = [], ...request }: PlanRequest,
  onProgress: OnProgress,
): Promise<PlannedWorkload> {
  let best = await planServed(request, onProgress);
  for (const served of sharings) {
    const planned = await planServed({ ...request, ...served }, onProgress);
    const searchSeconds = best.searchSeconds + planned.searchSeconds;
    best = { ...(costOf(planned) < costOf(best) ? planned : best), searchSeconds };
  }
  const { profiles } = request;
  const gaps = profiles === undefined ? [] : gapsOf(profiles, best.served.llms, request.cluster);
  return { ...best, warnings: [...gaps, ...best.warnings] };
}

/** Predicted latencies in units of those at the lowest load; Infinity without a plan. */
function costOf({ workflows }: PlannedWorkload): number {
  if (workflows.length === 0) return Number.POSITIVE_INFINITY;
  return sum(workflows, ({ demand, prediction }) => {
    return prediction.latencyMean / demand.statistics.latencyMean;
  });
}

async function planServed(request: PlanRequest, onProgress: OnProgress): Promise<PlannedWorkload> {
  const preparation = await prepare(request, (done, stage) => onProgress(stage, done));
  if ("infeasible" in preparation || request.search === undefined) {
    return planPrepared(request, preparation);
  }
  const { search, workflow, seed, closedLoop, arrivalProcess } = request;
  const started = performance.now();
  const problem = problemAt(request, preparation);
  if ("isFeasible" in problem) return unplanned(request, problem, { rate: null, started });
  const simulating = (done: number) => onProgress("simulate plans", done);
  const coming = closedLoop ?? arrivalProcess ?? { kind: "poisson" };
  const refined = { problem, workflow, coming, seed };
  const outcome =
    search === "exhaustive"
      ? await exhaust(refined, simulating)
      : await refine(refined, search, simulating);
  return predicted(request, problem, { outcome, started });
}

/** Plans and predicts. */
export function planPrepared(
  request: PlanRequest,
  preparation: PredictionProblem | { readonly infeasible: string },
): PlannedWorkload {
  const started = performance.now();
  if ("infeasible" in preparation) {
    const rate = request.rate ?? null;
    return unplanned(request, infeasible(preparation.infeasible), { rate, started });
  }
  const problem = problemAt(request, preparation);
  if ("isFeasible" in problem) return unplanned(request, problem, { rate: null, started });
  return predicted(request, problem, { outcome: request.planner.plan(problem), started });
}

/** The problem at the rate asked for, or at the default one; an outcome where there is none. */
function problemAt(
  { cluster, llms, rate, load, objective, maxGpus, closedLoop, planner }: PlanRequest,
  preparation: PredictionProblem,
): PlanningProblem | PlanningOutcome {
  const part = maxGpus === undefined ? cluster : firstGpus(cluster, maxGpus);
  const open = { cluster: part, llms, ...preparation };
  const problem = objective === undefined ? open : { ...open, objective };
  if (rate === undefined && closedLoop !== undefined) {
    return atFactor(problem, rateToPlanFor(closedLoop, problem, planner));
  }
  const peak = rate === undefined ? predictedPeak(problem) : 0;
  if (typeof peak !== "number") return peak;
  return atFactor(problem, rate ?? (load ?? DEFAULT_LOAD) * peak);
}

/** A plan with what is predicted of it. */
function predicted(
  request: PlanRequest,
  problem: PlanningProblem,
  { outcome, started }: { readonly outcome: PlanningOutcome; readonly started: number },
): PlannedWorkload {
  const { planner, cluster, profiles } = request;
  const asked = { rate: sum(problem.workflows, (demand) => demand.rate), started };
  if (!outcome.isFeasible) {
    const nearest = planner.name === "scepsy" ? nearestRates(problem) : undefined;
    const reason = nearest === undefined ? outcome.reason : `${outcome.reason}; ${nearest}`;
    return unplanned(request, { ...outcome, reason }, asked);
  }
  const searchSeconds = secondsSince(started);
  const deployment = { ...outcome.deployment, cluster };
  const unknown = profiles && unknownReplicas(profiles, deployment);
  if (unknown !== undefined) {
    const reason = `${unknown}, which the plan has: give such rows, or leave out --profiles`;
    return unplanned(request, infeasible(reason), asked);
  }
  const { offered, saturatedLatency } = offeredTo(deployment, request, problem);
  const rate = sum(offered.workflows, (demand) => demand.rate);
  const predictions = predictDeployment(offered, deployment).map((prediction) => {
    return { ...prediction, latencyMean: saturatedLatency ?? prediction.latencyMean };
  });
  const alps = predictPipeline(offered, deployment);
  const prediction = combinedPrediction(offered.workflows, predictions);
  const workflows = offered.workflows.map((demand, index) => {
    return { demand, prediction: predictions[index]!, alp: alps[index]! };
  });
  return {
    served: request,
    workflows,
    rate,
    outcome: { ...outcome, deployment },
    prediction,
    alp: combinedPrediction(offered.workflows, alps),
    searchSeconds,
    warnings: checkPlan(planner, deployment, { rate, prediction }),
  };
}

/** What is offered to a plan: the rate that it was made for, or what its users make of it. */
function offeredTo(
  deployment: Deployment,
  { closedLoop, rate }: PlanRequest,
  problem: PlanningProblem,
): { readonly offered: PlanningProblem; readonly saturatedLatency?: number } {
  if (closedLoop === undefined || rate !== undefined) return { offered: problem };
  const atOne = atFactor(problem, 1 / problem.workflows[0]!.rate);
  const { rate: made, ...saturated } = closedLoopRate(closedLoop, atOne, deployment);
  return { offered: atFactor(atOne, made), ...saturated };
}

function unplanned(
  served: Served,
  outcome: PlanningOutcome,
  { rate, started }: { readonly rate: number | null; readonly started: number },
): PlannedWorkload {
  const nothing = { workflows: [], prediction: undefined, alp: undefined, warnings: [] };
  return { served, rate, outcome, searchSeconds: secondsSince(started), ...nothing };
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

/** Warnings about a user's plan; a planner's plan must have none. */
function checkPlan(
  planner: Planner,
  deployment: Deployment,
  { rate, prediction }: { rate: number; prediction: WorkflowPrediction },
): string[] {
  if (planner.name !== "user") {
    const { problems, warnings } = checkDeployment(deployment);
    assert(
      problems.length + warnings.length === 0,
      `${planner.name} emitted a bad plan: ${[...problems, ...warnings].join("; ")}`,
    );
    return [];
  }
  const warnings = checkUserPlan(deployment);
  const overload = `the predicted peak of this plan, ${formatRate(prediction.throughputMax)}`;
  return rate > prediction.throughputMax
    ? [...warnings, `the rate is above ${overload}: it is simulated all the same`]
    : [...warnings];
}
