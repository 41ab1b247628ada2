import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  callLatency,
  HIGHEST_LOAD,
  type LlmProfile,
  maxCallRate,
} from "../../../src/llm/profile-table.ts";

const profile: LlmProfile = {
  byTp: new Map([
    [
      1,
      {
        tp: 1,
        maxCallRate: 10,
        callRates: [0.1, 5, 9],
        latencies: [1, 2, 6],
        stretchOfShare: { x: [0.25, 0.5, 1], y: [3, 2, 1] },
      },
    ],
  ]),
};
const whole = { tp: 1, share: 1 };
const half = { tp: 1, share: 0.5 };

describe("maxCallRate", () => {
  test("shrinks as a share stretches time", () => {
    expect(maxCallRate(profile, whole)).toBe(10);
    expect(maxCallRate(profile, half)).toBe(5);
    expect(maxCallRate(profile, { tp: 2, share: 1 })).toBe(0);
  });
});

describe("callLatency", () => {
  test("meets the table, is linear between its points and flat outside", () => {
    const latencies = [0, 0.1, 5, 7, 9, 9.5].map((rate) => callLatency(profile, whole, rate));
    expect(latencies).toEqual([1, 1, 2, 4, 6, 6]);
  });

  test("is the stretched latency at the stretched rate", () => {
    expect(callLatency(profile, half, 2.5)).toBe(2 * callLatency(profile, whole, 5));
  });

  test("is infinite past the highest load, and without a profile", () => {
    const highest = HIGHEST_LOAD * 10;
    expect(callLatency(profile, whole, highest)).toBe(6);
    expect(callLatency(profile, whole, highest + 1e-9)).toBe(Infinity);
    expect(callLatency(profile, half, highest / 2 + 1e-9)).toBe(Infinity);
    expect(callLatency(profile, { tp: 2, share: 1 }, 0)).toBe(Infinity);
  });

  test("never falls with the rate", () => {
    const rate = fc.double({ min: 0, max: 12, noNaN: true });
    const share = fc.double({ min: 0.1, max: 1, noNaN: true });
    fc.assert(
      fc.property(rate, rate, share, (a, b, p) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const size = { tp: 1, share: p };
        const earlier = callLatency(profile, size, low);
        expect(callLatency(profile, size, high)).toBeGreaterThanOrEqual(earlier * (1 - 1e-12));
      }),
    );
  });
});
