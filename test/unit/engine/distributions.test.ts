import { describe, expect, test } from "vitest";
import { createSampler, type Distribution } from "../../../src/engine/distributions.ts";
import { randomStream } from "../../../src/engine/random-streams.ts";

const COUNT = 20_000;

/** Draws of a stream of this test. */
function sample(distribution: Distribution, count = COUNT): number[] {
  const draw = createSampler(distribution, randomStream(1, JSON.stringify(distribution)));
  return Array.from({ length: count }, draw);
}

const average = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean and variance by theory. */
const MOMENTS: readonly [Distribution, { mean: number; variance: number }][] = [
  [
    { kind: "uniform", low: 2, high: 8 },
    { mean: 5, variance: 3 },
  ],
  [
    { kind: "exponential", mean: 0.5 },
    { mean: 0.5, variance: 0.25 },
  ],
  [
    { kind: "lognormal", mu: 5, sigma: 0.6 },
    { mean: Math.exp(5.18), variance: (Math.exp(0.36) - 1) * Math.exp(10.36) },
  ],
  [
    { kind: "geometric", mean: 4 },
    { mean: 4, variance: 12 },
  ],
  [
    { kind: "geometric", mean: 1 },
    { mean: 1, variance: 0 },
  ],
  [
    { kind: "normal", mean: 7, deviation: 2 },
    { mean: 7, variance: 4 },
  ],
  [
    { kind: "normal", mean: 7, deviation: 2, difficulty: 0 },
    { mean: 7, variance: 4 },
  ],
  [
    { kind: "gamma", shape: 4, scale: 0.5 },
    { mean: 2, variance: 1 },
  ],
  [
    { kind: "empirical", values: [1, 5], weights: [3, 1] },
    { mean: 2, variance: 3 },
  ],
  [
    { kind: "empirical", values: [2, 4, 6] },
    { mean: 4, variance: 8 / 3 },
  ],
  [
    // Within parts 1/12 and 0, between them 1/4 · 3/4 · 10²; means 0.5 and 10.5.
    {
      kind: "mixture",
      parts: [
        { weight: 3, of: { kind: "uniform", low: 0, high: 1 } },
        { weight: 1, of: { kind: "constant", value: 10.5 } },
      ],
    },
    { mean: 3, variance: 0.75 / 12 + 18.75 },
  ],
  [
    { kind: "constant", value: 42 },
    { mean: 42, variance: 0 },
  ],
];

describe("createSampler", () => {
  test.each(MOMENTS)("draws %o with its mean", (distribution, { mean, variance }) => {
    const standardError = Math.sqrt(variance / COUNT);
    const error = Math.abs(average(sample(distribution)) - mean);
    expect(error).toBeLessThanOrEqual(4 * standardError);
  });

  test.each(MOMENTS)("draws %o with its variance", (distribution, { mean, variance }) => {
    const squares = sample(distribution).map((value) => (value - mean) ** 2);
    const estimate = average(squares);
    const spread = average(squares.map((square) => (square - estimate) ** 2));
    expect(Math.abs(estimate - variance)).toBeLessThanOrEqual(5 * Math.sqrt(spread / COUNT));
  });

  test("has the median of a lognormal at exp(mu)", () => {
    const values = sample({ kind: "lognormal", mu: 3, sigma: 1 });
    const below = values.filter((value) => value < Math.exp(3)).length / COUNT;
    expect(Math.abs(below - 0.5)).toBeLessThan(2 / Math.sqrt(COUNT));
  });

  test("draws whole numbers from 1 for counts", () => {
    const values = sample({ kind: "geometric", mean: 3 }, 2000);
    expect(values.every((value) => Number.isInteger(value) && value >= 1)).toBe(true);
  });

  test("clips to its bounds", () => {
    const values = sample({ kind: "exponential", mean: 10, minimum: 4, maximum: 12 }, 2000);
    expect(Math.min(...values)).toBe(4);
    expect(Math.max(...values)).toBe(12);
    expect(values.some((value) => value > 4 && value < 12)).toBe(true);
    expect(sample({ kind: "constant", value: 5, maximum: 3 }, 1)).toEqual([3]);
    expect(sample({ kind: "constant", value: 5, minimum: 7 }, 1)).toEqual([7]);
  });

  test("leaves the values within the bounds as they are", () => {
    const source = () => randomStream(1, "x");
    const free = createSampler({ kind: "exponential", mean: 1 }, source());
    const clipped = createSampler({ kind: "exponential", mean: 1, maximum: 2 }, source());
    for (let index = 0; index < 1000; index++) expect(clipped()).toBe(Math.min(2, free()));
  });
});
