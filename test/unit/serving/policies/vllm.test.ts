import { expect, test } from "vitest";
import { Bench } from "../batcher-bench.ts";
import { callOf } from "../requests.ts";

const limits = { policy: "vllm", tokens: 4, blocks: 4 } as const;

test("a request joins when the blocks of its first chunk are free", () => {
  const bench = new Bench(limits, callOf(4, 3));
  bench.iterate(1);
  bench.add(callOf(12, 1));
  expect(bench.iterate(1)).toEqual(["1 | 1:3@0"]);
  expect(bench.kv.used).toBe(2 + 1);
});

test("decodes and chunks share the token budget", () => {
  const bench = new Bench({ ...limits, blocks: 100 }, callOf(2, 9), callOf(2, 9));
  bench.iterate(1);
  bench.add(callOf(5, 9));
  expect(bench.iterate(4)).toEqual(["2 | 2:2@0", "2 | 2:2@2", "2 | 2:1@4", "3 |"]);
});

test("decodes alone may fill the budget: prefills wait, and nobody joins", () => {
  const bench = new Bench({ policy: "vllm", tokens: 2 }, callOf(1, 4), callOf(1, 4));
  bench.iterate(1);
  bench.add(callOf(3, 1));
  expect(bench.iterate(4)).toEqual(["2 |", "2 |", "2 |", "0 | 2:2@0"]);
});
