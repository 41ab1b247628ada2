/**
 * The equal split, and the smallest TP degree that it is made of.
 */

import { describe, expect, test } from "vitest";
import { equalSplit, smallestTp } from "../../../src/baselines/equal-split.ts";
import { weightBytes } from "../../../src/llm/model.ts";
import { testCluster } from "../fixtures.ts";
import { layered, type ProblemLlm, problemOf } from "../planner/problems.ts";

/** `tp x share x replicas` of every LLM. */
const split = (nodes: number, gpus: number, ...llms: ProblemLlm[]) =>
  equalSplit(problemOf(llms, testCluster(nodes, gpus), 1))?.map(
    ({ tp, share, replicas }) => `${tp}x${share}x${replicas}`,
  );

const a = { name: "a" };
const b = { name: "b" };
const c = { name: "c" };

describe("equalSplit", () => {
  test("gives every LLM the same number of whole GPUs, as replicas", () => {
    expect(split(1, 8, a, b)).toEqual(["1x1x4", "1x1x4"]);
    expect(split(2, 4, a)).toEqual(["1x1x8"]);
    expect(split(1, 2, a, b)).toEqual(["1x1x1", "1x1x1"]);
  });

  test("leaves over what does not divide", () => {
    expect(split(1, 8, a, b, c)).toEqual(["1x1x2", "1x1x2", "1x1x2"]);
  });

  test("gives equal shares where there are more LLMs than GPUs", () => {
    expect(split(1, 1, a, b)).toEqual(["1x0.5x1", "1x0.5x1"]);
    expect(split(1, 2, a, b, c)).toEqual(["1x0.5x1", "1x0.5x1", "1x0.5x1"]);
    expect(split(1, 1, a, b, c)).toEqual(new Array(3).fill(`1x${1 / 3}x1`));
  });

  test("takes TP groups for a model that one GPU does not hold", () => {
    const large = { name: "large", model: layered("large", 6) };
    expect(weightBytes(large.model, 1)).toBeGreaterThan(72e9);
    expect(split(1, 8, large, a)).toEqual(["2x1x2", "1x1x4"]);
  });

  test("is none where a model does not fit a fast domain", () => {
    expect(split(4, 1, { name: "large", model: layered("large", 6) })).toBeUndefined();
  });

  test("does not look at rates or calls", () => {
    const busy = { name: "a", use: { calls: 1000 } };
    expect(split(1, 8, busy, b)).toEqual(split(1, 8, a, b));
  });
});

describe("smallestTp", () => {
  const tpFor = (contextTokensPeak: number, factor = 1, gpus = 4) => {
    const llm = { name: "llm", model: layered("llm", factor), use: { contextTokensPeak } };
    return smallestTp(problemOf([llm], testCluster(1, gpus), 1), 0);
  };

  test("wants room for several of the longest calls", () => {
    // 72 GB less 16 GB of weights holds 427,000 tokens of 131 kB.
    expect(tpFor(100_000)).toBe(1);
    expect(tpFor(110_000)).toBe(2);
  });

  test("takes room for one where nothing holds more", () => {
    expect(tpFor(110_000, 1, 1)).toBe(1);
    expect(tpFor(430_000, 1, 1)).toBeUndefined();
  });

  test("is the smallest that holds the weights", () => {
    expect([1, 6, 12].map((factor) => tpFor(2000, factor))).toEqual([1, 2, 4]);
    expect(tpFor(2000, 30)).toBeUndefined();
  });
});
