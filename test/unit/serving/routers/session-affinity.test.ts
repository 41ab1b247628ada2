import { describe, expect, test } from "vitest";
import { createSessionAffinity } from "../../../../src/serving/routers/session-affinity.ts";
import { fromStepEntity, stepEntity } from "../../../../src/workflow/drawn-execution.ts";
import { callOf, requestOf, turnOf } from "../requests.ts";
import { chiSquare } from "./chi-square.ts";
import { idleReplicas, replicaOf } from "./routable-replicas.ts";

const router = createSessionAffinity((entity) => fromStepEntity(entity).execution);

const ofConversation = (conversation: number, ...indices: number[]) =>
  router.choose(idleReplicas(...indices), requestOf(turnOf(conversation, 100, 10))).replica.index;

const ofExecution = (execution: number, step: number, ...indices: number[]) => {
  const request = requestOf(callOf(100, 10), stepEntity(execution, step));
  return router.choose(idleReplicas(...indices), request).replica.index;
};

const sessions = Array.from({ length: 20_000 }, (_, session) => session);

describe("a session", () => {
  test("of a conversation stays on one replica, whatever its load and the execution", () => {
    const home = ofConversation(7, 0, 1, 2, 3);
    const loaded = [0, 1, 2, 3].map((index) => replicaOf(index, index === home ? 1e6 : 0));
    for (const entity of [0, 1, stepEntity(5, 3)]) {
      const request = requestOf(turnOf(7, 900, 10), entity);
      expect(router.choose(loaded, request).replica.index).toBe(home);
    }
  });

  test("of calls without a conversation is their execution", () => {
    const homes = sessions.slice(0, 100).map((execution) => {
      const homesOfSteps = [0, 1, 2].map((step) => ofExecution(execution, step, 0, 1, 2, 3));
      expect(new Set(homesOfSteps).size).toBe(1);
      return homesOfSteps[0];
    });
    expect(new Set(homes).size).toBe(4);
  });

  test.each([
    ["conversations", (session: number) => ofConversation(session, 0, 1, 2, 3, 4)],
    [
      "conversations far apart",
      (session: number) => ofConversation(session * 2 ** 24, 0, 1, 2, 3, 4),
    ],
    ["executions", (session: number) => ofExecution(session, 0, 0, 1, 2, 3, 4)],
  ])("finds every replica as often as another: %s", (_, home) => {
    // 99.9th percentile for 4 degrees of freedom.
    expect(chiSquare(sessions.map(home), 5)).toBeLessThan(18.47);
  });
});

describe("a replica", () => {
  test("that leaves moves its own sessions only, to all others", () => {
    const moved = new Set<number>();
    for (const session of sessions.slice(0, 2000)) {
      const before = ofConversation(session, 0, 1, 2, 3);
      const after = ofConversation(session, 0, 1, 3);
      if (before !== 2) expect(after).toBe(before);
      else moved.add(after);
    }
    expect([...moved].sort()).toEqual([0, 1, 3]);
  });

  test("that joins takes its part of the sessions, and no other moves", () => {
    let gained = 0;
    for (const session of sessions) {
      const before = ofConversation(session, 0, 1, 2);
      const after = ofConversation(session, 0, 1, 2, 9);
      if (after === 9) gained++;
      else expect(after).toBe(before);
    }
    // A quarter of 20,000, with a standard deviation of 61.
    expect(Math.abs(gained - 5000)).toBeLessThan(200);
  });
});
