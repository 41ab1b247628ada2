/** Rows by replica and time, and values over time for charts. */

import { describe, expect, test } from "vitest";
import { binnedSlowdown, thinnedSamples } from "../../../src/view-server/binned.ts";
import { rowsWithin } from "../../../src/view-server/segments.ts";
import { manyRows, segmentsOf } from "./made-segments.ts";

describe("rows of iterations", () => {
  test("in an interval are those that overlap it, of one replica", async () => {
    const rows = manyRows(600, 4);
    const segments = await segmentsOf(rows, 4);
    for (const [from, to] of [
      [0, 3],
      [2.5, 2.51],
      [10, 20],
      [1e6, 2e6],
      [-5, 0],
    ] as const) {
      const expected = rows.flatMap(([replica, , start, end], row) =>
        replica === 2 && start < to && end > from ? [row] : [],
      );
      const [first, behind] = rowsWithin(segments, 2, [from, to]);
      // The made rows have their number in every integer column.
      expect([...segments.batch.subarray(first, behind)]).toEqual(expected);
    }
  });

  test.each([
    ["a replica that is none", [[2, "decode", 0, 1]], "replica 2 is not known"],
    ["a phase that is none", [[0, "<b>", 0, 1]], "a phase that is none"],
    [
      "rows that overlap",
      [
        [0, "decode", 0, 2],
        [0, "decode", 1, 3],
      ],
      "out of order",
    ],
    ["a row that ends before it starts", [[0, "decode", 2, 1]], "out of order"],
  ] as const)("with %s are damaged", async (_, rows, message) => {
    await expect(segmentsOf(rows, 2)).rejects.toThrow(message);
  });
});

describe("slowdown in bins", () => {
  test("is the mean over the time of iterations, and the most", async () => {
    const segments = await segmentsOf(
      [
        [0, "prefill", 0, 1],
        [0, "decode", 1.5, 2],
        [0, "decode", 6, 9],
      ],
      1,
    );
    const { mean, most } = binnedSlowdown(segments, 0, { from: 0, to: 8, points: 4 });
    expect([...mean]).toEqual([(1 * 1 + 0.5 * 3) / 1.5, Number.NaN, Number.NaN, 3]);
    expect([...most]).toEqual([3, Number.NaN, Number.NaN, 3]);
  });
});

describe("samples", () => {
  const time = Float64Array.from({ length: 10 }, (_, second) => second);
  const samples = { time, busy: time.map((value) => value / 10), kv: time.map((x) => 100 * x) };

  test("are as they are where they are few, with one beyond the right edge", () => {
    const few = thinnedSamples(samples, { from: 2, to: 4.5, points: 100 });
    expect([...few.time]).toEqual([2, 3, 4, 5]);
    expect([...few.kv]).toEqual([200, 300, 400, 500]);
  });

  test("are means where they are many", () => {
    const many = thinnedSamples(samples, { from: 0, to: 9, points: 4 });
    expect([...many.time]).toEqual([2, 5, 8, 9]);
    expect([...many.kv]).toEqual([100, 400, 700, 900].map((value) => expect.closeTo(value, 9)));
  });

  test("of an interval without any are none", () => {
    expect(thinnedSamples(samples, { from: 50, to: 60, points: 4 }).time).toHaveLength(0);
  });
});
