/** F10: latency of plans drawn at random as a distribution, with every planner's plan on it. */

import { firstGpus } from "../../hardware/cluster.ts";
import { predictedPeak } from "../../planner/scepsy.ts";
import { atFactor } from "../../predictor/prediction.ts";
import type { FigureRow } from "../../records/figure-table.ts";
import { PLANNERS } from "../planners.ts";
import { randomPlans } from "../random-plans.ts";
import type { Trial } from "../trial.ts";
import { type ComputeFigure, type FigureContext, modelsOf, SEED } from "./figure.ts";

const GPUS = 4;
const LOAD = 0.25;
const EXECUTIONS = 1000;
const QUICK_EXECUTIONS = 600;

/** Computes F10. */
export const computeRandomPlans: ComputeFigure = async (context) => {
  const [workload] = await context.workloads();
  const { workflow, problem: whole } = workload!;
  const problem = { ...whole, cluster: firstGpus(whole.cluster, GPUS) };
  const peak = predictedPeak(problem);
  const rate = LOAD * (typeof peak === "number" ? peak : 1);
  const count = context.pick(1000, 60);
  const executions = context.pick(EXECUTIONS, QUICK_EXECUTIONS);
  const supply = randomPlans(problem, SEED);
  const random = Array.from({ length: count }, () => supply.next().value).flatMap((deployment) =>
    deployment ? [{ plan: "random", deployment }] : [],
  );
  const planned = PLANNERS.flatMap(({ name, plan }) => {
    const outcome = plan(atFactor(problem, rate));
    return outcome.isFeasible ? [{ plan: name, deployment: outcome.deployment }] : [];
  });
  const rows = await Promise.all(
    [...random, ...planned].map(async ({ plan, deployment }): Promise<FigureRow> => {
      return { plan, ...(await latencyOf(context, { workflow, deployment, rate, executions })) };
    }),
  );
  const sustained = rows.filter((row) => row.plan === "random" && row.latency_seconds !== null);
  return {
    title: "F10  Planners among random plans",
    caption:
      `${count} plans drawn at random from all that ${GPUS} H100 have room for (TP degree, ` +
      `share and replicas of each LLM), each simulated at ${rate.toPrecision(3)} executions ` +
      `per second (${LOAD} of scepsy's predicted peak), ${executions.toLocaleString("en-US")} ` +
      `executions, the same for all; ${sustained.length} of them are stable and drawn. Dots: ` +
      "the planners' plans for that rate, by letter; some share one. Engine vllm-0.19. " +
      `Workload (assumed): ${modelsOf([workload!])}.`,
    rows,
  };
};

/** Null for a plan that does not sustain the rate. */
async function latencyOf({ pool }: FigureContext, trial: Omit<Trial, "seed">) {
  const result = await pool.run("trial", { ...trial, seed: SEED });
  const { isStable, latencyMean } = result;
  return { latency_seconds: isStable ? latencyMean : null };
}
