/** Names keep the order of their lines and never lie on one another. */

import { expect, test } from "vitest";
import { labelHeights } from "../../../../src/report/figures/label-places.ts";

const area = { top: 0, bottom: 100, lineHeight: 10 };
const label = (y: number, x = 0) => ({ x, y, width: 30 });

test("names that have room stay where they are", () => {
  expect(labelHeights([label(20), label(50), label(30)], area)).toEqual([20, 50, 30]);
  expect(labelHeights([label(20), label(20, 40)], area)).toEqual([20, 20]);
});

test("names of one place stand below one another around it", () => {
  expect(labelHeights([label(50), label(50), label(50)], area)).toEqual([40, 50, 60]);
  expect(labelHeights([label(50), label(54, 10)], area)).toEqual([47, 57]);
});

test("the area is kept, and names far away are left alone", () => {
  expect(labelHeights([label(0), label(0), label(80)], area)).toEqual([0, 10, 80]);
  expect(labelHeights([label(100), label(100)], area)).toEqual([90, 100]);
});
