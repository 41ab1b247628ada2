/**
 * Independent sizing: who gets the GPUs. What holds of every planner is in test/contract.
 */

import { describe, expect, test } from "vitest";
import { independentPlanner } from "../../../src/baselines/independent.ts";
import { replicaGroups } from "../../../src/deployment/replica-groups.ts";
import type { PlanningProblem } from "../../../src/planner/planner.ts";
import { testCluster } from "../fixtures.ts";
import { layered, type ProblemLlm, problemOf } from "../planner/problems.ts";
import { scalingProfile } from "../predictor/profiles.ts";

/** `tp x share x replicas` of every LLM, or why there is no plan. */
function plan(problem: PlanningProblem): string[] | string {
  const outcome = independentPlanner.plan(problem);
  if (!outcome.isFeasible) return outcome.reason;
  return replicaGroups(outcome.deployment).map((groups) =>
    groups.map(({ tp, share, replicas }) => `${tp}x${share}x${replicas}`).join(" + "),
  );
}

const planFor = (rate: number, gpus: number, ...llms: ProblemLlm[]) =>
  plan(problemOf(llms, testCluster(1, gpus), rate));

/** Does not get faster with TP: every GPU is worth a replica. */
const fixedSpeed = scalingProfile(10, 1, [1]);

describe("the independent planner", () => {
  test("sizes LLMs by their call rates", () => {
    const llms = [
      { name: "often", use: { calls: 4 }, profile: fixedSpeed },
      { name: "seldom", profile: fixedSpeed },
    ];
    // 28 calls/s with headroom need four replicas of 10, 7 calls/s need one.
    expect(planFor(7, 5, ...llms)).toEqual(["1x1x4", "1x1x1"]);
  });

  test("keeps to whole GPUs, and spends what is left on latency", () => {
    expect(planFor(1, 4, { name: "only" })).toEqual(["4x1x1"]);
    expect(planFor(33, 4, { name: "only" })).toEqual(["1x1x4"]);
  });

  test("does not know what calls are worth to the workflow", () => {
    const one = { name: "one", use: { parallelism: 1 } };
    const wide = { name: "wide", use: { parallelism: 20 } };
    const alike = planFor(1, 4, one, { ...one, name: "wide" });
    expect(planFor(1, 4, one, wide)).toEqual(alike);
  });

  test("falls back to equal shares when there are more LLMs than GPUs", () => {
    const tiny = layered("tiny", 0.25);
    const llms = [..."abc"].map((name) => ({ name, model: tiny }));
    expect(planFor(0.1, 2, ...llms)).toEqual(["1x0.5x1", "1x0.5x1", "1x0.5x1"]);
  });

  test("says which LLM is too slow, or that one does not fit", () => {
    expect(planFor(1e6, 4, { name: "only" })).toMatch(/^only is too slow for /);
    const huge = { name: "huge", model: layered("huge", 40), profile: { sizes: [] } };
    expect(planFor(1, 4, huge)).toMatch(/do not fit/);
  });
});
