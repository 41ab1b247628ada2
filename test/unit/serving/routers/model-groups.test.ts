import { describe, expect, test } from "vitest";
import { createModelGroups } from "../../../../src/serving/routers/model-groups.ts";
import { callOf, requestOf } from "../requests.ts";
import { idleReplicas, replicaOf } from "./routable-replicas.ts";

/** Where a call of 20 tokens goes: who is at work, and work of all models, by replica. */
function choice(isAtWork: readonly boolean[], work: readonly number[], affinity = 4): number {
  const router = createModelGroups({
    affinity,
    isAtWork: (replica) => isAtWork[replica]!,
    workWith: (replica, tokens) => work[replica]! + tokens,
  });
  const replicas = idleReplicas(...isAtWork.keys());
  return router.choose(replicas, requestOf(callOf(10, 10), 0)).replica.index;
}

describe("a call", () => {
  test("goes to GPUs where its model is at work, up to so many calls behind others", () => {
    expect(choice([false, true, false], [50, 129, 50])).toBe(1);
    expect(choice([false, true, false], [50, 131, 50])).toBe(0);
    expect(choice([false, true, false], [50, 51, 50], 0)).toBe(0);
  });

  test("goes where the least work is left, to the first of equals", () => {
    expect(choice([true, true, true], [300, 200, 200])).toBe(1);
    expect(choice([false, false], [300, 200])).toBe(1);
  });

  test("counts only the tokens that its replica has not cached", () => {
    const router = createModelGroups({
      affinity: 4,
      isAtWork: () => true,
      workWith: (_, tokens) => tokens,
    });
    const turn = { ...callOf(100, 10), conversation: 7, retainTokens: 100 };
    const replicas = [replicaOf(0), replicaOf(1, 0, { 7: 2 })];
    const { replica, tokens } = router.choose(replicas, requestOf(turn, 0));
    expect([replica.index, tokens]).toEqual([1, 100 - 32 + 10]);
  });
});
