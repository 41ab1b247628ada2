/** Spreads of shares computed by hand, and what shuffling does to times. */

import { describe, expect, test } from "vitest";
import { randomStream } from "../../../src/engine/random-streams.ts";
import { skewedWorkflow } from "../../../src/experiment/figures/skewed-workflow.ts";
import { shareSpreads, spreadOf, timeShares } from "../../../src/experiment/share-stability.ts";
import { createExecutionSource } from "../../../src/workflow/draw.ts";

test("a spread is the deviation over the mean, and a ratio of percentiles", () => {
  const { cv, p95OverP5 } = spreadOf([1, 3]);
  expect(cv).toBeCloseTo(Math.SQRT2 / 2, 12);
  expect(p95OverP5).toBeCloseTo(2.9 / 1.1, 12);
  expect(spreadOf([])).toEqual({ cv: null, p95OverP5: null });
  expect(spreadOf([0, 0, 1]).p95OverP5).toBeNull();
});

test("shares are of the LLMs' time of each execution; one without any has none", () => {
  const shares = timeShares([
    [1, 3, 0],
    [1, 1, 0],
  ]);
  expect(shares).toEqual([
    [0.5, 0.75],
    [0.5, 0.25],
  ]);
});

describe("shuffled times", () => {
  const random = randomStream(1, "test");
  const times = Array.from({ length: 2000 }, () => Math.exp(random()));

  test("vary more where executions are long in all LLMs at once", () => {
    const { shares, shuffled } = shareSpreads([times, times.map((time) => 3 * time)], random);
    for (const { cv } of shares) expect(cv).toBeCloseTo(0, 9);
    for (const { cv } of shuffled) expect(cv).toBeGreaterThan(0.05);
  });

  test("vary as much where the LLMs' times are independent", () => {
    const others = times.map(() => Math.exp(random()));
    const { shares, shuffled } = shareSpreads([times, others], random);
    for (const [llm, { cv }] of shares.entries()) {
      expect(Math.abs(cv! / shuffled[llm]!.cv! - 1)).toBeLessThan(0.05);
    }
  });
});

test("a skewed workflow keeps the mean calls of each LLM while shares vary", () => {
  const callsOf = (skew: number) => {
    const source = createExecutionSource(skewedWorkflow(skew), 1, "evaluate");
    return Array.from({ length: 400 }, (_, index) =>
      [0, 1].map(
        (llm) =>
          source(index).steps.filter((step) => step.kind === "call" && step.llm === llm).length,
      ),
    );
  };
  expect(new Set(callsOf(0).map(String))).toEqual(new Set(["8,8"]));
  expect(new Set(callsOf(0.5).map(String))).toEqual(new Set(["12,4", "4,12"]));
  const extreme = callsOf(1);
  expect(new Set(extreme.map(String))).toEqual(new Set(["16,0", "0,16"]));
  const first = extreme.reduce((sum, [calls]) => sum + calls!, 0) / extreme.length;
  // A toss of 400: within three standard errors.
  expect(Math.abs(first - 8)).toBeLessThan((3 * 8) / Math.sqrt(400));
});
