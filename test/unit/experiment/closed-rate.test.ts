/** The rate that users make of a plan, and the one that their plan is made for. */

import { describe, expect, test } from "vitest";
import type { Deployment } from "../../../src/deployment/plan.ts";
import { closedLoopRate, rateToPlanFor } from "../../../src/experiment/closed-rate.ts";
import type { Planner } from "../../../src/planner/planner.ts";
import { scepsyPlanner } from "../../../src/planner/scepsy.ts";
import { sustainedLatencies } from "../../../src/predictor/alp-plus.ts";
import { atFactor } from "../../../src/predictor/prediction.ts";
import { usualProblem } from "../planner/problems.ts";

/** At one execution per second. */
const problem = usualProblem(1);

function plannedFor(rate: number): Deployment {
  const outcome = scepsyPlanner.plan(atFactor(problem, rate));
  if (!outcome.isFeasible) throw new Error(outcome.reason);
  return outcome.deployment;
}

const deployment = plannedFor(1);
const latencyAt = (rate: number) =>
  sustainedLatencies(atFactor(problem, rate), deployment, 1)?.[0]?.latencyMean;

const loop = (users: number, think: number) => ({ kind: "closed", users, think }) as const;

describe("the rate of a closed loop", () => {
  test.each([
    [1, 0],
    [1, 5],
    [4, 10],
    [100, 1000],
  ])("is users over think time and latency at that rate: %d users, %d s", (users, think) => {
    const { rate, saturatedLatency } = closedLoopRate(loop(users, think), problem, deployment);
    expect(saturatedLatency).toBeUndefined();
    expect(rate / (users / (think + latencyAt(rate)!))).toBeCloseTo(1, 2);
  });

  test("of too many users is what the plan sustains, and they wait", () => {
    const { rate, saturatedLatency } = closedLoopRate(loop(10_000, 60), problem, deployment);
    expect(latencyAt(rate)).toBeDefined();
    expect(latencyAt(1.05 * rate)).toBeUndefined();
    expect(saturatedLatency).toBeCloseTo(10_000 / rate - 60, 9);
  });

  test("has no answer where executions take no time", () => {
    const [workflow] = problem.workflows;
    const statistics = { ...workflow!.statistics, latencyMean: 0 };
    const empty = { ...problem, workflows: [{ ...workflow!, statistics }] };
    expect(() => closedLoopRate(loop(3, 0), empty, deployment)).toThrow("has no rate");
  });
});

describe("the rate to plan for", () => {
  test.each([
    [1, 0],
    [4, 10],
  ])("is what users make of the plan for it: %d users, %d s", (users, think) => {
    const rate = rateToPlanFor(loop(users, think), problem, scepsyPlanner);
    const made = closedLoopRate(loop(users, think), problem, plannedFor(rate)).rate;
    expect(made / rate).toBeCloseTo(1, 1);
  });

  test("of too many users is near the highest that the planner accepts", () => {
    const rate = rateToPlanFor(loop(10_000, 60), problem, scepsyPlanner);
    expect(scepsyPlanner.plan(atFactor(problem, rate)).isFeasible).toBe(true);
    expect(scepsyPlanner.plan(atFactor(problem, rate / 0.85)).isFeasible).toBe(false);
  });

  test("is refused by a planner that refuses all", () => {
    const refuses: Planner = {
      name: "none",
      plan: () => ({ isFeasible: false, reason: "no", candidates: 0 }),
    };
    expect(rateToPlanFor(loop(4, 10), problem, refuses)).toBeGreaterThan(0);
  });
});
