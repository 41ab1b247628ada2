import { describe, expect, test } from "vitest";
import { paddedBatch } from "../../../src/llm/engine.ts";
import { testEngine } from "../fixtures.ts";

describe("paddedBatch", () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [9, 16],
    [17, 24],
    [256, 256],
    [257, 257],
    [1000, 1000],
  ])("pads %d to %d", (batch, padded) => expect(paddedBatch(testEngine, batch)).toBe(padded));

  test("pads nothing without sizes", () => {
    expect(paddedBatch({ ...testEngine, decodeBatchSizes: [] }, 3)).toBe(3);
  });
});
