/**
 * The costs of GPUs that were not measured follow from the H100's by the rules that their files
 * state. Effective rates: NVIDIA aiconfigurator's tables (Apache-2.0), matrix products of 2,048
 * tokens, weights through at most 64, KV caches of over 1 GB, causal attention of 8,192 tokens.
 */

import { describe, expect, test } from "vitest";
import { loadGpuType } from "../../../src/config/load-cluster.ts";
import type { GpuType } from "../../../src/hardware/gpu.ts";
import { rateOn, type ShareRate } from "../../../src/hardware/share-rate.ts";

const h100 = loadGpuType("H100");

interface ScaledGpu {
  readonly name: string;
  /** Of matrix products in TFLOP/s, of weights in TB/s. */
  readonly compute: number;
  readonly weights: number;
  /** Of KV caches and attention, against the H100's. */
  readonly kv: number;
  readonly attention: number;
  /** Boost clock against the H100's 1.98 GHz, by data sheet. */
  readonly clock: number;
}

/** The H100 in the tables: TFLOP/s of matrix products, TB/s of weights. */
const H100_TABLE = { compute: 827, weights: 2.66 };

/** The tables' bandwidths contain floors: of the H100 that much more time for a TB than the fit. */
const FLOORS = 1 / H100_TABLE.weights - 1e12 / rateOn(h100.kernels.matrix.bandwidth, h100.sms);

const GPUS: readonly ScaledGpu[] = [
  { name: "H200", compute: 821, weights: 3.54, kv: 4.18 / 3.03, attention: 569 / 573, clock: 1 },
  { name: "L40S", compute: 241, weights: 0.66, kv: 0.71 / 3.03, attention: 196 / 573, clock: 1.27 },
  {
    name: "B200",
    compute: 1552,
    weights: 5.4,
    kv: 6.8 / 3.03,
    attention: 1102 / 573,
    clock: 0.992,
  },
];

describe.each(GPUS)("$name", ({ name, compute, weights, kv, attention, clock }) => {
  const gpu = loadGpuType(name);
  const { kernels } = gpu;

  test("computes by its data sheet per SM, and at full size as the tables say", () => {
    const perSm = (type: GpuType) => type.peakCompute / type.sms;
    const scaled = (h100.kernels.matrix.compute.perSm * perSm(gpu)) / perSm(h100);
    const fitted = rateOn(h100.kernels.matrix.compute, h100.sms);
    expectRate(kernels.matrix.compute, scaled, gpu.sms, (compute / H100_TABLE.compute) * fitted);
  });

  test("streams weights by its clock per SM, and at full size as the tables say", () => {
    const scaled = h100.kernels.matrix.bandwidth.perSm * clock;
    expectRate(kernels.matrix.bandwidth, scaled, gpu.sms, 1e12 / (1 / weights - FLOORS));
  });

  test("reads KV caches and computes attention as the tables say of it and the H100", () => {
    expect(kernels.kvBandwidth.limit / h100.kernels.kvBandwidth.limit).toBeCloseTo(kv, 2);
    const limits = kernels.attentionCompute.limit / h100.kernels.attentionCompute.limit;
    expect(limits).toBeCloseTo(attention, 2);
  });

  test("takes over from the H100 what does not depend on its size, and contention", () => {
    const { attentionRamp, rooflineSharpness, layerFloor, headFloor } = h100.kernels;
    expect(kernels).toMatchObject({ attentionRamp, rooflineSharpness, layerFloor, headFloor });
    expect(gpu.contention).toEqual(h100.contention);
    expect(gpu.replicates).toBeUndefined();
  });
});

test("what an A100 keeps of its speed is what MuxServe published, to 2 %", () => {
  const { kernels, sms } = loadGpuType("A100");
  const shares = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
  const slowdowns = (rate: ShareRate) =>
    shares.map((share) => rateOn(rate, sms) / rateOn(rate, 2 * Math.floor((share * sms) / 2)));
  const prefill = [2.655, 2.017, 1.645, 1.418, 1.263, 1.14, 1.068];
  const decode = [1.482, 1.238, 1.1, 1.071, 1.026, 1.03, 1.01];
  slowdowns(kernels.matrix.compute).forEach((slowdown, index) => {
    expect(Math.abs(slowdown / prefill[index]! - 1)).toBeLessThan(0.02);
  });
  slowdowns(kernels.matrix.bandwidth).forEach((slowdown, index) => {
    expect(Math.abs(slowdown / decode[index]! - 1)).toBeLessThan(0.02);
  });
});

function expectRate(rate: ShareRate, perSm: number, sms: number, whole: number): void {
  expect(Math.abs(rate.perSm / perSm - 1)).toBeLessThan(0.005);
  expect(Math.abs(rateOn(rate, sms) / whole - 1)).toBeLessThan(0.002);
}
