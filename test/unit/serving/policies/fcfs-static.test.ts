import { expect, test } from "vitest";
import { Bench } from "../batcher-bench.ts";
import { callOf, turnOf } from "../requests.ts";

const limits = { policy: "fcfs-static" } as const;

test("all prompts of a batch are computed in one iteration, whatever the token budget", () => {
  const bench = new Bench({ ...limits, tokens: 8 }, callOf(30, 2), callOf(20, 2));
  expect(bench.iterate(3)).toEqual(["0 | 0:30@0 1:20@0", "2 |", "idle"]);
});

test("nobody joins until the last of a batch has ended", () => {
  const bench = new Bench(limits, callOf(4, 2), callOf(4, 4));
  bench.iterate(1);
  expect(bench.add(callOf(4, 1))).toBe(false);
  expect(bench.add(callOf(4, 1, { priority: -1 }))).toBe(false);
  expect(bench.iterate(4)).toEqual(["2 |", "1 |", "1 |", "0 | 3:4@0 2:4@0"]);
});

test("a request that comes to an empty replica is urgent", () => {
  expect(new Bench(limits).add(callOf(4, 1))).toBe(true);
});

test("a batch holds no more than maxNumSeqs", () => {
  const bench = new Bench({ ...limits, seqs: 2 }, callOf(4, 1), callOf(4, 2), callOf(4, 1));
  expect(bench.iterate(3)).toEqual(["0 | 0:4@0 1:4@0", "1 |", "0 | 2:4@0"]);
});

test("a request takes the blocks of its full length when it starts", () => {
  // Of 4 prompt and 13 generated tokens, all but the last are kept: four blocks.
  const bench = new Bench({ ...limits, blocks: 7 }, callOf(4, 13), callOf(4, 13));
  expect(bench.iterate(1)).toEqual(["0 | 0:4@0"]);
  expect(bench.iterate(12)).toEqual(Array.from({ length: 12 }, () => "1 |"));
  expect(bench.iterate(1)).toEqual(["0 | 1:4@0"]);
  const both = new Bench({ ...limits, blocks: 8 }, callOf(4, 13), callOf(4, 13));
  expect(both.iterate(1)).toEqual(["0 | 0:4@0 1:4@0"]);
});

test("none is preempted, though the batch fills the cache to the last block", () => {
  const bench = new Bench({ ...limits, blocks: 8 }, callOf(4, 13), callOf(1, 16), callOf(4, 1));
  bench.compose();
  expect(bench.kv.used).toBe(8);
  bench.advance();
  let most = 0;
  for (let iteration = 0; iteration < 15; iteration++) {
    bench.compose();
    most = Math.max(most, bench.kv.used);
    bench.advance();
  }
  expect(most).toBe(8);
  expect(bench.finished()).toEqual([1]);
  expect(bench.requests.map(({ preemptions }) => preemptions)).toEqual([0, 0, 0]);
});

test("a conversation finds what it left in the batch before", () => {
  const bench = new Bench(limits, turnOf(7, 8, 2));
  bench.iterate(2);
  bench.add(turnOf(7, 12, 1));
  expect(bench.iterate(1)).toEqual(["0 | 1:4@8"]);
});
