import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLogAxis } from "../../../src/report/log-axis.ts";

const labels = (low: number, high: number, minFactor = 1.02) => {
  const axis = createLogAxis(low, high, minFactor);
  return axis.labelled.map(axis.format);
};

describe("createLogAxis", () => {
  test.each([
    [1, 10_000, ["1", "10", "100", "1,000", "10,000"]],
    [0.03, 3, ["0.05", "0.1", "0.2", "0.5", "1", "2"]],
    [12, 80, ["20", "30", "50", "70"]],
    [2, 5, ["2.0", "2.5", "3.0", "3.5", "4.0", "4.5", "5.0"]],
    [1e-5, 1e7, ["10⁻⁴", "10⁻²", "10⁰", "10²", "10⁴", "10⁶"]],
    [2e-7, 3e-6, ["2×10⁻⁷", "3×10⁻⁷", "5×10⁻⁷", "7×10⁻⁷", "10⁻⁶", "2×10⁻⁶", "3×10⁻⁶"]],
    [1.2e9, 1.6e9, ["1.2×10⁹", "1.3×10⁹", "1.4×10⁹", "1.5×10⁹", "1.6×10⁹"]],
  ])("labels %d to %d", (low, high, expected) => {
    const found = labels(low, high);
    expect(found.filter((label) => expected.includes(label))).toEqual(expected);
    expect(found.length).toBeLessThanOrEqual(expected.length + 2);
  });

  test("has a single value in its middle", () => {
    const [low, high] = createLogAxis(7, 7, 1.25).domain;
    expect(Math.sqrt(low * high)).toBeCloseTo(7, 12);
    expect(high / low).toBeGreaterThan(1.25);
  });

  test("holds its values, with a few different labels", () => {
    const value = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const axis = createLogAxis(low, high, 1.25);
        expect(axis.domain[0]).toBeLessThan(low);
        expect(axis.domain[1]).toBeGreaterThan(high);
        const all = [...axis.labelled, ...axis.lines];
        expect(all.every((v) => v >= axis.domain[0] && v <= axis.domain[1])).toBe(true);
        expect(axis.labelled.length).toBeGreaterThanOrEqual(2);
        expect(axis.labelled.length).toBeLessThanOrEqual(11);
        expect(new Set(axis.labelled.map(axis.format)).size).toBe(axis.labelled.length);
      }),
    );
  });
});
