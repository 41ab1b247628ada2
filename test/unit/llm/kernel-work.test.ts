import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rateOn } from "../../../src/hardware/share-rate.ts";
import { addWork, KernelWork, noWork, workSeconds } from "../../../src/llm/kernel-work.ts";
import { BYTES_PER_BF16, type ModelShape } from "../../../src/llm/model.ts";
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

describe("a matrix product", () => {
  /** Of the LM head alone, without its floor. */
  const headOf = (sequences: number, sharpness = kernels.rooflineSharpness) => {
    const work = new KernelWork({ ...kernels, rooflineSharpness: sharpness }, sms, testModel, 1);
    const { latency, ...head } = work.head(sequences);
    expect(latency).toBe(kernels.headFloor);
    return head;
  };
  const { hidden, vocabulary } = testModel;
  const computeOf = (tokens: number) =>
    (2 * tokens * hidden * vocabulary) / rateOn(kernels.matrix.compute, sms);
  const bytesOf = (tokens: number) =>
    BYTES_PER_BF16 * (hidden * vocabulary + tokens * (hidden + vocabulary));

  test("takes at least what either bound asks, and at most both", () => {
    const tokenCounts = fc.integer({ min: 1, max: 16_384 });
    fc.assert(
      fc.property(tokenCounts, fc.double({ min: 1, max: 8, noNaN: true }), (tokens, sharpness) => {
        const { memory, compute, bytes } = headOf(tokens, sharpness);
        const waiting = bytesOf(tokens) / rateOn(kernels.matrix.bandwidth, sms);
        expect(bytes).toBe(bytesOf(tokens));
        const total = memory + compute;
        const n = sharpness;
        const rule = (computeOf(tokens) ** n + waiting ** n) ** (1 / n);
        expect(total / rule).toBeCloseTo(1, 9);
        expect(total).toBeGreaterThanOrEqual(Math.max(computeOf(tokens), waiting) * (1 - 1e-9));
        expect(total).toBeLessThanOrEqual((computeOf(tokens) + waiting) * (1 + 1e-9));
      }),
    );
  });

  test("gives its time to what bounds it", () => {
    const [few, many] = [headOf(1), headOf(16_384)];
    expect(few.compute / (few.memory + few.compute)).toBeLessThan(1e-6);
    expect(many.memory / (many.memory + many.compute)).toBeLessThan(0.01);
    expect(many.compute / computeOf(16_384)).toBeCloseTo(1, 2);
  });
});

describe("the shape of a model", () => {
  const costOf = (change: Partial<ModelShape>) => {
    const work = new KernelWork(kernels, sms, { ...testModel, ...change }, 1);
    return { dense: work.dense(1), head: work.head(1), context: work.contextBytes };
  };
  const before = costOf({});

  test.each([
    ["ffn", { ffn: 2 * testModel.ffn }, ["dense"]],
    ["heads", { heads: 2 * testModel.heads }, ["dense"]],
    ["KV heads", { kvHeads: 2 * testModel.kvHeads }, ["dense", "context"]],
    ["head size", { headDim: 2 * testModel.headDim }, ["dense", "context"]],
    ["vocabulary", { vocabulary: 2 * testModel.vocabulary }, ["head"]],
    ["layers", { layers: 2 * testModel.layers }, []],
  ])("with more %s costs more just where it should", (_, change, dearer: readonly string[]) => {
    const after = costOf(change);
    const changed = (["dense", "head", "context"] as const).filter((part) => {
      const [was, is] = [before[part], after[part]];
      if (typeof was === "number" || typeof is === "number") return is > was;
      return is.bytes > was.bytes && workSeconds(is) > workSeconds(was);
    });
    expect(changed).toEqual(dearer);
    const rest = (["dense", "head", "context"] as const).filter((part) => !dearer.includes(part));
    for (const part of rest) expect(after[part]).toEqual(before[part]);
  });

  test("of fewer KV heads than GPUs repeats them", () => {
    const bytes = [4, 8, 16].map((tp) => new KernelWork(kernels, sms, testModel, tp).contextBytes);
    expect(bytes).toEqual([2, 1, 1].map((heads) => 2 * heads * 128 * BYTES_PER_BF16));
  });
});
