/** Bins of time at all levels of detail beside sums over the rows. */

import { describe, expect, test } from "vitest";
import { PhasePyramid } from "../../../src/view-server/phase-pyramid.ts";
import { FULL_BIN, PHASES } from "../../../src/view-server/run-document.ts";
import { type MadeRow, manyRows, segmentsOf } from "./made-segments.ts";

/** Seconds of a phase of a replica between two instants. */
function secondsIn(
  rows: readonly MadeRow[],
  [replica, phase]: readonly [number, string],
  [from, to]: readonly [number, number],
): number {
  return rows
    .filter((row) => row[0] === replica && row[1] === phase)
    .reduce((sum, [, , start, end]) => {
      return sum + Math.max(0, Math.min(end, to) - Math.max(start, from));
    }, 0);
}

describe("a pyramid", async () => {
  const rows = manyRows(9000, 3);
  const end = Math.max(...rows.map((row) => row[3]));
  const pyramid = new PhasePyramid(await segmentsOf(rows, 3), end);
  const { detail } = pyramid;

  test("has as many bins as a replica has rows, whole tiles, and one tile at the top", () => {
    expect(detail).toMatchObject({ bins: 2048, tileBins: 1024, levels: 2 });
    expect(detail.binWidth * detail.bins).toBeCloseTo(end, 9);
  });

  test.each([0, 1])("level %s has of each bin the part of each phase", (level) => {
    const width = detail.binWidth * 2 ** level;
    for (const tile of [0, (detail.bins >> level) / detail.tileBins - 1]) {
      const values = pyramid.tile(level, tile)!;
      for (const replica of [0, 2]) {
        for (const [phase, name] of PHASES.entries()) {
          for (const bin of [0, 1, 500, 1023]) {
            const from = (tile * detail.tileBins + bin) * width;
            const expected = secondsIn(rows, [replica, name], [from, from + width]) / width;
            const lane = replica * PHASES.length + phase;
            const found = values[lane * detail.tileBins + bin]! / FULL_BIN;
            expect(Math.abs(found - expected)).toBeLessThan(1 / FULL_BIN);
          }
        }
      }
    }
  });

  test("has no other tiles", () => {
    for (const [level, tile] of [
      [0, -1],
      [0, 2],
      [1, 1],
      [2, 0],
      [-1, 0],
      [Number.NaN, 0],
      [0, Number.NaN],
    ] as const) {
      expect(pyramid.tile(level, tile)).toBeUndefined();
    }
  });
});

test("a pyramid of few rows has one level, one of none is idle", async () => {
  const few = new PhasePyramid(await segmentsOf([[0, "decode", 1, 2]], 1), 4);
  expect(few.detail).toMatchObject({ levels: 1, bins: 1024, binWidth: 4 / 1024 });
  const tile = few.tile(0, 0)!;
  const decode = tile.subarray(2 * 1024);
  expect([decode[255], decode[256], decode[511], decode[512]]).toEqual([0, FULL_BIN, FULL_BIN, 0]);
  expect(new PhasePyramid(await segmentsOf([], 1), 0).tile(0, 0)!.every((x) => x === 0)).toBe(true);
});
