import { expect, test } from "vitest";
import { createRoundRobin } from "../../../../src/serving/routers/round-robin.ts";
import { callOf, requestOf } from "../requests.ts";
import { idleReplicas, replicaOf } from "./routable-replicas.ts";

const request = requestOf(callOf(100, 10));

test("calls go to the replicas in turn, whatever these have to do", () => {
  const router = createRoundRobin();
  const replicas = [replicaOf(4, 1000), replicaOf(5), replicaOf(6, 10)];
  const chosen = Array.from({ length: 7 }, () => router.choose(replicas, request).replica.index);
  expect(chosen).toEqual([4, 5, 6, 4, 5, 6, 4]);
});

test("each of n replicas gets every n-th call", () => {
  const router = createRoundRobin();
  const replicas = idleReplicas(0, 1, 2, 3, 4);
  const counts = new Array<number>(5).fill(0);
  for (let call = 0; call < 1003; call++) counts[router.choose(replicas, request).replica.index]!++;
  expect(counts).toEqual([201, 201, 201, 200, 200]);
});

test("the turn goes on where a replica leaves or joins", () => {
  const router = createRoundRobin();
  const next = (...indices: number[]) =>
    router.choose(idleReplicas(...indices), request).replica.index;
  expect(next(0, 1, 2)).toBe(0);
  expect(next(0, 2)).toBe(2);
  expect(next(0, 2, 3)).toBe(3);
  expect(next(0, 1, 2)).toBe(0);
  expect(next(0, 1, 2)).toBe(1);
});
