/** Means and ratios over replications, with intervals known from tables. */

import { describe, expect, test } from "vitest";
import { geometricMeanOver, meanOver, studentT975 } from "../../../src/experiment/replications.ts";

describe("studentT975", () => {
  test.each([
    [1, 12.706],
    [2, 4.303],
    [4, 2.776],
    [5, 2.571],
    [9, 2.262],
    [19, 2.093],
    [120, 1.98],
  ])("with %d degrees of freedom is that of the tables", (freedom, quantile) => {
    expect(Math.abs(studentT975(freedom) / quantile - 1)).toBeLessThan(0.002);
  });
});

describe("meanOver", () => {
  test("has Student's interval", () => {
    const { value, interval } = meanOver([1, 2, 3, 4, 5])!;
    expect(value).toBe(3);
    // s = √2.5, over √5.
    expect(interval![0]).toBeCloseTo(3 - 2.776 * Math.sqrt(0.5), 9);
    expect(interval![1]).toBeCloseTo(3 + 2.776 * Math.sqrt(0.5), 9);
  });

  test("has none of one value, and no mean of none", () => {
    expect(meanOver([7])).toEqual({ value: 7, interval: null });
    expect(meanOver([])).toBeNull();
  });
});

test("geometricMeanOver is symmetric in the direction of a ratio", () => {
  const ratios = [1.1, 2, 1.4];
  const there = geometricMeanOver(ratios)!;
  const back = geometricMeanOver(ratios.map((ratio) => 1 / ratio))!;
  expect(there.value).toBeCloseTo(Math.cbrt(1.1 * 2 * 1.4), 12);
  expect(back.value).toBeCloseTo(1 / there.value, 12);
  expect(back.interval![0]).toBeCloseTo(1 / there.interval![1], 12);
});
