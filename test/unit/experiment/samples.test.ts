import { expect, test } from "vitest";
import { Samples } from "../../../src/experiment/samples.ts";

test("samples are kept in order, whenever they are looked at", () => {
  const samples = new Samples();
  expect([...samples.values]).toEqual([]);
  const expected = Array.from({ length: 20_000 }, (_, index) => index / 8);
  for (const value of expected) {
    samples.push(value);
    if (samples.length % 4096 < 2) expect(samples.values.at(-1)).toBe(value);
  }
  expect(samples.length).toBe(expected.length);
  expect([...samples.values]).toEqual(expected);
});
