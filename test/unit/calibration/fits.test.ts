/** Fits find again what measurements were made up from. */

import { describe, expect, test } from "vitest";
import { fitContention, predictedSlowdown } from "../../../src/calibration/contention-fit.ts";
import { fitKernels, predictedWork } from "../../../src/calibration/kernel-fit.ts";
import { fitRatios } from "../../../src/calibration/least-squares.ts";
import {
  contentionReplicates,
  kernelReplicates,
  standardErrors,
} from "../../../src/calibration/replicates.ts";
import { kernelParameters, replicated } from "../../../src/hardware/fitted-costs.ts";
import type { GpuType, KernelCosts } from "../../../src/hardware/gpu.ts";
import type { Demand, TenantLoad } from "../../../src/hardware/interference.ts";
import { smsOfShare } from "../../../src/hardware/share-rate.ts";
import { workSeconds } from "../../../src/llm/kernel-work.ts";
import type { SoloMeasurement } from "../../../src/llm/solo-measurement.ts";
import { testGpu, testModel } from "../fixtures.ts";

test("least squares in ratio find the factor and the power of a law", () => {
  const xs = [1, 2, 4, 8, 16, 32];
  const fitted = fitRatios({
    start: [1, 1],
    measured: xs.map((x) => 3 * x ** 0.7),
    predict:
      ([factor, power]) =>
      (point) =>
        factor! * xs[point]! ** power!,
  });
  expect(fitted).toEqual([3, 0.7]);
});

const small = { ...testModel, name: "small", hidden: 2048, ffn: 8192, layers: 16, headDim: 64 };

const points: SoloMeasurement[] = [testModel, small].flatMap((model) =>
  [16, 50, 132].flatMap((sms) => [
    ...[1, 8, 64, 256].flatMap((batch) =>
      [128, 2048, 8192].map((context) => point({ model, sms, kind: "decode", batch, context })),
    ),
    ...[64, 512, 2048, 8192].map((queryTokens) =>
      point({ model, sms, kind: "prefill", queryTokens }),
    ),
    point({ model, sms, kind: "prefill", queryTokens: 512, context: 4096 }),
  ]),
);

function point(given: Partial<SoloMeasurement>): SoloMeasurement {
  const shape = { model: testModel, tp: 1, sms: 132, kind: "decode", batch: 1 } as const;
  const rest = { queryTokens: 1, context: 0, layerTime: 0, headTime: 0 };
  const bare = { ...shape, ...rest, ...given };
  // All of the time as the head's: the layers then add nothing.
  return { ...bare, headTime: workSeconds(predictedWork(testGpu.kernels, bare)) };
}

const predictions = (kernels: KernelCosts) =>
  points.map((measured) => workSeconds(predictedWork(kernels, measured)) / measured.headTime);

describe("kernel costs", () => {
  const kernels = fitKernels(testGpu, points);

  test("predict what they were fitted to", () => {
    for (const ratio of predictions(kernels)) expect(Math.abs(ratio - 1)).toBeLessThan(0.005);
  });

  test("do not depend on the costs that the GPU had before", () => {
    const other: GpuType = { ...testGpu, kernels: { ...kernels, layerFloor: 1 } };
    expect(fitKernels(other, points)).toEqual(kernels);
  });

  test("move little when a model is left out, where the model is right", () => {
    const replicates = kernelReplicates({ ...testGpu, kernels }, points);
    expect(replicates.map(({ leftOut }) => leftOut)).toEqual([testModel.name, "small"]);
    const { matrix } = kernels;
    const [perSm] = replicated(kernelParameters(kernels), replicates[0]!);
    expect(perSm! / matrix.compute.perSm).toBeCloseTo(1, 1);
    expect(standardErrors(replicates)[0]).toBeLessThan(0.05);
  });
});

describe("contention costs", () => {
  const demands: Demand[] = [
    {
      memory: 0.8,
      compute: 0.02,
      bandwidth: 0.78,
      tokens: 1,
      layerTime: 2e-4,
      iterationTime: 1e-3,
    },
    {
      memory: 0.6,
      compute: 0.3,
      bandwidth: 0.6,
      tokens: 128,
      layerTime: 6e-4,
      iterationTime: 2e-3,
    },
    {
      memory: 0.03,
      compute: 0.95,
      bandwidth: 0.1,
      tokens: 512,
      layerTime: 6e-4,
      iterationTime: 2e-3,
    },
    {
      memory: 0.03,
      compute: 0.96,
      bandwidth: 0.1,
      tokens: 2048,
      layerTime: 2e-3,
      iterationTime: 9e-3,
    },
  ];
  const load = (demand: Demand, share: number): TenantLoad => {
    return { demand, share, sms: smsOfShare(testGpu.sms, share), duty: 1 };
  };
  const measured = [
    [0.5, 0.5],
    [0.25, 0.75],
    [1, 1],
  ].flatMap(([mine, theirs]) =>
    demands.flatMap((a) =>
      demands.map((b) => {
        const loads = [load(a, mine!), load(b, theirs!)];
        const bare = { mode: "mps", loads, tenant: 0, shares: `${mine}/${theirs}` } as const;
        return { ...bare, slowdown: predictedSlowdown(testGpu, { ...bare, slowdown: 1 }) };
      }),
    ),
  );
  // Parameters that the fit does not touch are those that the measurements were made with.
  const fitted = { ...testGpu, contention: fitContention(testGpu, measured) };

  test("predict what they were fitted to", () => {
    for (const row of measured) {
      expect(Math.abs(predictedSlowdown(fitted, row) / row.slowdown - 1)).toBeLessThan(0.01);
    }
  });

  test("keep what nothing was measured of", () => {
    const { timeSlice, contextSwitch, latencyStretch } = testGpu.contention;
    expect(fitted.contention).toMatchObject({ timeSlice, contextSwitch, latencyStretch });
  });

  test("have a replicate for each group of shares", () => {
    const replicates = contentionReplicates(fitted, measured);
    expect(replicates.map(({ leftOut }) => leftOut)).toEqual(["0.5/0.5", "0.25/0.75", "1/1"]);
  });

  test("of processes that take turns are found on their grid", () => {
    const rows = demands.flatMap((a) =>
      demands.map((b) => {
        const loads = [load(a, 1), load(b, 1)];
        const bare = { mode: "time-slicing", loads, tenant: 0, slowdown: 1 } as const;
        return { ...bare, slowdown: predictedSlowdown(testGpu, bare) };
      }),
    );
    const { timeSlice, contextSwitch } = fitContention(testGpu, rows);
    expect(timeSlice).toBeCloseTo(testGpu.contention.timeSlice, 4);
    expect(contextSwitch).toBe(testGpu.contention.contextSwitch);
  });
});
