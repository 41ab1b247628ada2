import { expect, test } from "vitest";
import { randomStream } from "../../../../src/engine/random-streams.ts";
import { createRandom } from "../../../../src/serving/routers/random.ts";
import { callOf, requestOf } from "../requests.ts";
import { chiSquare } from "./chi-square.ts";
import { idleReplicas } from "./routable-replicas.ts";

const request = requestOf(callOf(100, 10));

function choices(seed: number, llm: string, calls: number, replicas: number): number[] {
  const router = createRandom(randomStream(seed, `router/${llm}`));
  const indices = Array.from({ length: replicas }, (_, index) => index);
  const list = idleReplicas(...indices);
  return Array.from({ length: calls }, () => router.choose(list, request).replica.index);
}

test("every replica gets as many calls as another, and every pair follows as often", () => {
  const chosen = choices(1, "editor", 50_000, 5);
  const pairs = chosen.slice(1).map((index, position) => 5 * chosen[position]! + index);
  // 99.9th percentiles for 4 and 24 degrees of freedom.
  expect(chiSquare(chosen, 5)).toBeLessThan(18.47);
  expect(chiSquare(pairs, 25)).toBeLessThan(51.18);
});

test("draws follow from seed and LLM alone", () => {
  expect(choices(1, "editor", 100, 3)).toEqual(choices(1, "editor", 100, 3));
  expect(choices(1, "editor", 100, 3)).not.toEqual(choices(2, "editor", 100, 3));
  expect(choices(1, "editor", 100, 3)).not.toEqual(choices(1, "judge", 100, 3));
});
