/**
 * The search for a peak, on made-up systems that sustain what is below a threshold.
 */

import { describe, expect, test } from "vitest";
import { randomStream } from "../../../src/engine/random-streams.ts";
import { findPeak } from "../../../src/experiment/peak.ts";

const search = (guess: number, isStable: (rate: number) => boolean) =>
  findPeak({ guess, isStableAt: async (rate) => isStable(rate) });

describe("findPeak", () => {
  test.each([0.01, 0.5, 0.96, 1, 1.03, 7, 300])(
    "is within 2 % from a guess of %d times",
    async (by) => {
      const threshold = 3.7;
      const { peak, tried } = await search(by * threshold, (rate) => rate <= threshold);
      expect(peak!).toBeLessThanOrEqual(threshold);
      expect(peak!).toBeGreaterThan(threshold / 1.02);
      const stable = tried.filter(({ isStable }) => isStable).map(({ rate }) => rate);
      const unstable = tried.filter(({ isStable }) => !isStable).map(({ rate }) => rate);
      expect(Math.max(...stable)).toBe(peak);
      expect(Math.min(...unstable)).toBeLessThanOrEqual(1.02 * peak!);
      expect(tried.length).toBeLessThan(20);
    },
  );

  test("takes three or four trials from a good guess", async () => {
    for (const threshold of [0.97, 0.99, 1, 1.01, 1.03]) {
      const { tried } = await search(1, (rate) => rate <= threshold);
      expect(tried.length, `${threshold}`).toBeLessThanOrEqual(4);
    }
  });

  test("tries no rate twice", async () => {
    const { tried } = await search(1, (rate) => rate <= 5);
    expect(new Set(tried.map(({ rate }) => rate)).size).toBe(tried.length);
  });

  test("stays in the noise of the verdicts", async () => {
    // The threshold of each verdict is off by up to 3 %, so a peak is off by 3 % and 2 % at most.
    for (let seed = 0; seed < 50; seed++) {
      const draw = randomStream(seed, "noise");
      const { peak } = await search(80, (rate) => rate <= 100 * (0.97 + 0.06 * draw()));
      expect(peak!).toBeGreaterThan(97 / 1.02);
      expect(peak!).toBeLessThanOrEqual(103);
    }
  });

  test("is null where nothing is sustained, or everything", async () => {
    expect((await search(1, () => false)).peak).toBeNull();
    expect((await search(1, () => true)).peak).toBeNull();
  });
});
