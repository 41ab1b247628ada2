/** GPU files with other costs: read back as they were given, and nothing else changed. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundledNames, bundledPath } from "../../../src/config/catalog.ts";
import { loadGpuType } from "../../../src/config/load-cluster.ts";
import { writeGpu } from "../../../src/config/write-gpu.ts";
import {
  contentionOf,
  contentionParameters,
  kernelParameters,
  kernelsOf,
} from "../../../src/hardware/fitted-costs.ts";
import type { GpuType } from "../../../src/hardware/gpu.ts";
import { errorsOf, writeFiles } from "./errors-of.ts";

const gpu = loadGpuType("H100");
const path = bundledPath("gpu", "h100-sxm");
const text = readFileSync(path, "utf8");

/** The GPU type in a file of this text. */
function read(content: string): GpuType {
  return loadGpuType(join(writeFiles({ "gpu.yaml": content }), "gpu.yaml"));
}

/** Values as a fit gives them: four digits, each changed by another factor. */
function changed(values: readonly number[]): number[] {
  return values.map((value, index) => {
    return Number((value * (0.5 + ((index * 0.377) % 1))).toPrecision(4));
  });
}

const expectNear = (values: readonly number[], wanted: readonly number[]) => {
  expect(values).toHaveLength(wanted.length);
  values.forEach((value, index) => {
    expect(Math.abs(value / wanted[index]! - 1)).toBeLessThan(1e-9);
  });
};

describe("a GPU file that is written", () => {
  test.each(bundledNames("gpu"))("is the same where nothing changed: %s", (name) => {
    const file = bundledPath("gpu", name);
    const again = read(writeGpu(file, loadGpuType(name)));
    expect(again).toEqual({ ...loadGpuType(name), name: "gpu" });
  });

  test("is the bundled one byte for byte", () => expect(writeGpu(path, gpu)).toBe(text));

  test.each(bundledNames("gpu"))("reads back as the costs it was given: %s", (name) => {
    const base = loadGpuType(name);
    const kernels = kernelsOf(changed(kernelParameters(base.kernels)), base.kernels);
    const contention = contentionOf(changed(contentionParameters(base.contention)));
    const again = read(writeGpu(bundledPath("gpu", name), { ...base, kernels, contention }));
    expectNear(kernelParameters(again.kernels), kernelParameters(kernels));
    expectNear(contentionParameters(again.contention), contentionParameters(contention));
    const rest = { kernels: again.kernels, contention: again.contention, name: "gpu" };
    expect(again).toEqual({ ...base, ...rest });
    expect(again.kernels.fp8Matrix).toEqual(base.kernels.fp8Matrix);
  });

  test.each([
    ["very short", 1.234e-13],
    ["no", 0],
    ["very long", 12.34],
  ])("keeps %s times", (_, layerFloor) => {
    const written = writeGpu(path, { ...gpu, kernels: { ...gpu.kernels, layerFloor } });
    expect(read(written).kernels.layerFloor).toBeCloseTo(layerFloor, 18);
  });

  test("keeps comments and everything that is not fitted", () => {
    const { kernels } = gpu;
    const written = writeGpu(path, { ...gpu, kernels: { ...kernels, layerFloor: 12.5e-6 } });
    expect(written).toBe(text.replace(/layer_floor: .*/, "layer_floor: 12.5 us"));
  });

  test("keeps comments behind the values that change, and blocks as blocks", () => {
    const kv = "kv_bandwidth:\n    # first\n    per_sm: 62.64 GB/s # per SM\n";
    const commented = text
      .replace(/kv_bandwidth: .*/, `${kv}    limit: 2959 GB/s\n    sharpness: 4.812 # sharp`)
      .replace(/attention_compute: .*/, "$& # of attention")
      .replace(/layer_floor: .*/, "$& # of a layer")
      .replace(/kernel_size: .*/, "$& # by tokens");
    const file = join(writeFiles({ "g.yaml": commented }), "g.yaml");
    const base = loadGpuType(file);
    expect(writeGpu(file, base)).toBe(commented);
    const kvBandwidth = { ...base.kernels.kvBandwidth, perSm: 70e9 };
    const attentionCompute = { ...base.kernels.attentionCompute, sharpness: 2 };
    const kernels = { ...base.kernels, kvBandwidth, attentionCompute };
    expect(writeGpu(file, { ...base, kernels })).toBe(
      commented
        .replace("62.64 GB/s", "70 GB/s")
        .replace(/(attention_compute: .*sharpness: )1\.4/, "$12"),
    );
  });

  test("gains the errors of fits that its base does not have", () => {
    const base = loadGpuType("l40s");
    expect(base.replicates).toBeUndefined();
    const { replicates } = gpu;
    const written = writeGpu(bundledPath("gpu", "l40s"), { ...base, replicates });
    expect(read(written).replicates).toEqual(replicates);
  });

  test("may have errors of one fit only, or none", () => {
    const kernels = gpu.replicates!.kernels;
    const one = writeGpu(path, { ...gpu, replicates: { kernels, contention: [] } });
    expect(read(one).replicates).toEqual({ kernels, contention: [] });
    const none = writeGpu(path, { ...gpu, replicates: undefined });
    expect(none).not.toContain("replicates");
    expect(read(none).replicates).toBeUndefined();
  });

  test("whose errors are of another number of costs is refused", () => {
    const wrong = text.replace(/( {4}llama-3\.2-1b: \[ ).*?, /, "$1");
    expect(errorsOf(() => read(wrong))[0]).toMatch(
      /^gpu\.yaml:\d+:\d+ replicates\.kernels\.llama-3\.2-1b/,
    );
  });
});
