import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rateOn, smsOfShare } from "../../../src/hardware/share-rate.ts";

const rates = fc.record({
  perSm: fc.double({ min: 1, max: 1e3, noNaN: true }),
  limit: fc.double({ min: 1, max: 1e5, noNaN: true }),
  sharpness: fc.double({ min: 0.5, max: 20, noNaN: true }),
});

describe("rateOn", () => {
  test("is below both bounds and grows with the SMs", () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 200 }), (rate, sms) => {
        const value = rateOn(rate, sms);
        expect(value).toBeLessThanOrEqual(Math.min(rate.perSm * sms, rate.limit) * (1 + 1e-9));
        expect(rateOn(rate, sms + 1)).toBeGreaterThanOrEqual(value);
      }),
    );
  });

  test("is 2^(−1/n) of either bound where they meet", () => {
    expect(rateOn({ perSm: 10, limit: 100, sharpness: 2 }, 10)).toBeCloseTo(100 / Math.SQRT2, 9);
  });
});

describe("smsOfShare", () => {
  test.each([
    [0.06, 8],
    [0.13, 16],
    [0.25, 32],
    [0.38, 50],
    [0.5, 66],
    [0.75, 98],
    [1, 132],
  ])("of %d of an H100 is %d, as measured", (share, sms) => {
    expect(smsOfShare(132, share)).toBe(sms);
  });

  test("is at least 8", () => expect(smsOfShare(132, 0.001)).toBe(8));
});
