/** What each planner knows decides who gets the GPUs, within the space that it may choose from. */

import { describe, expect, test } from "vitest";
import { INFORMED } from "../../../src/baselines/informed.ts";
import { replicaGroups } from "../../../src/deployment/replica-groups.ts";
import { WHOLE_SPACE } from "../../../src/planner/configurations.ts";
import { scepsyPlanner } from "../../../src/planner/scepsy.ts";
import { testCluster } from "../fixtures.ts";
import { problemOf, usualProblem } from "../planner/problems.ts";

const WHOLE_GPUS = { granularity: 8, hasShares: false };

/** GPUs of each of two like LLMs on three GPUs, of which one is used so much more. */
function gpusOf(information: string, use: { calls?: number; parallelism?: number }): number[] {
  const llms = [{ name: "plain" }, { name: "other", use }];
  // Rates so low that nobody needs more than one GPU.
  const problem = problemOf(llms, testCluster(1, 3), 0.01);
  const outcome = INFORMED[information]!(problem, WHOLE_GPUS);
  if (!outcome.isFeasible) throw new Error(outcome.reason);
  return replicaGroups(outcome.deployment).map((groups) =>
    groups.reduce((sum, { tp, replicas }) => sum + tp * replicas, 0),
  );
}

describe("who gets the second GPU", () => {
  test("is the LLM with more calls, for those that know n", () => {
    expect(gpusOf("calls n", { calls: 6, parallelism: 1 })).toEqual([1, 2]);
    expect(gpusOf("calls n", { calls: 1 / 6, parallelism: 1 })).toEqual([2, 1]);
  });

  test("is not the one whose calls run side by side, for those that know p", () => {
    expect(gpusOf("calls n", { calls: 6, parallelism: 60 })).toEqual([1, 2]);
    expect(gpusOf("n, parallelism p", { calls: 6, parallelism: 60 })).toEqual([2, 1]);
    const alike = gpusOf("call rates", { calls: 6, parallelism: 1 });
    expect(gpusOf("call rates", { calls: 6, parallelism: 60 })).toEqual(alike);
  });
});

test("who knows all, on the whole space, is scepsy", () => {
  const problem = usualProblem();
  const all = INFORMED.interference!(problem, WHOLE_SPACE);
  expect(all).toEqual(scepsyPlanner.plan(problem));
}, 60_000);

test.each(Object.keys(INFORMED))("%s keeps to its space", (information) => {
  const problem = usualProblem(0.5);
  const groupsIn = (space: Parameters<(typeof INFORMED)[string]>[1]) => {
    const outcome = INFORMED[information]!(problem, space);
    if (!outcome.isFeasible) throw new Error(outcome.reason);
    return replicaGroups(outcome.deployment).flat();
  };
  const least = groupsIn({ ...WHOLE_GPUS, hasReplicas: false, hasTp: false });
  expect(least.map(({ tp, share, replicas }) => `${tp}x${share}x${replicas}`)).toEqual([
    "1x1x1",
    "1x1x1",
    "1x1x1",
  ]);
  for (const { tp } of groupsIn({ ...WHOLE_SPACE, hasTp: false })) expect(tp).toBe(1);
});
