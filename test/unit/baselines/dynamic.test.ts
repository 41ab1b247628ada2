/**
 * The baselines that steer their deployment while it runs.
 */

import { describe, expect, test } from "vitest";
import { aegaeonPlanner, createAegaeonPlanner } from "../../../src/baselines/aegaeon.ts";
import { ayoPlanner, createAyoPlanner } from "../../../src/baselines/ayo.ts";
import { createHpaPlanner, hpaPlanner } from "../../../src/baselines/hpa.ts";
import { userPlanner } from "../../../src/baselines/user.ts";
import type { Deployment } from "../../../src/deployment/plan.ts";
import type { Planner, PlanningProblem } from "../../../src/planner/planner.ts";
import { testCluster } from "../fixtures.ts";
import { layered, problemOf, usualProblem } from "../planner/problems.ts";

function deploymentOf(planner: Planner, problem: PlanningProblem): Deployment {
  const outcome = planner.plan(problem);
  if (!outcome.isFeasible) throw new Error(outcome.reason);
  return outcome.deployment;
}

const replicas = ({ llms }: Deployment) => llms.map(({ instances }) => instances.length);

describe("hpa", () => {
  /** LLMs that take 10 calls a second on a GPU, with so many calls per execution. */
  const problem = (calls: readonly number[], gpus = 8) =>
    problemOf(
      calls.map((each, index) => ({ name: `llm${index}`, use: { calls: each } })),
      testCluster(1, gpus),
      1,
    );

  test("starts with the replicas that its target load asks for, on whole GPUs", () => {
    const deployment = deploymentOf(createHpaPlanner(0.5), problem([4, 6, 11]));
    expect(replicas(deployment)).toEqual([1, 2, 3]);
    for (const { gpus, share } of deployment.llms.flatMap(({ instances }) => instances)) {
      expect([gpus.length, share]).toEqual([1, 1]);
    }
    expect(replicas(deploymentOf(createHpaPlanner(0.25), problem([4, 6, 4])))).toEqual([2, 3, 2]);
  });

  test("takes from the least loaded where there are too few GPUs", () => {
    expect(replicas(deploymentOf(createHpaPlanner(0.5), problem([4, 9, 20], 5)))).toEqual([
      1, 1, 3,
    ]);
    expect(replicas(deploymentOf(createHpaPlanner(0.5), problem([900, 1, 2], 5)))).toEqual([
      3, 1, 1,
    ]);
  });

  test("aims at the calls in flight at that load", () => {
    const { control } = deploymentOf(createHpaPlanner(0.5), problem([4]));
    if (control?.kind !== "hpa") throw new Error("not scaled");
    const [low] = control.targetCalls;
    const higher = deploymentOf(createHpaPlanner(0.8), problem([4])).control;
    if (higher?.kind !== "hpa") throw new Error("not scaled");
    // At half of 10 calls a second of about 2 s each.
    expect(low).toBeGreaterThan(5);
    expect(low).toBeLessThan(15);
    expect(higher.targetCalls[0]!).toBeGreaterThan(1.5 * low!);
    expect(control.maxReplicas).toBe(8);
  });

  test("shares GPUs equally where there are more LLMs than GPUs", () => {
    const names = [..."abc"].map((name) => ({ name, model: layered("tiny", 0.25) }));
    const crowded = problemOf(names, testCluster(1, 2), 0.1);
    const user = deploymentOf(userPlanner, crowded);
    expect(deploymentOf(hpaPlanner, crowded).llms).toEqual(user.llms);
  });
});

describe("ayo", () => {
  test("is the user's allocation with an order of calls", () => {
    const { control, ...rest } = deploymentOf(ayoPlanner, usualProblem());
    expect(control).toEqual({ kind: "ayo", order: "oldest-first" });
    expect(rest).toEqual(deploymentOf(userPlanner, usualProblem()));
    const other = deploymentOf(createAyoPlanner("nearest-end"), usualProblem());
    expect(other.control).toEqual({ kind: "ayo", order: "nearest-end" });
  });
});

describe("aegaeon", () => {
  test("has every LLM on every group of GPUs", () => {
    const planner = createAegaeonPlanner({ quantum: 3, affinity: 7 });
    const { llms, cluster, control } = deploymentOf(planner, usualProblem(1));
    expect(control).toEqual({ kind: "aegaeon", quantum: 3, affinity: 7 });
    for (const { instances } of llms) {
      expect(instances).toEqual(cluster.gpus.map((gpu) => ({ gpus: [gpu], share: 1 })));
    }
  });

  test("has groups that hold two models at once, within fast domains", () => {
    // 64 GB and 32 GB of weights, of which a GPU of 80 GB does not hold both.
    const problem = problemOf(
      [
        { name: "large", model: layered("large", 4) },
        { name: "medium", model: layered("medium", 2) },
      ],
      testCluster(2, 5),
      1,
    );
    const { llms } = deploymentOf(aegaeonPlanner, problem);
    const groups = llms[0]!.instances.map(({ gpus }) => gpus.map(({ index }) => index));
    expect(groups).toEqual([
      [0, 1],
      [2, 3],
      [5, 6],
      [7, 8],
    ]);
  });
});
