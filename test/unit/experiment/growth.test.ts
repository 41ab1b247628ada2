/** The test for growth on noise around a line. */

import { randomNormal } from "d3-random";
import { describe, expect, test } from "vitest";
import { randomStream } from "../../../src/engine/random-streams.ts";
import { growthBatches, hasGrowth } from "../../../src/experiment/growth.ts";

const REPETITIONS = 400;

describe("hasGrowth", () => {
  /** Part of the repetitions in which growth is seen. */
  const grows = (slope: number) => {
    let seen = 0;
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      const normal = randomNormal.source(randomStream(1, `growth/${repetition}`))();
      const noisy = Array.from({ length: 200 }, (_, index) => slope * index + normal());
      if (hasGrowth(growthBatches(noisy))) seen++;
    }
    return seen / REPETITIONS;
  };

  test("is seldom seen where there is none", () => expect(grows(0)).toBeLessThan(0.03));

  test("is seen where there is", () => expect(grows(0.01)).toBeGreaterThan(0.95));

  test("is not seen in what falls", () => expect(grows(-0.01)).toBe(0));

  test("is not decided for few observations, nor seen in a constant", () => {
    const grow = (ordered: readonly number[]) => hasGrowth(growthBatches(ordered));
    expect(grow(Array.from({ length: 19 }, (_, index) => index))).toBe(false);
    expect(grow(Array.from({ length: 20 }, (_, index) => index))).toBe(true);
    expect(grow(new Array(100).fill(3))).toBe(false);
  });
});
