import { expect, test } from "vitest";
import { checkDeployment } from "../../../src/deployment/check.ts";
import { replicaGroups } from "../../../src/deployment/replica-groups.ts";
import { randomPlans } from "../../../src/experiment/random-plans.ts";
import { allPlans } from "../../../src/planner/all-plans.ts";
import { testCluster } from "../fixtures.ts";
import { layered, problemOf } from "./problems.ts";

const tiny = (name: string) => ({ name, model: layered("tiny", 0.25) });
const problem = problemOf(["a", "b"].map(tiny), testCluster(1, 2), 1);
const keyOf = (deployment: Parameters<typeof replicaGroups>[0]) =>
  replicaGroups(deployment)
    .map((groups) => groups.map(({ tp, share, replicas }) => [tp, share, replicas]).join())
    .join(" ");

test("all plans of two LLMs on two GPUs in halves, counted by hand", () => {
  // Each LLM: half or whole on one GPU, whole on both, half or whole over TP 2. Pairs that fit:
  // half with half, whole or TP half (3), whole with half or whole, TP half with half or TP half.
  const plans = [...allPlans(problem, { granularity: 4, hasShares: true })];
  const keys = plans.map(keyOf);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.length).toBe(7);
  for (const plan of plans) {
    expect(checkDeployment(plan)).toEqual({ problems: [], warnings: [] });
  }
});

test("random plans can be placed, differ, and are the same for a seed", () => {
  const take = (seed: number) => {
    const supply = randomPlans(problem, seed);
    return Array.from({ length: 30 }, () => supply.next().value!);
  };
  const plans = take(1);
  for (const plan of plans) {
    expect(checkDeployment(plan)).toEqual({ problems: [], warnings: [] });
  }
  expect(new Set(plans.map(keyOf)).size).toBeGreaterThan(5);
  expect(take(1)).toEqual(plans);
  expect(take(2)).not.toEqual(plans);
});
