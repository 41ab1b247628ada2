import fc from "fast-check";
import seedrandom from "seedrandom";
import { describe, expect, test } from "vitest";
import { type RandomSource, randomStream } from "../../../src/engine/random-streams.ts";

const draws = (source: RandomSource, count = 20) => Array.from({ length: count }, () => source());

describe("randomStream", () => {
  test("repeats itself for the same seed and path", () => {
    expect(draws(randomStream(1, "arrivals"))).toEqual(draws(randomStream(1, "arrivals")));
  });

  test("is seedrandom's of that name", () => {
    fc.assert(
      fc.property(fc.nat(), fc.string({ unit: "binary" }), (seed, path) => {
        const expected = draws(seedrandom.alea(`${seed}/${path}`).double);
        expect(draws(randomStream(seed, path))).toEqual(expected);
      }),
    );
  });

  test("differs between paths and between seeds", () => {
    const first = draws(randomStream(1, "execution/1/length"));
    expect(draws(randomStream(1, "execution/2/length"))).not.toEqual(first);
    expect(draws(randomStream(1, "execution/1/branch"))).not.toEqual(first);
    expect(draws(randomStream(2, "execution/1/length"))).not.toEqual(first);
  });

  test("does not depend on other streams, their order or their draws", () => {
    const alone = draws(randomStream(7, "b"));
    const a = randomStream(7, "a");
    const b = randomStream(7, "b");
    const c = randomStream(7, "c");
    const interleaved = alone.map(() => {
      a();
      c();
      return b();
    });
    expect(interleaved).toEqual(alone);
  });

  test("is uniform over sequential names, which are not correlated", () => {
    const count = 20_000;
    const first = Array.from({ length: count }, (_, index) => randomStream(3, `e/${index}`)());
    const mean = first.reduce((sum, x) => sum + x, 0) / count;
    const lagged = first.slice(1).map((x, index) => (x - 0.5) * (first[index]! - 0.5));
    const correlation = (12 * lagged.reduce((sum, x) => sum + x, 0)) / count;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 / Math.sqrt(12 * count));
    expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.min(...first)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...first)).toBeLessThan(1);
  });

  test("has more than 32 random bits", () => {
    const isCoarse = (x: number) => Number.isInteger(x * 2 ** 32);
    expect(draws(randomStream(1, "x"), 100).some((x) => !isCoarse(x))).toBe(true);
  });
});
