import { describe, expect, test } from "vitest";
import { Bench } from "../batcher-bench.ts";
import { callOf, turnOf } from "../requests.ts";

describe("a request", () => {
  const limits = { policy: "sarathi", tokens: 4, blocks: 4 } as const;

  test("takes the blocks of its whole prompt with its first chunk", () => {
    const bench = new Bench({ ...limits, blocks: 9 }, callOf(10, 3));
    bench.compose();
    expect(bench.kv.used).toBe(3);
    bench.advance();
    expect(bench.iterate(2)).toEqual(["0 | 0:4@4", "0 | 0:2@8"]);
    expect(bench.kv.used).toBe(3);
  });

  test("waits until these are free, although its first chunk would fit", () => {
    const bench = new Bench(limits, callOf(4, 3));
    bench.iterate(1);
    bench.add(callOf(12, 1));
    expect(bench.iterate(3)).toEqual(["1 |", "1 |", "0 | 1:4@0"]);
  });

  test("needs no block for what it finds in the cache", () => {
    const bench = new Bench({ ...limits, tokens: 9 }, turnOf(7, 8, 1), callOf(1, 9));
    bench.iterate(1);
    bench.add(turnOf(7, 12, 1));
    expect(bench.iterate(1)).toEqual(["1 | 2:4@8"]);
    expect(bench.kv.used).toBe(1);
  });

  test("is never preempted while it is prefilled, for want of a block of its prompt", () => {
    const bench = new Bench({ ...limits, blocks: 5 }, callOf(12, 3), callOf(8, 1));
    bench.iterate(2);
    expect(bench.kv.used).toBe(3);
    expect(bench.iterate(4)).toEqual(["0 | 0:4@8", "1 |", "1 |", "0 | 1:4@0"]);
  });
});

describe("the watermark", () => {
  const limits = { policy: "sarathi", blocks: 10, watermark: 0.2 } as const;

  test("keeps blocks free for those that run when one more joins", () => {
    const bench = new Bench(limits, callOf(20, 4));
    bench.iterate(1);
    bench.add(callOf(12, 1));
    // The first has five blocks, and six from the next token on.
    expect(bench.iterate(4)).toEqual(["1 |", "1 |", "1 |", "0 | 1:12@0"]);
    const spared = new Bench(limits, callOf(20, 4));
    spared.iterate(1);
    spared.add(callOf(8, 1));
    expect(spared.iterate(1)).toEqual(["1 | 1:8@0"]);
  });

  test("counts those that start in the same iteration as running", () => {
    const bench = new Bench(limits, callOf(20, 1), callOf(16, 1));
    expect(bench.iterate(2)).toEqual(["0 | 0:20@0", "0 | 1:16@0"]);
  });

  test("blocks no request on an empty replica", () => {
    for (const policy of ["sarathi", "vllm", "fcfs-static"] as const) {
      const bench = new Bench({ ...limits, policy, watermark: 0.9 }, callOf(40, 1), callOf(40, 1));
      expect(bench.iterate(3)).toEqual(["0 | 0:40@0", "0 | 1:40@0", "idle"]);
    }
  });

  test("is used up by decodes before one is preempted", () => {
    const bench = new Bench(limits, callOf(16, 9), callOf(16, 9));
    bench.iterate(1);
    expect(bench.kv.used).toBe(8);
    bench.iterate(4);
    expect(bench.kv.used).toBe(10);
    bench.iterate(1);
    expect(bench.requests.map(({ preemptions }) => preemptions)).toEqual([0, 1]);
  });
});
