/**
 * Plans that nobody searched for: a file's, or an equal split.
 */

import { describe, expect, test } from "vitest";
import { fixedPlanner, userPlanner } from "../../../src/baselines/user.ts";
import { replicaGroups } from "../../../src/deployment/replica-groups.ts";
import { atFactor } from "../../../src/predictor/prediction.ts";
import { usualProblem } from "../planner/problems.ts";

describe("fixedPlanner", () => {
  test("answers with its deployment, whatever the problem", () => {
    const problem = usualProblem();
    const deployment = { cluster: problem.cluster, llms: [] };
    const planner = fixedPlanner(deployment);
    expect(planner.name).toBe("user");
    for (const rate of [1e-6, 1e6]) {
      const outcome = planner.plan(atFactor(problem, rate));
      expect(outcome.isFeasible && outcome.deployment).toBe(deployment);
    }
  });
});

describe("userPlanner", () => {
  test("splits equally and does not look at the rate", () => {
    for (const rate of [1e-6, 1e6]) {
      const outcome = userPlanner.plan(usualProblem(rate));
      expect(outcome.isFeasible && replicaGroups(outcome.deployment)).toMatchObject([
        [{ tp: 1, share: 1, replicas: 1 }],
        [{ tp: 1, share: 1, replicas: 1 }],
        [{ tp: 1, share: 1, replicas: 1 }],
      ]);
    }
  });
});
