import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateCurve } from "../../../src/hardware/curve.ts";

const curve = { x: [1, 16, 64], y: [10, 30, 90] };

describe("evaluateCurve", () => {
  test("meets its points", () => {
    curve.x.forEach((x, index) => {
      expect(evaluateCurve(curve, x)).toBe(curve.y[index]);
    });
  });

  test("is linear in log(x) between them", () => {
    expect(evaluateCurve(curve, 4)).toBeCloseTo(20, 12);
    expect(evaluateCurve(curve, 32)).toBeCloseTo(60, 12);
  });

  test("is flat outside", () => {
    expect(evaluateCurve(curve, 0)).toBe(10);
    expect(evaluateCurve(curve, 0.5)).toBe(10);
    expect(evaluateCurve(curve, 1e9)).toBe(90);
  });

  test("may have one point", () => {
    for (const x of [1, 2, 3]) expect(evaluateCurve({ x: [2], y: [7] }, x)).toBe(7);
  });

  test("increases where its points do", () => {
    const x = fc.double({ min: 0.1, max: 100, noNaN: true });
    fc.assert(
      fc.property(x, x, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const rise = evaluateCurve(curve, high) - evaluateCurve(curve, low);
        expect(rise).toBeGreaterThanOrEqual(-1e-9);
      }),
    );
  });
});
