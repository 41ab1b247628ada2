/** Iterations made up from the model itself, so that every error is known. */

import { describe, expect, test } from "vitest";
import { predictedWork } from "../../../../src/calibration/kernel-fit.ts";
import type { SoloRow } from "../../../../src/config/load-solo.ts";
import { compareIterations } from "../../../../src/experiment/validation/iterations.ts";
import { smsOfShare } from "../../../../src/hardware/share-rate.ts";
import { workSeconds } from "../../../../src/llm/kernel-work.ts";
import type { ModelShape } from "../../../../src/llm/model.ts";
import { errorsOf } from "../../config/errors-of.ts";
import { testGpu, testModel } from "../../fixtures.ts";

const small = { ...testModel, name: "small", hidden: 2048, ffn: 8192, layers: 16, headDim: 64 };

/** Measured `factor` times as long as it is predicted. */
function rowOf(given: Partial<SoloRow>, factor: number): SoloRow {
  const share = given.share ?? 1;
  const row = {
    ...{ model: testModel, tp: 1, kind: "decode", batch: 1, queryTokens: 1, context: 0 },
    ...{ layerTime: 0, headTime: 0, sms: smsOfShare(testGpu.sms, share), share, ...given },
  } as SoloRow;
  const time = factor * workSeconds(predictedWork(testGpu.kernels, row));
  const headTime = time / 4;
  return { ...row, headTime, layerTime: (time - headTime) / row.model.layers };
}

const compare = (rows: readonly SoloRow[], isLeavingOut = false, progress: number[] = []) =>
  compareIterations(rows, testGpu, isLeavingOut, (done) => progress.push(done));

describe("compareIterations", () => {
  test("is of all layers and the head, by model, TP degree, share and kind", () => {
    const rows = [
      rowOf({ share: 0.5 }, 1),
      rowOf({ kind: "prefill", queryTokens: 512 }, 2),
      rowOf({ batch: 8, context: 2048, share: 0.5 }, 0.8),
      rowOf({ tp: 2 }, 1),
      rowOf({ model: small }, 1),
    ];
    const { groups, shares, held_out, ...all } = compare(rows);
    const errors = [0, -0.5, 0.25, 0, 0];
    expect(all).toEqual({
      gpu: "test-h100",
      n: 5,
      mape: expect.closeTo(0.15, 12),
      p90: expect.closeTo(0.25 + 0.6 * 0.25, 12),
      bias: expect.closeTo(errors.reduce((sum, error) => sum + error) / 5, 12),
    });
    const group = (model: string, tp: number, share: number, kind: string) => {
      return { model, tp, share, kind, n: 1, mape: expect.closeTo(0), bias: expect.closeTo(0) };
    };
    expect(groups).toEqual([
      {
        ...group("test-8b", 1, 0.5, "decode"),
        ...{ n: 2, mape: expect.closeTo(0.125), bias: expect.closeTo(0.125) },
      },
      {
        ...group("test-8b", 1, 1, "prefill"),
        ...{ mape: expect.closeTo(0.5), bias: expect.closeTo(-0.5) },
      },
      group("test-8b", 2, 1, "decode"),
      group("small", 1, 1, "decode"),
    ]);
    expect(shares).toEqual([
      { share: 1, n: 3, mape: expect.closeTo(0.5 / 3) },
      { share: 0.5, n: 2, mape: expect.closeTo(0.125) },
    ]);
    expect(held_out).toEqual([]);
  });

  test("predicts each model by a fit to the others", () => {
    const shapes = [
      ...[1, 8, 64, 256].flatMap((batch) =>
        [128, 2048, 8192].map((context) => ({ batch, context })),
      ),
      ...[64, 512, 2048, 8192].map((queryTokens) => ({ kind: "prefill", queryTokens }) as const),
    ];
    const rowsOf = (model: ModelShape, factor: number) =>
      [0.13, 0.5, 1].flatMap((share) =>
        shapes.map((shape) => rowOf({ ...shape, model, share }, factor)),
      );
    // What a fit sees of the one says that the other takes half as long as it was measured.
    const rows = [...rowsOf(testModel, 1), ...rowsOf(small, 2)];
    const progress: number[] = [];
    const { held_out } = compare(rows, true, progress);
    expect(progress).toEqual([0.5, 1]);
    expect(held_out.map(({ left_out, n }) => [left_out, n])).toEqual([
      ["test-8b", 48],
      ["small", 48],
    ]);
    for (const { mape_fitted } of held_out) expect(mape_fitted).toBeLessThan(0.005);
    expect(held_out[0]!.bias).toBeGreaterThan(0.5);
    expect(held_out[1]!.bias).toBeLessThan(-0.3);
  });

  test("leaves no model out where there is one only", () => {
    expect(errorsOf(() => compare([rowOf({}, 1)], true))).toEqual([
      "--leave-out model: the file has one model only " +
        "(give a file with several models, or leave the option away)",
    ]);
  });
});
