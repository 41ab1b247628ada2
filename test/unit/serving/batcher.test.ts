/** What the batcher puts into iterations, and when. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SCHEDULING_POLICIES } from "../../../src/llm/engine.ts";
import type { CallRequest } from "../../../src/serving/request.ts";
import { Bench } from "./batcher-bench.ts";
import { callOf, turnOf } from "./requests.ts";

describe("an iteration", () => {
  test("prefills the whole prompt, then decodes until the output is generated", () => {
    const bench = new Bench({}, callOf(10, 3));
    expect(bench.iterate(4)).toEqual(["0 | 0:10@0", "1 |", "1 |", "idle"]);
    expect(bench.kv.used).toBe(0);
  });

  test("generates the first token with the last chunk of the prompt", () => {
    const bench = new Bench({}, callOf(10, 1));
    bench.compose();
    expect(bench.kv.used).toBe(3);
    bench.advance();
    expect(bench.finished()).toEqual([0]);
    expect(bench.batcher.firstTokens.map(({ request }) => request.entity)).toEqual([0]);
  });

  test("holds decodes first, then chunks first come first served within the token budget", () => {
    const bench = new Bench({ tokens: 8 }, callOf(6, 9));
    bench.iterate(1);
    for (const tokens of [10, 3, 5]) bench.add(callOf(tokens, 9));
    expect(bench.iterate(4)).toEqual(["1 | 1:7@0", "1 | 1:3@7 2:3@0 3:1@0", "3 | 3:4@1", "4 |"]);
  });

  test("knows its batch and the context that its decodes attend to", () => {
    const bench = new Bench({}, callOf(6, 9), callOf(3, 9));
    bench.iterate(1);
    bench.compose();
    expect([bench.batcher.batch, bench.batcher.contextTokens]).toEqual([2, 7 + 4]);
    bench.advance(3);
    bench.compose();
    expect(bench.batcher.contextTokens).toBe(10 + 7);
  });

  test("never holds more sequences than maxNumSeqs", () => {
    const bench = new Bench({ seqs: 2 }, callOf(4, 2), callOf(4, 3), callOf(4, 1));
    expect(bench.iterate(4)).toEqual(["0 | 0:4@0 1:4@0", "2 |", "1 | 2:4@0", "idle"]);
  });

  test("admits only what the free blocks hold, and nobody past the first that waits", () => {
    const bench = new Bench({ blocks: 5 }, callOf(9, 3), callOf(12, 1), callOf(1, 1));
    expect(bench.iterate(4)).toEqual(["0 | 0:9@0", "1 |", "1 |", "0 | 1:12@0 2:1@0"]);
  });

  test("needs blocks for its chunk only, not for the whole prompt", () => {
    const bench = new Bench({ blocks: 5, tokens: 4 }, callOf(4, 3), callOf(12, 1));
    expect(bench.iterate(2)).toEqual(["0 | 0:4@0", "1 | 1:3@0"]);
  });
});

describe("hasChanged", () => {
  test("marks iterations whose batch is not the one before", () => {
    const bench = new Bench({}, callOf(4, 5), callOf(4, 3));
    const changes = Array.from({ length: 5 }, () => {
      bench.compose();
      const { hasChanged } = bench.batcher;
      bench.advance();
      return hasChanged;
    });
    expect(changes).toEqual([true, true, false, true, false]);
  });
});

describe("preemption", () => {
  test("takes the sequence admitted last, which recomputes what it had generated", () => {
    // 4 blocks of 4 tokens: both fill two blocks, the ninth token finds none.
    const bench = new Bench({ blocks: 4 }, callOf(6, 9), callOf(6, 5));
    expect(bench.iterate(3)).toEqual(["0 | 0:6@0 1:6@0", "2 |", "2 |"]);
    expect(bench.compose()).toBe("1 |");
    expect(bench.requests.map(({ preemptions }) => preemptions)).toEqual([0, 1]);
    expect([bench.kv.used, bench.batcher.requestCount]).toEqual([3, 2]);
    expect(bench.batcher.hasChanged).toBe(true);
    // It has 6 prompt and 3 generated tokens to compute: 3 blocks, free when the other ends.
    bench.advance();
    expect(bench.iterate(5)).toEqual(["1 |", "1 |", "1 |", "1 |", "1 |"]);
    expect(bench.finished()).toEqual([0]);
    expect(bench.iterate(2)).toEqual(["0 | 1:9@0", "1 |"]);
    expect(bench.finished()).toEqual([1]);
    expect([bench.kv.used, bench.batcher.requestCount]).toEqual([0, 0]);
  });

  test("gives no second first token, and keeps the first start", () => {
    const bench = new Bench({ blocks: 4 }, callOf(6, 9), callOf(6, 5));
    bench.iterate(9);
    bench.compose();
    expect(bench.batcher.chunks.length).toBe(1);
    expect(bench.batcher.started).toEqual([]);
    bench.advance();
    expect(bench.batcher.firstTokens).toEqual([]);
  });

  test("takes prefills before decodes", () => {
    const bench = new Bench({ blocks: 4, tokens: 6 }, callOf(4, 9));
    bench.iterate(1);
    bench.add(callOf(20, 1));
    // After 5 + 3 tokens of the second prompt, one more chunk needs a block that is not there.
    expect(bench.iterate(2)).toEqual(["1 | 1:5@0", "1 |"]);
    expect(bench.requests.map(({ preemptions }) => preemptions)).toEqual([0, 1]);
  });

  test("puts the victim before all that wait, and admits nobody in the same iteration", () => {
    const bench = new Bench({ blocks: 4 }, callOf(6, 4), callOf(6, 5), callOf(1, 1));
    expect(bench.iterate(5)).toEqual(["0 | 0:6@0 1:6@0", "2 |", "2 |", "1 |", "0 | 1:9@0 2:1@0"]);
  });
});

describe("enqueue", () => {
  test("is urgent for the first that waits, if there is a place in the batch", () => {
    const bench = new Bench({ seqs: 2 }, callOf(4, 9));
    bench.iterate(1);
    expect(bench.add(callOf(4, 9))).toBe(true);
    expect(bench.add(callOf(4, 9))).toBe(false);
    bench.iterate(1);
    bench.iterate(1);
    expect(bench.add(callOf(4, 9))).toBe(false);
  });
});

describe("priorities", () => {
  const preemptions = (bench: Bench) => bench.requests.map((request) => request.preemptions);

  test("order who starts: the lowest number first, first come first served among equals", () => {
    const calls = [2, 0, 1, 0].map((priority) => callOf(4, 1, { priority }));
    const bench = new Bench({ seqs: 1 }, ...calls);
    expect(bench.iterate(5)).toEqual(["0 | 1:4@0", "0 | 3:4@0", "0 | 2:4@0", "0 | 0:4@0", "idle"]);
  });

  test("do not take anything from those that run", () => {
    const bench = new Bench({ seqs: 1 }, callOf(4, 3, { priority: 5 }));
    bench.iterate(1);
    bench.add(callOf(4, 1, { priority: 0 }));
    expect(bench.iterate(3)).toEqual(["1 |", "1 |", "0 | 1:4@0"]);
    expect(preemptions(bench)).toEqual([0, 0]);
  });

  test("make a new request urgent that comes before all that wait", () => {
    const bench = new Bench({ blocks: 3 }, callOf(8, 4, { priority: 1 }));
    bench.iterate(1);
    expect(bench.add(callOf(8, 1, { priority: 1 }))).toBe(true);
    expect(bench.add(callOf(4, 1, { priority: 1 }))).toBe(false);
    expect(bench.add(callOf(8, 1, { priority: 2 }))).toBe(false);
    expect(bench.add(callOf(8, 1, { priority: 0 }))).toBe(true);
    expect(bench.add(callOf(8, 1, { priority: 0 }))).toBe(false);
    expect(bench.iterate(4)).toEqual(["1 |", "1 |", "1 |", "0 | 4:8@0"]);
  });

  test("choose the victim: of the highest number, the one admitted last", () => {
    const calls = [1, 2, 2, 0].map((priority) => callOf(4, 9, { priority }));
    const bench = new Bench({ blocks: 8 }, ...calls);
    // Four sequences of two blocks; the ninth token of each needs a third one.
    expect(bench.iterate(5).at(-1)).toBe("4 |");
    expect(bench.compose()).toBe("2 |");
    expect(preemptions(bench)).toEqual([0, 1, 1, 0]);
  });

  test("choose between a decode and a prefill under way, which goes first among equals", () => {
    const victims = [1, 0].map((priority) => {
      const bench = new Bench({ blocks: 4, tokens: 6 }, callOf(7, 9, { priority }));
      bench.iterate(2);
      bench.add(callOf(20, 1));
      // Two blocks each; the ninth token of the first needs another one.
      expect(bench.iterate(2)).toEqual(["1 | 1:5@0", priority > 0 ? "0 | 1:6@5" : "1 |"]);
      return preemptions(bench);
    });
    expect(victims).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  test("take the place of a less urgent decode whose block of the iteration is taken", () => {
    const bench = new Bench({ blocks: 4, tokens: 6 }, callOf(4, 9, { priority: 1 }));
    bench.iterate(1);
    bench.add(callOf(12, 1, { priority: 0 }));
    // One block is the decode's, and in the second iteration another one. The chunk keeps the
    // length that it had beside the decode, as in vLLM.
    expect(bench.iterate(2)).toEqual(["1 | 1:5@0", "0 | 1:5@5"]);
    expect(preemptions(bench)).toEqual([1, 0]);
    expect(bench.kv.used).toBe(3);
    bench.iterate(20);
    expect(preemptions(bench)).toEqual([1, 0]);
    expect(bench.kv.used).toBe(0);
  });

  test("hold for preempted requests too, which go before others of their number only", () => {
    const calls = [1, 0].map((priority) => callOf(6, 4, { priority }));
    const bench = new Bench({ blocks: 4 }, ...calls);
    expect(bench.iterate(4)).toEqual(["0 | 1:6@0 0:6@0", "2 |", "2 |", "1 |"]);
    expect(preemptions(bench)).toEqual([1, 0]);
    bench.add(callOf(4, 1, { priority: 1 }));
    bench.add(callOf(4, 1, { priority: 0 }));
    expect(bench.iterate(1)).toEqual(["0 | 3:4@0 0:9@0"]);
    expect(bench.iterate(1)).toEqual(["0 | 2:4@0"]);
  });
});

describe("runLength", () => {
  const limits = fc.record({
    seqs: fc.integer({ min: 1, max: 6 }),
    tokens: fc.constantFrom(4, 16, 64),
    blockSize: fc.constantFrom(1, 3, 4, 16),
    hasPrefixCache: fc.boolean(),
    policy: fc.constantFrom(...SCHEDULING_POLICIES),
    watermark: fc.constantFrom(0, 0.1, 0.5),
  });
  const calls = fc.array(
    fc.record({
      conversation: fc.integer({ min: -1, max: 2 }),
      originTokens: fc.nat({ max: 20 }),
      priority: fc.nat({ max: 2 }),
      promptTokens: fc.integer({ min: 1, max: 30 }),
      outputTokens: fc.integer({ min: 1, max: 30 }),
    }),
    { minLength: 1, maxLength: 10 },
  );

  test("is one with prefill, and reaches to the first end otherwise", () => {
    const bench = new Bench({}, callOf(4, 9), callOf(4, 20));
    bench.compose();
    expect(bench.batcher.runLength()).toBe(1);
    bench.advance();
    bench.compose();
    expect(bench.batcher.runLength()).toBe(8);
  });

  test("ends before the iteration that finds no block", () => {
    const bench = new Bench({ blocks: 4 }, callOf(6, 9), callOf(6, 9));
    bench.iterate(1);
    bench.compose();
    expect(bench.batcher.runLength()).toBe(2);
  });

  test("is within what the blocks allow, and as many single iterations come out equal", () => {
    fc.assert(
      fc.property(limits, calls, (engineLimits, requested) => {
        const given = { ...engineLimits, blocks: Math.ceil(60 / engineLimits.blockSize) };
        const turns = requested.map(callOfAny);
        const inRuns = new Bench(given, ...turns);
        const single = new Bench(given, ...turns);
        for (let next = inRuns.compose(); next !== "idle"; next = inRuns.compose()) {
          const length = inRuns.batcher.runLength();
          expect(length).toBeGreaterThanOrEqual(1);
          inRuns.advance(length);
          const iterations = single.iterate(length);
          expect(new Set(iterations)).toEqual(new Set([next]));
          expect(single.finished()).toEqual(inRuns.finished());
          expect(single.kv.used).toBe(inRuns.kv.used);
        }
        expect([inRuns.kv.used, inRuns.batcher.requestCount]).toEqual([0, 0]);
        expect(single.requests).toEqual(inRuns.requests);
        if (given.policy !== "fcfs-static") return;
        for (const { preemptions } of inRuns.requests) expect(preemptions).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});

/** A turn of a conversation, or a prompt that starts with a system prompt. */
function callOfAny(drawn: {
  readonly conversation: number;
  readonly originTokens: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly priority: number;
}): CallRequest {
  const { conversation, originTokens, promptTokens, outputTokens, priority } = drawn;
  if (conversation === 0) return { ...turnOf(0, promptTokens, outputTokens), priority };
  const origin = { conversation: 9, tokens: conversation < 0 ? originTokens : 10 };
  const prompt = Math.max(promptTokens, origin.tokens);
  const retainTokens = conversation < 0 ? 0 : prompt + outputTokens;
  return callOf(prompt, outputTokens, { conversation, origin, retainTokens, priority });
}
