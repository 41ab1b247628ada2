/** What a batcher computes again, and what it finds in its prefix cache. */

import { describe, expect, test } from "vitest";
import { Bench } from "./batcher-bench.ts";
import { callOf, turnOf } from "./requests.ts";

describe("prefix reuse", () => {
  test("computes only what the conversation has not left in full blocks", () => {
    const bench = new Bench({}, turnOf(7, 10, 4));
    bench.iterate(4);
    // 13 tokens are in the cache (the last one generated is not): 3 full blocks.
    expect([bench.kv.used, bench.kv.cachedBlocks({ conversation: 7 })]).toEqual([0, 3]);
    bench.add(turnOf(7, 20, 2));
    expect(bench.compose()).toBe("0 | 1:8@12");
    expect(bench.requests[1]!.cachedTokens).toBe(12);
    expect([bench.kv.used, bench.kv.cachedBlocks({ conversation: 7 })]).toEqual([5, 3]);
  });

  test("always computes the last token of the prompt", () => {
    const bench = new Bench({}, turnOf(7, 12, 1));
    bench.iterate(1);
    expect(bench.kv.cachedBlocks({ conversation: 7 })).toBe(3);
    bench.add(turnOf(7, 12, 1));
    expect(bench.compose()).toBe("0 | 1:4@8");
  });

  test("keeps no more than later prompts repeat", () => {
    const bench = new Bench({}, callOf(12, 4, { conversation: 7, retainTokens: 9 }));
    bench.iterate(4);
    expect([bench.kv.used, bench.kv.cachedBlocks({ conversation: 7 })]).toEqual([0, 2]);
  });

  test("is off without a prefix cache, and between conversations", () => {
    for (const [hasPrefixCache, conversation] of [[false, 7] as const, [true, 8] as const]) {
      const bench = new Bench({ hasPrefixCache }, turnOf(7, 12, 1));
      bench.iterate(1);
      bench.add(turnOf(conversation, 20, 1));
      expect(bench.compose()).toBe("0 | 1:20@0");
    }
  });

  test("yields to requests that need the blocks", () => {
    const bench = new Bench({ blocks: 5 }, turnOf(7, 16, 1));
    bench.iterate(1);
    bench.add(callOf(12, 1));
    expect(bench.iterate(1)).toEqual(["0 | 1:12@0"]);
    expect(bench.kv.cachedBlocks({ conversation: 7 })).toBe(2);
  });

  test("counts the blocks that it reuses as no longer available to its own chunk", () => {
    const bench = new Bench({ blocks: 4 }, turnOf(7, 8, 1), turnOf(8, 8, 4));
    bench.iterate(1);
    bench.add(turnOf(7, 16, 1));
    expect(bench.iterate(1)).toEqual(["1 |"]);
  });
});

describe("a system prompt", () => {
  /** A call that starts with 8 tokens that others start with too. */
  const system = { conversation: 9, tokens: 8 };
  const callFrom = (promptTokens: number, outputTokens: number) =>
    callOf(promptTokens, outputTokens, { origin: system });

  test("is computed once for requests that start in the same iteration", () => {
    const bench = new Bench({}, callFrom(12, 3), callFrom(10, 2), callFrom(8, 2));
    // The last one computes its last token, and with it a block that is cached already.
    expect(bench.compose()).toBe("0 | 0:12@0 1:2@8 2:4@4");
    expect(bench.kv.used).toBe(3 + 1 + 1);
    expect(bench.requests.map(({ cachedTokens }) => cachedTokens)).toEqual([0, 8, 4]);
    bench.advance();
    expect(bench.iterate(3)).toEqual(["3 |", "1 |", "idle"]);
    expect([bench.kv.used, bench.kv.cachedBlocks(system)]).toEqual([0, 2]);
  });

  test("is found as far as it has been computed by the chunks before", () => {
    const bench = new Bench({ tokens: 6 }, callFrom(14, 2), callFrom(10, 2));
    expect(bench.iterate(1)).toEqual(["0 | 0:6@0"]);
    expect(bench.kv.cachedBlocks(system)).toBe(1);
    expect(bench.iterate(2)).toEqual(["0 | 0:6@6", "0 | 0:2@12 1:2@8"]);
    expect(bench.kv.cachedBlocks(system)).toBe(2);
  });

  test("is held until the last of its requests has ended, and stays as one block set", () => {
    const bench = new Bench({ blocks: 6 }, callFrom(9, 2), callFrom(9, 6));
    bench.iterate(2);
    expect(bench.finished()).toEqual([0]);
    // Two blocks of system prompt and one of its own.
    expect([bench.kv.used, bench.kv.cachedBlocks(system)]).toEqual([3, 2]);
    bench.add(callOf(12, 1));
    bench.iterate(1);
    expect([bench.kv.used, bench.kv.cachedBlocks(system)]).toEqual([3, 2]);
    bench.iterate(3);
    expect([bench.kv.used, bench.kv.cachedBlocks(system)]).toEqual([0, 2]);
    bench.add(callOf(24, 1));
    bench.iterate(1);
    expect(bench.kv.cachedBlocks(system)).toBe(0);
  });

  test("stays with the others when one of its requests is preempted", () => {
    const bench = new Bench({ blocks: 5 }, callFrom(8, 9), callFrom(10, 9));
    expect(bench.iterate(5)).toEqual(["0 | 0:8@0 1:2@8", "2 |", "2 |", "2 |", "2 |"]);
    // The prompt has two blocks, the first request one more and the second two.
    expect([bench.kv.used, bench.compose()]).toEqual([5, "1 |"]);
    expect(bench.requests.map(({ preemptions }) => preemptions)).toEqual([0, 1]);
    expect([bench.kv.used, bench.kv.cachedBlocks(system)]).toEqual([4, 2]);
    bench.advance();
    expect(bench.iterate(4)).toEqual(["1 |", "1 |", "1 |", "0 | 1:7@8"]);
  });

  test("needs no block of those that hold it already", () => {
    const bench = new Bench({ blocks: 4 }, callFrom(9, 4));
    bench.iterate(1);
    bench.add(callFrom(12, 1));
    expect(bench.iterate(1)).toEqual(["1 | 1:4@8"]);
  });

  test("is computed by each without a prefix cache", () => {
    const bench = new Bench({ hasPrefixCache: false }, callFrom(12, 1), callFrom(12, 1));
    expect(bench.iterate(1)).toEqual(["0 | 0:12@0 1:12@0"]);
    expect([bench.kv.used, bench.kv.cachedBlocks(system)]).toEqual([0, 0]);
  });

  test("is common to conversations, which find their own turns behind it", () => {
    const turn = (conversation: number, promptTokens: number) => ({
      ...turnOf(conversation, promptTokens, 1),
      origin: system,
    });
    const bench = new Bench({}, turn(1, 16), turn(2, 16));
    expect(bench.iterate(1)).toEqual(["0 | 0:16@0 1:8@8"]);
    bench.add(turn(1, 20));
    bench.add(turn(3, 20));
    expect(bench.iterate(1)).toEqual(["0 | 2:4@16 3:12@8"]);
  });

  test("is the start of a branch off a conversation, with what that one added", () => {
    const first = { ...turnOf(1, 16, 1), origin: system };
    const branch = { ...turnOf(2, 20, 1), origin: { ...first, tokens: 16 } };
    const bench = new Bench({}, first);
    bench.iterate(1);
    for (const call of [branch, branch]) bench.add(call);
    expect(bench.iterate(1)).toEqual(["0 | 1:4@16 2:4@16"]);
  });
});

describe("a preempted request", () => {
  test("finds the blocks that it left, as far as no other needed them", () => {
    // The first request ends with three blocks, or with four, one of which the second had left.
    for (const [outputTokens, found] of [[6, "1:1@12"] as const, [9, "1:5@8"] as const]) {
      const bench = new Bench({ blocks: 6 }, callOf(6, outputTokens), turnOf(7, 9, 5));
      expect(bench.iterate(4)).toEqual(["0 | 0:6@0 1:9@0", "2 |", "2 |", "2 |"]);
      expect(bench.iterate(1)).toEqual(["1 |"]);
      expect([bench.kv.used, bench.kv.cachedBlocks({ conversation: 7 })]).toEqual([3, 3]);
      bench.iterate(outputTokens - 5);
      expect(bench.finished()).toEqual([0]);
      expect(bench.iterate(2)).toEqual([`0 | ${found}`, "idle"]);
      // What it found at its first start is what counts as cached.
      expect(bench.requests[1]).toMatchObject({ preemptions: 1, cachedTokens: 0 });
    }
  });

  test("computes all again that nothing could reuse", () => {
    for (const limits of [{ hasPrefixCache: false }, { hasPrefixCache: true }]) {
      const call = limits.hasPrefixCache ? callOf(9, 5) : turnOf(7, 9, 5);
      const bench = new Bench({ ...limits, blocks: 6 }, callOf(6, 9), call);
      bench.iterate(9);
      expect(bench.iterate(1)).toEqual(["0 | 1:13@0"]);
    }
  });
});
