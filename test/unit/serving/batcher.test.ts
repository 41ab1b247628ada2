/**
 * What the batcher puts into iterations. Requests are named by their position; an iteration is
 * written as `decodes | request:tokens@context …`.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Engine } from "../../../src/llm/engine.ts";
import { Batcher } from "../../../src/serving/batcher.ts";
import { KvCache } from "../../../src/serving/kv-cache.ts";
import type { CallRequest, Request } from "../../../src/serving/request.ts";
import { testEngine } from "../fixtures.ts";
import { callOf, requestOf, turnOf } from "./requests.ts";

interface Limits {
  readonly seqs?: number;
  readonly tokens?: number;
  readonly blocks?: number;
  readonly blockSize?: number;
  readonly hasPrefixCache?: boolean;
}

/** A batcher with requests that can be composed and run iteration by iteration. */
class Bench {
  readonly batcher: Batcher;
  readonly requests: Request[] = [];

  constructor(limits: Limits, ...calls: CallRequest[]) {
    const { seqs = 8, tokens = 100, blocks = 100, blockSize = 4, hasPrefixCache = true } = limits;
    const engine: Engine = {
      ...testEngine,
      maxNumSeqs: seqs,
      maxNumBatchedTokens: tokens,
      blockSize,
      hasPrefixCache,
    };
    this.batcher = new Batcher(engine, new KvCache(blocks, blockSize));
    for (const call of calls) this.add(call);
  }

  get kv(): KvCache {
    return this.batcher.kv;
  }

  add(call: CallRequest): boolean {
    const request = requestOf(call, this.requests.length);
    this.requests.push(request);
    return this.batcher.enqueue(request);
  }

  /** Composes an iteration and describes it; `idle` when there is none. */
  compose(): string {
    if (!this.batcher.compose()) return "idle";
    for (const { request } of this.batcher.started) request.startTime = 0;
    const chunks = this.batcher.chunks.map(
      ({ sequence, tokens, context }) => ` ${sequence.request.entity}:${tokens}@${context}`,
    );
    return `${this.batcher.decodes} |${chunks.join("")}`;
  }

  /** Runs the composed iteration `count` times. */
  advance(count = 1): void {
    this.batcher.advance(count);
    for (const { request } of this.batcher.firstTokens) request.firstTokenTime = 0;
  }

  /** Composes and runs `count` iterations one by one. */
  iterate(count: number): string[] {
    return Array.from({ length: count }, () => {
      const iteration = this.compose();
      this.advance();
      return iteration;
    });
  }

  finished(): number[] {
    return this.batcher.finished.map(({ request }) => request.entity);
  }
}

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

describe("prefix reuse", () => {
  test("computes only what the conversation has not left in full blocks", () => {
    const bench = new Bench({}, turnOf(7, 10, 4));
    bench.iterate(4);
    // 13 tokens are in the cache (the last one generated is not): 3 full blocks.
    expect([bench.kv.used, bench.kv.cachedBlocks(7)]).toEqual([0, 3]);
    bench.add(turnOf(7, 20, 2));
    expect(bench.compose()).toBe("0 | 1:8@12");
    expect(bench.requests[1]!.cachedTokens).toBe(12);
    expect([bench.kv.used, bench.kv.cachedBlocks(7)]).toEqual([5, 0]);
  });

  test("always computes the last token of the prompt", () => {
    const bench = new Bench({}, turnOf(7, 12, 1));
    bench.iterate(1);
    expect(bench.kv.cachedBlocks(7)).toBe(3);
    bench.add(turnOf(7, 12, 1));
    expect(bench.compose()).toBe("0 | 1:4@8");
  });

  test("keeps no more than later prompts repeat", () => {
    const bench = new Bench({}, callOf(12, 4, { conversation: 7, retainTokens: 9 }));
    bench.iterate(4);
    expect([bench.kv.used, bench.kv.cachedBlocks(7)]).toEqual([0, 2]);
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
    expect(bench.kv.cachedBlocks(7)).toBe(2);
  });

  test("counts the blocks that it reuses as no longer available to its own chunk", () => {
    const bench = new Bench({ blocks: 4 }, turnOf(7, 8, 1), turnOf(8, 8, 4));
    bench.iterate(1);
    bench.add(turnOf(7, 16, 1));
    expect(bench.iterate(1)).toEqual(["1 |"]);
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

describe("runLength", () => {
  const limits = fc.record({
    seqs: fc.integer({ min: 1, max: 6 }),
    tokens: fc.constantFrom(4, 16, 64),
    blockSize: fc.constantFrom(1, 3, 4, 16),
    hasPrefixCache: fc.boolean(),
  });
  const calls = fc.array(
    fc.record({
      conversation: fc.integer({ min: -1, max: 2 }),
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
        const turns = requested.map(({ conversation, promptTokens, outputTokens }) =>
          turnOf(conversation, promptTokens, outputTokens),
        );
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
      }),
      { numRuns: 200 },
    );
  });
});
