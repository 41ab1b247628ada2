import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  describeQuantity,
  formatBytes,
  formatDuration,
  formatDurationInterval,
  formatPercent,
  formatRate,
  GB,
  ms,
  parseQuantity,
  type QuantityKind,
  us,
} from "../../src/units.ts";

describe("parseQuantity", () => {
  test.each<[QuantityKind, string, number]>([
    ["duration", "5 us", 5 * us],
    ["duration", "5us", 5 * us],
    ["duration", "  1.5 ms ", 1.5 * ms],
    ["duration", ".5 s", 0.5],
    ["duration", "2e-3 s", 2 * ms],
    ["duration", "2 min", 120],
    ["size", "80 GB", 80 * GB],
    ["size", "80 GiB", 80 * 2 ** 30],
    ["bandwidth", "3.35 TB/s", 3350 * GB],
    ["bandwidth", "400 Gb/s", 50 * GB],
    ["compute", "989 TFLOP/s", 989e12],
    ["rate", "2/s", 2],
    ["rate", "90 /min", 1.5],
  ])("reads a %s from %j", (kind, text, expected) => {
    expect(parseQuantity(kind, text)! / expected).toBeCloseTo(1, 12);
  });

  test.each<[QuantityKind, string]>([
    ["duration", ""],
    ["duration", "5"],
    ["duration", "us"],
    ["duration", "-5 us"],
    ["duration", "5 GB"],
    ["duration", "5 US"],
    ["duration", "5 us extra"],
    ["duration", "1 h 5 min"],
    ["duration", "1.2.3 s"],
    ["duration", "1e s"],
    ["size", "80 gb"],
    ["size", "80 GB/s"],
    ["size", "80 constructor"],
    ["bandwidth", "80 GB"],
    ["rate", "2"],
    ["rate", "Infinity/s"],
  ])("reads no %s from %j", (kind, text) => expect(parseQuantity(kind, text)).toBeUndefined());

  test("reads any number it is given", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (value) => {
        expect(parseQuantity("size", `${value} B`)).toBe(value);
      }),
    );
  });

  test.each<QuantityKind>(["duration", "size", "bandwidth", "compute", "rate"])(
    "accepts the example of a %s that it describes",
    (kind) => {
      const description = describeQuantity(kind);
      const example = /"(.*)"/.exec(description)![1]!;
      expect(description).toContain(kind);
      expect(parseQuantity(kind, example)).toBeGreaterThan(0);
    },
  );
});

describe("formats", () => {
  test.each([
    [0, "0 s"],
    [5e-6, "5.00 us"],
    [0.0123, "12.3 ms"],
    [1, "1.00 s"],
    [123.4, "123 s"],
    [-0.002, "-2.00 ms"],
  ])("print a duration of %d as %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  test("print intervals of durations, open ones too", () => {
    expect(formatDurationInterval([0.0123, 1])).toBe(" (12.3 ms – 1.00 s)");
    expect(formatDurationInterval([1, null])).toBe(" (1.00 s or more)");
    expect(formatDurationInterval(null)).toBe("");
  });

  test("print rates, sizes and percentages", () => {
    expect(formatRate(1.234)).toBe("1.23/s");
    expect(formatRate(0)).toBe("0/s");
    expect(formatBytes(16.06e9)).toBe("16.1 GB");
    expect(formatPercent(0.0123)).toBe("1.2 %");
    expect(formatPercent(0.5, { signed: true })).toBe("+50.0 %");
    expect(formatPercent(-0.5, { signed: true })).toBe("-50.0 %");
    expect(formatPercent(0, { signed: true })).toBe("0.0 %");
  });
});
