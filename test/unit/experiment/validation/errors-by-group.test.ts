import { describe, expect, test } from "vitest";
import {
  byGroup,
  type Comparison,
  summarizeErrors,
} from "../../../../src/experiment/validation/errors-by-group.ts";

/** Predictions of a measurement of 10, by group. */
const comparisons: Comparison[] = [
  ["b", 11],
  ["a", 8],
  ["b", 10],
  ["b", 14],
  ["a", 12],
].map(([group, simulated]) => ({
  group: String(group),
  measured: 10,
  simulated: Number(simulated),
}));

describe("summarizeErrors", () => {
  test("takes sizes for MAPE and percentile, and signs for the bias", () => {
    const { n, mape, p90, bias } = summarizeErrors(comparisons);
    expect(n).toBe(5);
    expect(mape).toBeCloseTo((0.1 + 0.2 + 0 + 0.4 + 0.2) / 5, 12);
    expect(bias).toBeCloseTo((0.1 - 0.2 + 0 + 0.4 + 0.2) / 5, 12);
    // Sizes in order: 0, 0.1, 0.2, 0.2, 0.4; the 90th percentile lies 0.6 of the last step up.
    expect(p90).toBeCloseTo(0.2 + 0.6 * 0.2, 12);
  });

  test("is relative to what was measured", () => {
    const one = { group: "", measured: 2, simulated: 3 };
    expect(summarizeErrors([one])).toEqual({ n: 1, mape: 0.5, p90: 0.5, bias: 0.5 });
    const other = { group: "", measured: 3, simulated: 2 };
    expect(summarizeErrors([other]).bias).toBeCloseTo(-1 / 3, 12);
  });
});

test("byGroup keeps groups in order of first occurrence, and their comparisons in order", () => {
  const groups = byGroup(comparisons);
  expect([...groups.keys()]).toEqual(["b", "a"]);
  expect(groups.get("b")!.map(({ simulated }) => simulated)).toEqual([11, 10, 14]);
  expect(groups.get("a")!.map(({ simulated }) => simulated)).toEqual([8, 12]);
  expect(byGroup([])).toEqual(new Map());
});
