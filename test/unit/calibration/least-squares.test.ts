import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitRatios } from "../../../src/calibration/least-squares.ts";

const xs = [1, 2, 4, 8, 16, 32];
const powerLaw =
  ([factor, power]: readonly number[]) =>
  (point: number) =>
    factor! * xs[point]! ** power!;

describe("fitRatios", () => {
  test("finds parameters that are far from the start, to four digits", () => {
    const values = fc.tuple(
      fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      fc.double({ min: 0.1, max: 3, noNaN: true }),
    );
    fc.assert(
      fc.property(values, ([factor, power]) => {
        const measured = xs.map((_, point) => powerLaw([factor, power])(point));
        const fitted = fitRatios({ start: [1, 1], measured, predict: powerLaw });
        for (const [index, value] of [factor, power].entries()) {
          expect(Math.abs(fitted[index]! / value - 1)).toBeLessThan(6e-4);
          expect(fitted[index]).toBe(Number(fitted[index]!.toPrecision(4)));
        }
      }),
      { numRuns: 50 },
    );
  });

  test("weighs ratios: as far above one point as below another", () => {
    const [fitted] = fitRatios({
      start: [1],
      measured: [1, 100],
      predict:
        ([value]) =>
        () =>
          value!,
    });
    expect(fitted).toBeCloseTo(10, 3);
  });

  test("refuses fewer points than parameters", () => {
    const problem = { start: [1, 1], measured: [2], predict: powerLaw };
    expect(() => fitRatios(problem)).toThrow(/^1 measurements are too few for a fit of 2 costs$/);
  });
});
