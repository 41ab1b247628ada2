/**
 * Scepsy's planner: the best choice that can be placed, and the peak that its plans reach. What
 * holds of every planner is in test/contract.
 */

import { describe, expect, test } from "vitest";
import type { Deployment } from "../../../src/deployment/plan.ts";
import { replicaGroups } from "../../../src/deployment/replica-groups.ts";
import { HEADROOM, type PlanningProblem } from "../../../src/planner/planner.ts";
import { predictedPeak, rankedPlans, scepsyPlanner } from "../../../src/planner/scepsy.ts";
import { predictDeployment } from "../../../src/predictor/alp-plus.ts";
import { atFactor } from "../../../src/predictor/prediction.ts";
import { testCluster } from "../fixtures.ts";
import { scalingProfile } from "../predictor/profiles.ts";
import { layered, problemOf, usualProblem } from "./problems.ts";

function deploymentOf(problem: PlanningProblem): Deployment {
  const outcome = scepsyPlanner.plan(problem);
  if (!outcome.isFeasible) throw new Error(outcome.reason);
  return outcome.deployment;
}

const predictionOf = (problem: PlanningProblem) =>
  predictDeployment(problem, deploymentOf(problem))[0]!;

/** In executions per second. */
const peakOf = (problem: PlanningProblem): number => {
  const peak = predictedPeak(problem);
  if (typeof peak !== "number") throw new Error("no plan at any rate");
  return peak * problem.workflows[0]!.rate;
};

describe("the scepsy plan", () => {
  test("takes the whole cluster where more GPUs are faster", () => {
    const problem = problemOf([{ name: "only" }], testCluster(1, 4), 1);
    expect(replicaGroups(deploymentOf(problem))).toMatchObject([
      [{ tp: 4, share: 1, replicas: 1 }],
    ]);
  });

  test("gives replicas instead of TP when the rate asks for them", () => {
    // TP 4 sustains 28.9 calls/s, four replicas of TP 1 sustain 40.
    const problem = problemOf([{ name: "only" }], testCluster(1, 4), 33);
    expect(replicaGroups(deploymentOf(problem))).toMatchObject([
      [{ tp: 1, share: 1, replicas: 4 }],
    ]);
  });

  test.each([
    ["small rates", 0.5, 2],
    ["large rates", 2, 4],
    ["more GPUs", 3, 6],
  ] as const)("is the one of least predicted latency among those found: %s", (_, rate, gpus) => {
    const llms = [
      { name: "often", use: { calls: 4, parallelism: 2 } },
      { name: "large", model: layered("large", 2), profile: scalingProfile(6, 3) },
    ];
    const problem = problemOf(llms, testCluster(gpus / 2, 2), rate);
    const { plans } = rankedPlans(problem);
    expect(plans.length).toBeGreaterThan(3);
    const latencies = plans.map(
      ({ deployment }) => predictDeployment(problem, deployment)[0]!.latencyMean,
    );
    expect(predictionOf(problem).latencyMean).toBe(Math.min(...latencies));
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
    const { rate } = problem.workflows[0]!;
    const isFeasible = (factor: number) =>
      scepsyPlanner.plan(atFactor(problem, factor / rate)).isFeasible;
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
    expect(peakOf(usualProblem(1e6))).toBeCloseTo(peakOf(usualProblem(1)), 9);
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

describe("other objectives", () => {
  const problem = usualProblem(1, testCluster(2, 4));

  test("throughput: sustains what the peak says, at a low rate too", () => {
    const fast = { ...problem, objective: { kind: "throughput" } } as const;
    const peak = peakOf(problem);
    for (const rate of [0.01, 1]) {
      const plan = deploymentOf(atFactor(fast, rate));
      expect(predictDeployment(problem, plan)[0]!.throughputMax).toBeGreaterThan(0.97 * peak);
    }
  });

  const gpusFor = (seconds: number, quantile: "mean" | number = "mean") => {
    const objective = { kind: "gpus", target: { quantile, seconds } } as const;
    const outcome = scepsyPlanner.plan({ ...problem, objective });
    if (!outcome.isFeasible) return outcome.reason;
    const { deployment } = outcome;
    expect(deployment.cluster).toBe(problem.cluster);
    const used = deployment.llms.flatMap(({ instances }) => instances.flatMap(({ gpus }) => gpus));
    expect(predictDeployment(problem, deployment)[0]!.latencyMean).toBeLessThanOrEqual(seconds);
    return new Set(used).size;
  };

  test("gpus: takes no more than the target asks for", () => {
    const best = predictionOf(problem).latencyMean;
    const [loose, tight] = [gpusFor(20 * best), gpusFor(1.05 * best)];
    expect(loose).toBeLessThan(tight as number);
    expect(gpusFor(0.01 * best)).toMatch(/latency target/);
  });

  test("goodput: prefers plans with more executions in time", () => {
    const target = { quantile: 0.95, seconds: predictionOf(problem).latencyMean } as const;
    const outcome = scepsyPlanner.plan({ ...problem, objective: { kind: "goodput", target } });
    expect(outcome.isFeasible).toBe(true);
  });
});
