/** Slowdowns made up from the model itself, so that every error is known. */

import { describe, expect, test } from "vitest";
import { predictedSlowdown } from "../../../../src/calibration/contention-fit.ts";
import { type CoLocationRow, loadCoLocations } from "../../../../src/config/load-colocation.ts";
import { compareCoLocations } from "../../../../src/experiment/validation/colocation.ts";
import { errorsOf, writeFiles } from "../../config/errors-of.ts";
import { testGpu } from "../../fixtures.ts";

const LOADS = ["8b-decode-1x2048", "1b-decode-64x1024", "8b-prefill-512", "1b-prefill-2048"];

/** Every pair of loads at these shares, measured `factor` times as slow as predicted. */
function rowsOf(shares: string, factor = 1): CoLocationRow[] {
  const lines = LOADS.flatMap((a) => LOADS.map((b) => `${shares},${a},${b},a,1\n`));
  const file = writeFiles({ "c.csv": `shares,a,b,side,slowdown\n${lines.join("")}` });
  return loadCoLocations(`${file}/c.csv`, testGpu).map((row) => {
    return { ...row, slowdown: factor * predictedSlowdown(testGpu, row) };
  });
}

const compare = (rows: readonly CoLocationRow[], isLeavingOut = false, progress: number[] = []) =>
  compareCoLocations(rows, testGpu, isLeavingOut, (done) => progress.push(done));

describe("compareCoLocations", () => {
  test("is by shares, and by what ran beside what", () => {
    const rows = [...rowsOf("50/50", 2), ...rowsOf("time-sliced"), ...rowsOf("25/25/25/25")];
    const { groups, phases, held_out, ...all } = compare(rows);
    expect(all).toEqual({
      gpu: "test-h100",
      n: 48,
      mape: expect.closeTo(0.5 / 3),
      p90: expect.closeTo(0.5),
      bias: expect.closeTo(-0.5 / 3),
    });
    expect(groups).toEqual([
      { shares: "50/50", n: 16, mape: expect.closeTo(0.5), bias: expect.closeTo(-0.5) },
      { shares: "time-sliced", n: 16, mape: expect.closeTo(0), bias: expect.closeTo(0) },
      { shares: "25/25/25/25", n: 16, mape: expect.closeTo(0), bias: expect.closeTo(0) },
    ]);
    expect(phases.map(({ load, beside, n }) => [load, beside, n])).toEqual([
      ["decode", "decode", 12],
      ["decode", "prefill", 12],
      ["prefill", "decode", 12],
      ["prefill", "prefill", 12],
    ]);
    expect(held_out).toEqual([]);
  });

  test("predicts shares that fit the GPU by a fit to all others", () => {
    const limited = ["50/50", "25/75"];
    const rows = [...limited, "100/100", "time-sliced"].flatMap((shares) => rowsOf(shares));
    const progress: number[] = [];
    const { held_out } = compare(rows, true, progress);
    expect(progress).toEqual([0.5, 1]);
    expect(held_out.map(({ left_out, n }) => [left_out, n])).toEqual(
      limited.map((shares) => [shares, 16]),
    );
    // What was made up by the model is found again from its other half.
    for (const { mape, mape_fitted } of held_out) {
      expect(mape_fitted).toBeLessThan(0.01);
      expect(mape).toBeLessThan(0.02);
    }
  });

  test("leaves nothing out where one group has limits only", () => {
    const rows = [...rowsOf("50/50"), ...rowsOf("100/100"), ...rowsOf("time-sliced")];
    expect(errorsOf(() => compare(rows, true))[0]).toMatch(
      /^--leave-out shares: the file has one group of limited shares only \(give a file with/,
    );
  });
});
