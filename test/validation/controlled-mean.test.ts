/**
 * The interval by which the simulator is judged, judged: it covers the mean as often as it says,
 * with and without controls.
 */

import { randomNormal } from "d3-random";
import { expect, test } from "vitest";
import { randomStream } from "../../src/engine/random-streams.ts";
import { BATCHES, controlledMean } from "./controlled-mean.ts";

const TRIALS = 4000;

const normal = randomNormal.source(randomStream(1, "coverage"))(0, 1);

/** Batch means of two controls, and of a response of mean 5 that follows them with some noise. */
function drawSample() {
  const controls = [0, 1].map(() => Array.from({ length: BATCHES }, () => normal()));
  const responses = Array.from(
    { length: BATCHES },
    (_, batch) => 5 + 2 * controls[0]![batch]! - controls[1]![batch]! + 0.5 * normal(),
  );
  return { responses, controls };
}

test.each([0, 1, 2])(
  "the interval covers the mean in 99 of 100 cases with %d controls",
  (count) => {
    let missed = 0;
    let width = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const { responses, controls } = drawSample();
      const { mean, halfWidth } = controlledMean(responses, controls.slice(0, count));
      if (Math.abs(mean - 5) > halfWidth) missed++;
      width += halfWidth / TRIALS;
    }
    // 40 are expected, with a standard deviation of 6.3.
    expect(missed).toBeGreaterThan(20);
    expect(missed).toBeLessThan(60);
    // Noise of variance 0.25, and what the controls left out add.
    const deviation = Math.sqrt([5.25, 1.25, 0.25][count]! / BATCHES);
    expect(width / (2.72 * deviation)).toBeGreaterThan(0.97);
    expect(width / (2.72 * deviation)).toBeLessThan(1.06);
  },
);
