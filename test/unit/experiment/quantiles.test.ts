/**
 * Quantiles by selection are those of the sorted sample.
 */

import { quantileSorted } from "d3-array";
import fc from "fast-check";
import { expect, test } from "vitest";
import { quantiles } from "../../../src/experiment/quantiles.ts";

const PS = [0, 0.05, 0.5, 0.5, 0.9, 0.95, 0.99, 1];

test("are those of the sorted sample, to the bit", () => {
  const value = fc.oneof(fc.nat(5), fc.double({ noNaN: true, min: -1e6, max: 1e6 }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), (sample) => {
      const sorted = Float64Array.from(sample).sort();
      expect(quantiles(sample, PS)).toEqual(PS.map((p) => quantileSorted([...sorted], p)));
    }),
  );
});

test.each([
  ["ascending", (index: number) => index],
  ["descending", (index: number) => -index],
  ["equal", () => 7],
])("are quick for a large %s sample", (_, value) => {
  const sample = Array.from({ length: 200_000 }, (__, index) => value(index));
  const sorted = Float64Array.from(sample).sort();
  expect(quantiles(sample, [0.5, 1])).toEqual([quantileSorted([...sorted], 0.5), sorted.at(-1)]);
});

test("are none of nothing, and leave the sample alone", () => {
  expect(quantiles([], PS)).toEqual([]);
  const sample = [3, 1, 2];
  expect(quantiles(sample, [0.5])).toEqual([2]);
  expect(sample).toEqual([3, 1, 2]);
});
