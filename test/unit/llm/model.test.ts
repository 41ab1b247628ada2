import { describe, expect, test } from "vitest";
import {
  kvBytesPerToken,
  shardedKvHeads,
  supportsTp,
  weightBytes,
} from "../../../src/llm/model.ts";
import { testModel } from "../fixtures.ts";

/** Parameters of Llama 3.1 8B as published, without its 65 norms of 4096. */
const PARAMETERS = 8_030_261_248 - 65 * 4096;

describe("a model shape", () => {
  test("weighs two bytes a parameter", () => {
    expect(weightBytes(testModel, 1)).toBe(2 * PARAMETERS);
  });

  test("weighs one byte in fp8 but for embeddings and LM head", () => {
    const fp8 = weightBytes({ ...testModel, weightType: "fp8" }, 1);
    expect(fp8).toBe(PARAMETERS + 2 * 128256 * 4096);
  });

  test("counts tied embeddings once", () => {
    const tied = weightBytes({ ...testModel, tiedEmbeddings: true }, 1);
    expect(weightBytes(testModel, 1) - tied).toBe(2 * 128256 * 4096);
  });

  test("spreads its weights over a TP group", () => {
    for (const tp of [2, 4, 8]) {
      expect(weightBytes(testModel, tp)).toBeCloseTo(weightBytes(testModel, 1) / tp, 3);
    }
  });

  test("repeats KV heads where there are fewer than GPUs", () => {
    expect([1, 2, 8, 16].map((tp) => shardedKvHeads(testModel, tp))).toEqual([8, 4, 1, 1]);
    const keysAndValues = 32 * 2 * 4096 * 128 * 2;
    expect(weightBytes(testModel, 16)).toBeCloseTo(
      weightBytes(testModel, 1) / 16 + (8 * keysAndValues) / 16,
      3,
    );
    expect(kvBytesPerToken(testModel, 16)).toBe(kvBytesPerToken(testModel, 8));
  });

  test("keeps 128 KiB of KV cache a token", () => {
    expect(kvBytesPerToken(testModel, 1)).toBe(128 * 1024);
    expect(kvBytesPerToken(testModel, 8)).toBe(16 * 1024);
  });

  test("splits where its heads and FFN divide", () => {
    const degrees = [1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64];
    expect(degrees.filter((tp) => supportsTp(testModel, tp))).toEqual([1, 2, 4, 8, 16, 32]);
    expect(supportsTp({ ...testModel, ffn: 14337 }, 2)).toBe(false);
  });
});
