/** alp+ on literal problems: what each correction changes, and where it saturates. */

import { describe, expect, test } from "vitest";
import type { Deployment } from "../../../src/deployment/plan.ts";
import { predictDeployment, sustainedLatencies } from "../../../src/predictor/alp-plus.ts";
import { ALL_CORRECTIONS } from "../../../src/predictor/corrections.ts";
import { atFactor, tracedWorkflow } from "../../../src/predictor/prediction.ts";
import { testCluster, testEngine, testModel } from "../fixtures.ts";
import { onWholeGpus } from "./deployments.ts";
import { flatProfile, scalingProfile } from "./profiles.ts";
import { recorded, traceOf } from "./traces.ts";

/** Two LLMs side by side for 2 s and 3 s, a tool of 1 s, and the first again for 2 s. */
const trace = traceOf([recorded(0, 2), recorded(0, 3, { llm: 1 }), recorded(4, 6)], [[3, 4]]);
const traces = [trace, trace];
const problem = (rate = 0.1) => ({
  profiles: [flatProfile(2, 12), flatProfile(3, 4)],
  workflows: [{ name: "test", rate, ...tracedWorkflow(traces, 2) }],
});
const apart = onWholeGpus([1, 1]);

describe("predictDeployment", () => {
  test("credits overlap, and keeps tools", () => {
    const [prediction] = predictDeployment(problem(), apart);
    expect(prediction!.latencyMean).toBeCloseTo(6, 9);
    expect(prediction!.toolSeconds).toBe(1);
    expect(prediction!.latencyQuantiles!.get(0.95)).toBeCloseTo(6, 9);
  });

  test.each([
    ["overlap", 8],
    ["tools", 5],
  ] as const)("without %s predicts %d s", (correction, seconds) => {
    const corrections = { ...ALL_CORRECTIONS, [correction]: false };
    expect(predictDeployment(problem(), apart, corrections)[0]!.latencyMean).toBeCloseTo(
      seconds,
      9,
    );
  });

  test("saturates with the first LLM: 12/2 or 4/1 executions a second", () => {
    const [prediction] = predictDeployment(problem(), apart);
    expect(prediction!.throughputMax).toBeCloseTo(4, 1);
    expect(predictDeployment(problem(4.1), apart)[0]!.latencyMean).toBe(Infinity);
    expect(sustainedLatencies(problem(3.7), apart, 1.1)).toBeUndefined();
    expect(sustainedLatencies(problem(3.5), apart, 1.1)).toHaveLength(1);
  });
});

describe("tenants of a GPU", () => {
  const cluster = testCluster(1, 2);
  const llm = (name: string, gpu: number) => ({
    name,
    model: testModel,
    engine: testEngine,
    instances: [{ gpus: [cluster.gpus[gpu]!], share: 0.5 }],
  });
  const together: Deployment = { cluster, llms: [llm("a", 0), llm("b", 0)] };
  const separate: Deployment = { cluster, llms: [llm("a", 0), llm("b", 1)] };
  const shared = { ...problem(), profiles: [scalingProfile(12, 2), scalingProfile(4, 3)] };
  const latency = (deployment: Deployment, factor: number) =>
    predictDeployment(atFactor(shared, factor), deployment)[0]!.latencyMean;

  test("slow one another down, the more the busier they are", () => {
    const slowdowns = [1, 5, 10].map((factor) => {
      return latency(together, factor) / latency(separate, factor);
    });
    expect(slowdowns[0]).toBeGreaterThan(1);
    expect(slowdowns).toEqual([...slowdowns].sort((a, b) => a - b));
  });

  test("sustain less together", () => {
    const peak = (deployment: Deployment) =>
      predictDeployment(shared, deployment)[0]!.throughputMax;
    expect(peak(together)).toBeLessThan(0.95 * peak(separate));
  });

  test("do not feel one another without interference", () => {
    const corrections = { ...ALL_CORRECTIONS, interference: false };
    const without = predictDeployment(shared, together, corrections)[0]!.latencyMean;
    expect(without).toBeCloseTo(latency(separate, 1), 9);
  });
});
