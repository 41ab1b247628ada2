import { describe, expect, test } from "vitest";
import { createModelGroups } from "../../../../src/serving/routers/model-groups.ts";
import { callOf, requestOf } from "../requests.ts";
import { idleReplicas, replicaOf } from "./routable-replicas.ts";

/** Where a call of 20 tokens goes: calls of its model, and work of all models, by replica. */
function choice(calls: readonly number[], work: readonly number[], groupSize = 4): number {
  const router = createModelGroups({
    groupSize,
    callsOn: (replica) => calls[replica]!,
    workWith: (replica, tokens) => work[replica]! + tokens,
  });
  const replicas = idleReplicas(...calls.keys());
  return router.choose(replicas, requestOf(callOf(10, 10), 0)).replica.index;
}

describe("a call", () => {
  test("joins calls of its model rather than go to GPUs with others", () => {
    expect(choice([0, 3, 0], [100, 900, 200])).toBe(1);
  });

  test("goes to idle GPUs", () => {
    expect(choice([1, 1, 0], [50, 40, 0])).toBe(2);
  });

  test("goes to GPUs with others where its model's groups are full", () => {
    expect(choice([4, 0, 5], [900, 500, 300])).toBe(2);
    expect(choice([4, 0, 5], [900, 200, 300])).toBe(1);
  });

  test("goes where the least work is left, to the first of equals", () => {
    expect(choice([1, 2, 2], [300, 200, 200])).toBe(1);
  });

  test("counts only the tokens that its replica has not cached", () => {
    const router = createModelGroups({ groupSize: 4, callsOn: () => 1, workWith: (_, n) => n });
    const turn = { ...callOf(100, 10), conversation: 7, retainTokens: 100 };
    const replicas = [replicaOf(0), replicaOf(1, 0, { 7: 2 })];
    const { replica, tokens } = router.choose(replicas, requestOf(turn, 0));
    expect([replica.index, tokens]).toEqual([1, 100 - 32 + 10]);
  });
});
