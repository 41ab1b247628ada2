/**
 * Summaries, and intervals of means and quantiles, on samples of known distributions.
 */

import { randomExponential, randomNormal } from "d3-random";
import { describe, expect, test } from "vitest";
import { randomStream } from "../../../src/engine/random-streams.ts";
import { meanInterval, quantileIntervals, summarize } from "../../../src/experiment/statistics.ts";

const REPETITIONS = 400;

/** Repetition by repetition, a generator on a stream of its own. */
const repeat = <T>(trial: (normal: () => number, exponential: () => number) => T): T[] =>
  Array.from({ length: REPETITIONS }, (_, index) => {
    const source = randomStream(1, `statistics/${index}`);
    return trial(randomNormal.source(source)(), randomExponential.source(source)(1));
  });

const fractionOf = (verdicts: readonly boolean[]) =>
  verdicts.filter(Boolean).length / verdicts.length;

describe("summarize", () => {
  test("has mean, percentiles and maximum of a sample in any order", () => {
    const sample = Array.from({ length: 101 }, (_, index) => (index * 37) % 101);
    const points = { mean: 50, p50: 50, p90: 90, p95: 95, p99: 99, max: 100 };
    expect(summarize(sample)).toMatchObject(points);
    expect(sample[1]).toBe(37);
  });

  test("is between the points where a percentile falls between them", () => {
    expect(summarize([1, 2])).toMatchObject({ mean: 1.5, p50: 1.5, p90: 1.9, max: 2 });
  });

  test("of one value is that value, of none is null", () => {
    expect(new Set(Object.values(summarize([7])))).toEqual(new Set([7, null]));
    expect(new Set(Object.values(summarize([])))).toEqual(new Set([null]));
  });
});

describe("meanInterval", () => {
  test("covers the mean of independent normals 95 times in a hundred", () => {
    const covers = repeat((normal) => {
      const [low, high] = meanInterval(Array.from({ length: 200 }, () => 3 + normal()))!;
      return low <= 3 && 3 <= high;
    });
    expect(fractionOf(covers)).toBeGreaterThan(0.9);
    expect(fractionOf(covers)).toBeLessThan(0.98);
  });

  test("still covers it nine times in ten where neighbours are alike", () => {
    const covers = repeat((normal) => {
      let value = normal();
      const observations = Array.from({ length: 2000 }, () => {
        value = 0.8 * value + 0.6 * normal();
        return value;
      });
      const [low, high] = meanInterval(observations)!;
      return low <= 0 && 0 <= high;
    });
    expect(fractionOf(covers)).toBeGreaterThan(0.9);
  });

  test("lies around the mean and shrinks with the sample", () => {
    const normal = randomNormal.source(randomStream(1, "interval"))();
    const sample = Array.from({ length: 4000 }, normal);
    const [low, high] = meanInterval(sample)!;
    const { mean } = summarize(sample);
    expect(low).toBeLessThan(mean!);
    expect(high).toBeGreaterThan(mean!);
    const [lowOfFew, highOfFew] = meanInterval(sample.slice(0, 100))!;
    expect(high - low).toBeLessThan(0.5 * (highOfFew - lowOfFew));
  });

  test("reaches further to the side of the longer tail", () => {
    const exponential = randomExponential.source(randomStream(1, "skewed"))(1);
    const sample = Array.from({ length: 30 }, exponential);
    const sides = (values: readonly number[]) => {
      const [low, high] = meanInterval(values)!;
      const { mean } = summarize(values);
      return [mean! - low, high - mean!];
    };
    const [below, above] = sides(sample);
    expect(above).toBeGreaterThan(below!);
    const mirrored = sides(sample.map((value) => -value));
    expect(mirrored[0]).toBeCloseTo(above!, 9);
    expect(mirrored[1]).toBeCloseTo(below!, 9);
  });

  test("is null for too few, and a point for equal values", () => {
    expect(meanInterval(new Array(29).fill(1))).toBeNull();
    expect(meanInterval(new Array(30).fill(1))).toEqual([1, 1]);
  });
});

describe("quantileIntervals", () => {
  const FRACTIONS = [0.05, 0.5, 0.9, 0.99] as const;

  test("hold the quantiles of independent values 95 times in a hundred or a little more", () => {
    const covers = repeat((_, exponential) => {
      const sample = Array.from({ length: 1000 }, exponential);
      return quantileIntervals(sample, FRACTIONS).map((interval, index) => {
        const [low, high] = interval!;
        const truth = -Math.log(1 - FRACTIONS[index]!);
        return low <= truth && truth <= (high ?? Infinity);
      });
    });
    for (const index of FRACTIONS.keys()) {
      const part = fractionOf(covers.map((holds) => holds[index]!));
      expect(part, `${FRACTIONS[index]}`).toBeGreaterThan(0.94);
      expect(part, `${FRACTIONS[index]}`).toBeLessThanOrEqual(0.99);
    }
  });

  test("are about the quantiles, which they hold, and wider where neighbours are alike", () => {
    const normal = randomNormal.source(randomStream(1, "quantiles"))();
    const independent = Array.from({ length: 2000 }, normal);
    const alike = independent.map((_, index) => independent[Math.floor(index / 40)]!);
    const [narrow, wide] = [independent, alike].map((sample) => {
      const [low, high] = quantileIntervals(sample, [0.5])[0]!;
      const { p50 } = summarize(sample);
      expect(low).toBeLessThan(p50!);
      expect(high).toBeGreaterThan(p50!);
      return high! - low;
    });
    expect(wide).toBeGreaterThan(3 * narrow!);
  });

  test("have no upper end where too few values lie beyond it", () => {
    const normal = randomNormal.source(randomStream(1, "few"))();
    const sample = Array.from({ length: 200 }, normal);
    const [median, high] = quantileIntervals(sample, [0.5, 0.99]);
    expect(median![1]).toBeGreaterThan(median![0]);
    expect(high).toEqual([expect.any(Number), null]);
    expect(high![0]).toBeLessThan(summarize(sample).p99!);
    expect(quantileIntervals(sample.slice(0, 29), [0.5])).toEqual([null]);
  });

  test("of equal values are these values", () => {
    expect(quantileIntervals(new Array(1000).fill(3), [0.5, 0.9])).toEqual([
      [3, 3],
      [3, 3],
    ]);
  });
});
