/**
 * Scepsy's planner: the best choice that can be placed, and the peak that its plans reach. What
 * holds of every planner is in test/contract.
 */

import { describe, expect, test } from "vitest";
import { configurations, wholeSpace } from "../../../src/planner/configurations.ts";
import { place } from "../../../src/planner/placement.ts";
import { HEADROOM, type PlanningProblem, replicaGroups } from "../../../src/planner/planner.ts";
import { predictedPeak, scepsyPlanner } from "../../../src/planner/scepsy.ts";
import { predictWorkflow } from "../../../src/predictor/aggregate-llm-pipeline.ts";
import { testCluster } from "../fixtures.ts";
import { scalingProfile } from "../predictor/profiles.ts";
import { layered, problemOf, usualProblem } from "./problems.ts";

function predictionOf(problem: PlanningProblem) {
  const outcome = scepsyPlanner.plan(problem);
  if (!outcome.isFeasible) throw new Error(outcome.reason);
  const groups = replicaGroups(outcome.deployment);
  return predictWorkflow(problem.statistics, problem.profiles, groups, problem.rate);
}

const peakOf = (problem: PlanningProblem): number => {
  const peak = predictedPeak(problem);
  if (typeof peak !== "number") throw new Error("no plan at any rate");
  return peak;
};

describe("the scepsy plan", () => {
  test("takes the whole cluster where more GPUs are faster", () => {
    const problem = problemOf([{ name: "only" }], testCluster(1, 4), 1);
    const outcome = scepsyPlanner.plan(problem);
    expect(outcome.isFeasible && replicaGroups(outcome.deployment)).toEqual([
      [{ tp: 4, share: 1, replicas: 1 }],
    ]);
    expect(outcome.candidates).toBe(1);
  });

  test("gives replicas instead of TP when the rate asks for them", () => {
    // TP 4 sustains 28.9 calls/s, four replicas of TP 1 sustain 40.
    const problem = problemOf([{ name: "only" }], testCluster(1, 4), 33);
    const outcome = scepsyPlanner.plan(problem);
    expect(outcome.isFeasible && replicaGroups(outcome.deployment)).toEqual([
      [{ tp: 1, share: 1, replicas: 4 }],
    ]);
  });

  test.each([
    ["small rates", 0.5, 2],
    ["large rates", 2, 4],
    ["more GPUs", 3, 6],
  ] as const)("is the cheapest that can be placed: %s", (_, rate, gpus) => {
    const llms = [
      { name: "often", use: { calls: 4, parallelism: 2 } },
      { name: "large", model: layered("large", 2), profile: scalingProfile(6, 3) },
    ];
    const problem = problemOf(llms, testCluster(gpus / 2, 2), rate);
    const space = wholeSpace(problem);
    let least = Infinity;
    for (const first of configurations(problem, 0, space)) {
      for (const second of configurations(problem, 1, space)) {
        if (place(problem.cluster, problem.llms, [first, second]) === undefined) continue;
        least = Math.min(least, first.cost + second.cost);
      }
    }
    expect(least).toBeLessThan(Infinity);
    const outcome = scepsyPlanner.plan(problem);
    const instances = outcome.isFeasible ? replicaGroups(outcome.deployment) : [];
    const chosen = instances.map(([group], llm) =>
      configurations(problem, llm, space).find(
        ({ tp, share, replicas }) =>
          tp === group!.tp && share === group!.share && replicas === group!.replicas,
      ),
    );
    expect(chosen.reduce((sum, configuration) => sum + configuration!.cost, 0)).toBe(least);
  });

  test("keeps to the rate with headroom, at the rates that it accepts", () => {
    for (const rate of [0.5, 1, 2]) {
      const problem = usualProblem(rate);
      expect(predictionOf(problem).throughputMax).toBeGreaterThanOrEqual(HEADROOM * rate);
    }
  });

  test("says which LLM is too slow", () => {
    const outcome = scepsyPlanner.plan(usualProblem(1000));
    expect(!outcome.isFeasible && outcome.reason).toMatch(/^small cannot serve/);
  });

  test("never predicts worse on more GPUs", () => {
    const latency = (gpus: number) =>
      predictionOf(usualProblem(1, testCluster(1, gpus))).latencyMean;
    expect(latency(8)).toBeLessThanOrEqual(latency(4));
  });
});

describe("predictedPeak", () => {
  const cases = [
    ["three LLMs on four GPUs", usualProblem()],
    ["one LLM on one GPU", problemOf([{ name: "only" }], testCluster(1, 1), 1)],
    ["one LLM on eight GPUs", problemOf([{ name: "only" }], testCluster(2, 4), 1)],
  ] as const;

  test.each(cases)("is reached and not passed: %s", (_, problem) => {
    const peak = peakOf(problem);
    const isFeasible = (rate: number) => scepsyPlanner.plan({ ...problem, rate }).isFeasible;
    expect(isFeasible(peak / HEADROOM)).toBe(true);
    // Bisected to 2 %.
    expect(isFeasible((1.021 * peak) / HEADROOM)).toBe(false);
  });

  test("of one LLM is that of its replicas on all GPUs", () => {
    expect(peakOf(problemOf([{ name: "only" }], testCluster(1, 4), 1))).toBeCloseTo(40, 9);
    const four = problemOf([{ name: "only", use: { calls: 4 } }], testCluster(1, 4), 1);
    expect(peakOf(four)).toBeCloseTo(10, 9);
  });

  test("does not depend on the rate of the problem", () => {
    expect(peakOf(usualProblem(1))).toBe(peakOf(usualProblem(1e6)));
  });

  test("is an infeasible outcome where nothing fits", () => {
    const huge = problemOf([{ name: "huge", model: layered("huge", 30) }], testCluster(1, 2), 1);
    expect(predictedPeak(huge)).toMatchObject({ isFeasible: false });
  });

  test("grows with the cluster", () => {
    const four = peakOf(usualProblem());
    expect(peakOf(usualProblem(1, testCluster(2, 4)))).toBeGreaterThan(1.5 * four);
  });
});
