/** Painting columns of phases into pixels. */

import { expect, test } from "vitest";
import { paintColumns } from "../../../src/viewer/phase-columns.ts";

const IDLE = 0xff00_0000;
const COLOURS = { phases: [0xff00_0001, 0xff00_0002, 0xff00_00c8], idle: IDLE };

test("phases are stacked from the bottom: decode, mixed, prefill, and idle above", () => {
  const columns = Float32Array.of(0.25, 0.25, 0.25);
  const pixels = new Uint32Array(4);
  paintColumns(pixels, columns, { height: 4, colours: COLOURS });
  const [prefill, mixed, decode] = COLOURS.phases;
  expect([...pixels].reverse()).toEqual([decode, mixed, prefill, IDLE]);
});

test("an edge within a pixel is mixed, and what covers a pixel together leaves no idle", () => {
  const pixels = new Uint32Array(1);
  paintColumns(pixels, Float32Array.of(0, 0, 0.5), { height: 1, colours: COLOURS });
  expect(pixels[0]).toBe(0xff00_0064);
  const colours = { phases: [0xff00_00c8, 0xff00_00c8, 0xff00_00c8], idle: IDLE };
  paintColumns(pixels, Float32Array.of(0.25, 0.25, 0.5), { height: 1, colours });
  expect(pixels[0]).toBe(0xff00_00c8);
});

test("more than one whole is cut off", () => {
  const pixels = new Uint32Array(2);
  paintColumns(pixels, Float32Array.of(1, 1, 1), { height: 2, colours: COLOURS });
  expect([...pixels]).toEqual([COLOURS.phases[2], COLOURS.phases[2]]);
});
