import { describe, expect, test } from "vitest";
import { predictedWork } from "../../../src/calibration/kernel-fit.ts";
import { createIterationTime } from "../../../src/llm/iteration-time.ts";
import { KernelWork, workSeconds } from "../../../src/llm/kernel-work.ts";
import { measuredTime, type SoloMeasurement } from "../../../src/llm/solo-measurement.ts";
import { testCluster, testEngine, testGpu, testModel } from "../fixtures.ts";

const engine = { ...testEngine, decodeBatchSizes: [] };
const kernels = new KernelWork(testGpu.kernels, 66, testModel, 1);

function point(given: Partial<SoloMeasurement>): SoloMeasurement {
  const shape = { model: testModel, tp: 1, sms: 66, kind: "decode", batch: 1 } as const;
  return { ...shape, queryTokens: 1, context: 0, layerTime: 2e-4, headTime: 3e-4, ...given };
}

const seconds = (given: Partial<SoloMeasurement>) =>
  workSeconds(predictedWork(testGpu.kernels, point(given)));

/** As a replica at a share of a half of one GPU has it. */
const time = createIterationTime(testModel, engine, {
  gpu: testGpu,
  cluster: testCluster(1, 1),
  tp: 1,
  share: 0.5,
  level: "domain",
});

describe("predictedWork", () => {
  test.each([1, 32, 200])("of %d decodes is what a simulated iteration takes", (batch) => {
    const { fixed, perContextToken } = time.decode(batch, 0);
    const simulated = fixed + perContextToken * batch * 1024;
    expect(seconds({ batch, context: 1024 })).toBeCloseTo(simulated, 12);
  });

  test("of a prompt is what a simulated iteration takes", () => {
    const simulated = time.mixed([{ tokens: 700, context: 0 }], 0, 0);
    expect(seconds({ kind: "prefill", queryTokens: 700 })).toBeCloseTo(simulated, 12);
  });

  test("of a chunk after cached tokens copies them and attends to the corner too", () => {
    const [tokens, context] = [512, 4096];
    const simulated = time.mixed([{ tokens, context }], 0, 0);
    const copied = kernels.copySeconds((context + tokens) * kernels.contextBytes);
    const all = kernels.prefillAttention(tokens, tokens * (context + tokens));
    const causal = kernels.prefillAttention(tokens, tokens * context + tokens ** 2 / 2);
    expect(seconds({ kind: "prefill", queryTokens: tokens, context })).toBeCloseTo(
      simulated + testModel.layers * (copied + all - causal),
      12,
    );
  });

  test("has neither communication nor host time", () => {
    const { latency } = predictedWork(testGpu.kernels, point({ tp: 4 }));
    const { layerFloor, headFloor } = testGpu.kernels;
    expect(latency).toBeCloseTo(testModel.layers * layerFloor + headFloor, 12);
  });
});

test("the time that was measured is of all layers and one head", () => {
  expect(measuredTime(point({}))).toBeCloseTo(32 * 2e-4 + 3e-4, 15);
});
