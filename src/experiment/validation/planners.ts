/**
 * Planners against the best plan: on workflows made up at random, every planner's plan is simulated
 * beside all plans of two GPUs (shares in quarters), or beside plans of four drawn at random
 * (shares in eighths), all on the same executions. Regret is the mean latency over the best one's,
 * less one.
 */

import { max, mean } from "d3-array";
import type { Deployment } from "../../deployment/plan.ts";
import type { Cluster } from "../../hardware/cluster.ts";
import type { Engine } from "../../llm/engine.ts";
import type { ModelShape } from "../../llm/model.ts";
import { allPlans } from "../../planner/all-plans.ts";
import type { Planner, PlanningProblem } from "../../planner/planner.ts";
import { predictedPeak } from "../../planner/scepsy.ts";
import { atFactor } from "../../predictor/prediction.ts";
import type { Workflow } from "../../workflow/program.ts";
import type { OnProgress } from "../planning.ts";
import { prepare } from "../preparation.ts";
import { randomPlans } from "../random-plans.ts";
import { randomWorkflow } from "../random-workflows.ts";
import { refine, simulatedLatencies } from "../refine.ts";
import type { Trial } from "../trial.ts";
import { createPool, type WorkerPool } from "../workers.ts";

/** Clusters up to so many GPUs are searched through, in quarters. */
const EXHAUSTED_GPUS = 2;
const QUARTERS = { granularity: 2, hasShares: true };

/** Plans drawn at random for larger ones. */
const RANDOM_PLANS = 300;

/** Executions by which each plan is judged: at least, and as come in so many mean latencies. */
const EXECUTIONS = 600;
const LATENCIES = 20;

/** The rate, as part of the predicted peak. */
const LOAD = 0.6;

/** Plans that `--refine` simulates here. */
const REFINED = 8;

/** What is compared; planners whose plans change while they run are left out. */
export interface PlannersValidation {
  readonly cluster: Cluster;
  readonly planners: readonly Planner[];
  readonly workflows: number;
  readonly seed: number;
  readonly engine: Engine;
  readonly modelNamed: (name: string) => ModelShape;
}

/** One planner over all workflows; nulls where it never has a stable plan. */
export interface PlannerRegret {
  readonly regret_mean: number | null;
  readonly regret_max: number | null;
  /** Mean part of the plans that are faster than its own. */
  readonly quantile_mean: number | null;
  /** Workflows of which its plan is not stable, or for which it has none. */
  readonly without: number;
}

/** The document of `validate planners`. */
export interface PlannersComparison {
  readonly cluster: string;
  readonly workflows: number;
  /** Plans beside which each was judged, in the mean. */
  readonly plans_mean: number;
  readonly planners: Readonly<Record<string, PlannerRegret>>;
}

/** What one workflow shows: by planner the regret, and the part of the plans that are faster. */
type Shown = ReadonlyMap<string, { readonly regret: number; readonly quantile: number }>;

/** Compares planners with the best plan. */
export async function comparePlanners(
  validation: PlannersValidation,
  onProgress: OnProgress,
): Promise<PlannersComparison> {
  const { cluster, workflows, planners } = validation;
  const shown: Shown[] = [];
  const planCounts: number[] = [];
  const pool = await createPool();
  try {
    for (let number = 0; number < workflows; number++) {
      onProgress(`workflow ${number + 1} of ${workflows}`, number / workflows);
      const judged = await judgeOn(validation, number, pool);
      if (judged === undefined) continue;
      shown.push(judged.shown);
      planCounts.push(judged.plans);
    }
  } finally {
    await pool.close();
  }
  const all = [`scepsy --refine ${REFINED}`, ...planners.map(({ name }) => name)];
  const names = all.filter((name) => shown.some((ofWorkflow) => ofWorkflow.has(name)));
  return {
    cluster: cluster.name,
    workflows: shown.length,
    plans_mean: mean(planCounts) ?? 0,
    planners: Object.fromEntries(names.map((name) => [name, regretOf(name, shown)])),
  };
}

function regretOf(name: string, shown: readonly Shown[]): PlannerRegret {
  const found = shown.flatMap((ofWorkflow) => ofWorkflow.get(name) ?? []);
  return {
    regret_mean: mean(found, ({ regret }) => regret) ?? null,
    regret_max: max(found, ({ regret }) => regret) ?? null,
    quantile_mean: mean(found, ({ quantile }) => quantile) ?? null,
    without: shown.length - found.length,
  };
}

async function judgeOn(
  { cluster, planners, seed, engine, modelNamed }: PlannersValidation,
  number: number,
  pool: WorkerPool,
): Promise<{ readonly shown: Shown; readonly plans: number } | undefined> {
  const workflow = randomWorkflow(seed, number);
  const llms = workflow.llms.map(({ name, model }) => {
    return { name, model: modelNamed(model), engine };
  });
  const preparation = await prepare({ workflow, llms, cluster, seed }, () => {});
  if ("infeasible" in preparation) return undefined;
  const open = { cluster, llms, ...preparation };
  const peak = predictedPeak(open);
  if (typeof peak !== "number") return undefined;
  const problem = atFactor(open, LOAD * peak);
  const own = new Map<string, Deployment>();
  const refined = await refine({ problem, workflow, seed }, REFINED, () => {});
  if (refined.isFeasible) own.set(`scepsy --refine ${REFINED}`, refined.deployment);
  for (const { name, plan } of planners) {
    const outcome = plan(problem);
    const isStatic = outcome.isFeasible && outcome.deployment.control === undefined;
    if (isStatic) own.set(name, outcome.deployment);
  }
  const plans = plansBeside(problem, seed);
  const latencies = await simulatedLatencies(
    pool,
    [...plans, ...own.values()].map((deployment) => trialOf(workflow, deployment, problem, seed)),
  );
  const best = Math.min(...latencies);
  const ofPlans = latencies.slice(0, plans.length);
  const shown = new Map<string, { regret: number; quantile: number }>();
  [...own.keys()].forEach((name, index) => {
    const latency = latencies[plans.length + index]!;
    if (!Number.isFinite(latency)) return;
    const quantile = ofPlans.filter((other) => other < latency).length / plans.length;
    shown.set(name, { regret: latency / best - 1, quantile });
  });
  return { shown, plans: plans.length };
}

function plansBeside(problem: PlanningProblem, seed: number): Deployment[] {
  if (problem.cluster.gpus.length <= EXHAUSTED_GPUS) return [...allPlans(problem, QUARTERS)];
  const plans: Deployment[] = [];
  for (const deployment of randomPlans(problem, seed)) {
    if (plans.push(deployment) === RANDOM_PLANS) break;
  }
  return plans;
}

function trialOf(
  workflow: Workflow,
  deployment: Deployment,
  { workflows }: PlanningProblem,
  seed: number,
): Trial {
  const { rate, statistics } = workflows[0]!;
  const settling = Math.ceil(LATENCIES * statistics.latencyMean * rate);
  return { workflow, deployment, rate, seed, executions: Math.max(EXECUTIONS, settling) };
}
