import { describe, expect, test } from "vitest";
import { MAX_TICKS, TICKS_PER_SECOND, toSeconds, toTicks } from "../../../src/engine/ticks.ts";
import { UserError } from "../../../src/errors.ts";

describe("ticks", () => {
  test("are eighths of a nanosecond", () => {
    expect(toTicks(1e-9)).toBe(8);
    expect(toTicks(1)).toBe(TICKS_PER_SECOND);
    expect(toSeconds(TICKS_PER_SECOND * 90)).toBe(90);
  });

  test("round to the nearest", () => {
    expect(toTicks(0.6e-10)).toBe(0);
    expect(toTicks(0.7e-10)).toBe(1);
  });

  test("return to seconds within half a tick", () => {
    for (const seconds of [1e-6, 0.0123456789, 3600.5, 86400]) {
      expect(Math.abs(toSeconds(toTicks(seconds)) - seconds)).toBeLessThan(0.5 / 8e9 + 1e-11);
    }
  });

  test("last thirteen days", () => {
    expect(toTicks(13 * 86400)).toBeLessThan(MAX_TICKS);
    for (const seconds of [14 * 86400, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(() => toTicks(seconds)).toThrow(UserError);
    }
  });
});
