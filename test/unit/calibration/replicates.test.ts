import { describe, expect, test } from "vitest";
import {
  contentionReplicates,
  kernelReplicates,
  standardErrors,
} from "../../../src/calibration/replicates.ts";
import { testGpu, testModel } from "../fixtures.ts";

const replicate = (leftOut: string, ...logRatios: number[]) => ({ leftOut, logRatios });

describe("standard errors", () => {
  test("are those of the jackknife: √((n − 1)/n · Σ (value − mean)²)", () => {
    const replicates = [replicate("a", 0.1, 0), replicate("b", 0.2, 0), replicate("c", 0.6, 0)];
    const [first, second] = standardErrors(replicates);
    expect(first).toBeCloseTo(Math.sqrt((2 / 3) * (0.04 + 0.01 + 0.09)), 12);
    expect(second).toBe(0);
  });

  test("are not known from fewer than two replicates", () => {
    expect(standardErrors([])).toEqual([]);
    expect(standardErrors([replicate("a", 0.1)])).toEqual([]);
  });
});

test("one group alone has no replicates", () => {
  const shape = { model: testModel, tp: 1, sms: 132, kind: "decode", batch: 1 } as const;
  const solo = { ...shape, queryTokens: 1, context: 0, layerTime: 1e-4, headTime: 1e-4 };
  expect(kernelReplicates(testGpu, [solo, solo])).toEqual([]);
  const row = { mode: "mps", loads: [], tenant: 0, slowdown: 1, shares: "50/50" } as const;
  expect(contentionReplicates(testGpu, [row, row])).toEqual([]);
});
