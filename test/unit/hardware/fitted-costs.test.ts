import { describe, expect, test } from "vitest";
import { CONTENTION_COST_NAMES, KERNEL_COST_NAMES } from "../../../src/config/write-gpu.ts";
import {
  contentionOf,
  contentionParameters,
  kernelParameters,
  kernelsOf,
  replicated,
} from "../../../src/hardware/fitted-costs.ts";
import { testGpu } from "../fixtures.ts";

const { kernels, contention } = testGpu;

describe("costs as a list", () => {
  test("are the same costs again, with fp8 as it was", () => {
    const fp8Matrix = { ...kernels.matrix, bandwidth: kernels.kvBandwidth };
    const known = { ...kernels, fp8Matrix };
    expect(kernelsOf(kernelParameters(kernels), known)).toEqual(known);
    expect(kernelsOf(kernelParameters(kernels), kernels).fp8Matrix).toBeUndefined();
    expect(contentionOf(contentionParameters(contention))).toEqual(contention);
  });

  test("stand in the order of their names", () => {
    const named = (names: readonly string[], values: readonly number[]) => {
      expect(values).toHaveLength(names.length);
      return Object.fromEntries(names.map((name, index) => [name, values[index]]));
    };
    const ofKernels = named(KERNEL_COST_NAMES, kernelParameters(kernels));
    expect(ofKernels["matrix.compute.limit"]).toBe(kernels.matrix.compute.limit);
    expect(ofKernels["kv_bandwidth.sharpness"]).toBe(kernels.kvBandwidth.sharpness);
    expect(ofKernels.attention_ramp).toBe(kernels.attentionRamp);
    expect(ofKernels.layer_floor).toBe(kernels.layerFloor);
    expect(ofKernels.elementwise_passes).toBe(kernels.elementwisePasses);
    const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter}`);
    const names = Object.keys(contention).map((name) => snakeCase(name).toLowerCase());
    expect(CONTENTION_COST_NAMES.toSorted()).toEqual(names.sort());
    const ofContention = named(CONTENTION_COST_NAMES, contentionParameters(contention));
    expect(ofContention.kernel_wait_growth).toBe(contention.kernelWaitGrowth);
    expect(ofContention.context_switch).toBe(contention.contextSwitch);
  });

  test("change by the ratios of a replicate", () => {
    const [same, double] = replicated([3, 5], { leftOut: "", logRatios: [0, Math.log(2)] });
    expect(same).toBe(3);
    expect(double).toBeCloseTo(10, 12);
  });
});
