import { describe, expect, test } from "vitest";
import { rateOn } from "../../../src/hardware/share-rate.ts";
import { addWork, KernelWork, noWork, workSeconds } from "../../../src/llm/kernel-work.ts";
import { BYTES_PER_BF16 } from "../../../src/llm/model.ts";
import { testGpu, testModel } from "../fixtures.ts";

const { kernels, sms } = testGpu;
const whole = new KernelWork(kernels, sms, testModel, 1);

describe("the dense part of a layer", () => {
  test("waits for its weights with few tokens", () => {
    const { memory, compute, bytes } = whole.dense(1);
    const { hidden, ffn, heads, kvHeads, headDim } = testModel;
    const parameters = hidden * ((2 * heads + 2 * kvHeads) * headDim + 3 * ffn);
    expect(bytes / (parameters * BYTES_PER_BF16)).toBeCloseTo(1, 2);
    expect(memory / (bytes / rateOn(kernels.matrix.bandwidth, sms))).toBeCloseTo(1, 2);
    expect(compute).toBeLessThan(0.01 * memory);
  });

  test("computes with many tokens, at the rate of its SMs", () => {
    const tokens = 16_384;
    const { hidden, ffn, heads, kvHeads, headDim } = testModel;
    const parameters = hidden * ((2 * heads + 2 * kvHeads) * headDim + 3 * ffn);
    for (const part of [sms, sms / 2]) {
      const { compute } = new KernelWork(kernels, part, testModel, 1).dense(tokens);
      const flop = 2 * tokens * parameters;
      const rotary = tokens * (heads + kvHeads) * kernels.rotaryPerHead;
      const expected = flop / rateOn(kernels.matrix.compute, part) + rotary / part;
      expect(compute / expected).toBeCloseTo(1, 2);
    }
  });

  test("has a floor that nothing lowers", () => {
    expect(whole.dense(1).latency).toBe(kernels.layerFloor);
    expect(new KernelWork(kernels, sms, testModel, 8).dense(4096).latency).toBe(kernels.layerFloor);
  });

  test("moves half of the weight bytes in fp8, at the rates of fp8", () => {
    const fp8Matrix = {
      compute: { ...kernels.matrix.compute, limit: 2 * kernels.matrix.compute.limit },
      bandwidth: kernels.matrix.bandwidth,
    };
    const model = { ...testModel, weightType: "fp8" } as const;
    const quantized = new KernelWork({ ...kernels, fp8Matrix }, sms, model, 1);
    expect(quantized.dense(1).bytes / whole.dense(1).bytes).toBeCloseTo(0.5, 2);
    expect(quantized.dense(8192).compute).toBeLessThan(whole.dense(8192).compute);
    expect(quantized.head(1)).toEqual(whole.head(1));
  });

  test("is divided among the GPUs of a TP group", () => {
    const shard = new KernelWork(kernels, sms, testModel, 4);
    expect(shard.dense(1).bytes / whole.dense(1).bytes).toBeCloseTo(0.25, 2);
    expect(shard.contextBytes).toBe(whole.contextBytes / 4);
  });
});

describe("attention", () => {
  test("of decodes reads the KV cache and works for each head", () => {
    const { memory, compute, bytes, latency } = whole.decodeAttention(8, 10_000);
    expect(bytes).toBe(10_000 * whole.contextBytes);
    expect(memory).toBeCloseTo(bytes / rateOn(kernels.kvBandwidth, sms), 15);
    expect(compute).toBeCloseTo((8 * testModel.heads * kernels.attentionPerHead) / sms, 15);
    expect(latency).toBe(0);
  });

  test("of a prompt is slower for each pair when the prompt is short", () => {
    const perPair = (tokens: number) => {
      const pairs = tokens ** 2 / 2;
      return whole.prefillAttention(tokens, pairs) / pairs;
    };
    const { attentionRamp } = kernels;
    expect(perPair(attentionRamp) / perPair(1e9)).toBeCloseTo(2, 5);
  });
});

test("work adds up", () => {
  const sum = noWork();
  addWork(sum, { memory: 1, compute: 2, latency: 3, bytes: 4 }, 2);
  addWork(sum, { memory: 1, compute: 1, latency: 1, bytes: 1 });
  expect(sum).toEqual({ memory: 3, compute: 5, latency: 7, bytes: 9 });
  expect(workSeconds(sum)).toBe(15);
});
