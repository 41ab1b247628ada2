import { expect, test } from "vitest";
import { positiveQuantity, quantity, writeQuantity } from "../../../src/config/quantity.ts";

test("quantities are read into base units", () => {
  expect(quantity("duration").parse("5 us")).toBeCloseTo(5e-6, 15);
  expect(quantity("bandwidth").parse("100 Gb/s")).toBe(12.5e9);
});

test.each(["5", "5 parsecs", "-5 us", "five us", ""])("%j is no duration", (text) => {
  expect(quantity("duration").safeParse(text).error?.issues[0]?.message).toContain("5 us");
});

test("zero can be refused", () => {
  expect(quantity("duration").safeParse("0 us").success).toBe(true);
  expect(positiveQuantity("duration").safeParse("0 us").success).toBe(false);
});

test.each([0, 1.5e-3, 15e-6, 0.0042, 1 / 3, 2, 86400, 1e-12])(
  "a duration of %d s is written so that it reads back the same",
  (value) => expect(quantity("duration").parse(writeQuantity("duration", value))).toBe(value),
);

test.each([0, 30e9, 1.5e9, 1, 31_234_567_891, 1 / 3])(
  "a size of %d bytes is written so that it reads back the same",
  (value) => expect(quantity("size").parse(writeQuantity("size", value))).toBe(value),
);

test("the preferred unit is used", () => {
  expect(writeQuantity("duration", 1.5e-3)).toBe("1.5 ms");
  expect(writeQuantity("size", 30e9)).toBe("30 GB");
});
