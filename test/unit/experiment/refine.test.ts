/** Plans chosen by simulation, as executions will come. */

import { describe, expect, test } from "vitest";
import type { Deployment } from "../../../src/deployment/plan.ts";
import { exhaust, type RefinedProblem, refine } from "../../../src/experiment/refine.ts";
import type { PlanningOutcome } from "../../../src/planner/planner.ts";
import { testCluster, testEngine } from "../fixtures.ts";
import { layered, problemOf } from "../planner/problems.ts";
import { scalingProfile } from "../predictor/profiles.ts";
import { always, call, spread, workflowOf } from "../workflow/programs.ts";

/** Replicas of an LLM hold four calls at once, so two of them hold eight, and one is faster. */
const problem = problemOf(
  [{ name: "a", model: layered("small", 0.25), profile: scalingProfile(40, 1) }],
  testCluster(1, 2),
  2,
);
const llms = problem.llms.map((llm) => ({ ...llm, engine: { ...testEngine, maxNumSeqs: 4 } }));
const workflow = workflowOf([call({ prompt: spread, output: always(100) })]);

const refined = (coming?: RefinedProblem["coming"]): RefinedProblem => {
  const served = { problem: { ...problem, llms }, workflow, seed: 1 };
  return coming === undefined ? served : { ...served, coming };
};

/** TP degrees of the replicas of a plan. */
function replicasOf(outcome: PlanningOutcome): number[] {
  if (!outcome.isFeasible) throw new Error(outcome.reason);
  const { llms: planned }: Deployment = outcome.deployment;
  return planned[0]!.instances.map(({ gpus }) => gpus.length);
}

describe("plans that are simulated", () => {
  test.each([
    ["one user", { kind: "closed", users: 1, think: 0 }, [2]],
    ["many users", { kind: "closed", users: 16, think: 0 }, [1, 1]],
    ["even gaps", { kind: "constant" }, [2]],
    ["bursts of calls", { kind: "gamma", cv: 4 }, [1, 1]],
    [
      "bursts of a rate",
      {
        kind: "steps",
        steps: [
          { level: 0, duration: 60 },
          { level: 1, duration: 3 },
        ],
      },
      [1, 1],
    ],
  ] as const)("are chosen for %s", async (_, coming, replicas) => {
    const outcomes = [
      await refine(refined(coming), 20, () => {}),
      await exhaust(refined(coming), () => {}),
    ];
    expect(outcomes.map(replicasOf)).toEqual([replicas, replicas]);
  });

  test("meet Poisson arrivals without further notice", async () => {
    const simulated = [refined(), refined({ kind: "poisson" })].map((each) => {
      return refine(each, 20, () => {});
    });
    expect(await simulated[0]).toEqual(await simulated[1]);
  });
});
