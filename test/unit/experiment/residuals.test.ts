import { expect, test } from "vitest";
import { residualsOf } from "../../../src/experiment/validation/residuals.ts";
import { predictPipeline } from "../../../src/predictor/aggregate-llm-pipeline.ts";
import { problemOf } from "../planner/problems.ts";
import { onWholeGpus } from "../predictor/deployments.ts";
import { flatProfile } from "../predictor/profiles.ts";

test("residuals lead from the prediction to the simulation exactly", () => {
  const deployment = onWholeGpus([1, 1]);
  const llms = [
    { name: "a", use: { calls: 6, parallelism: 2 }, profile: flatProfile(2) },
    { name: "b", profile: flatProfile(5) },
  ];
  const problem = problemOf(llms, deployment.cluster, 1);
  const anatomy = (stretch: number) => ({
    latency: 14 * stretch,
    union: 11 * stretch,
    llms: [
      { calls: 6.1, callLatency: 2.5 * stretch, union: 8 * stretch },
      { calls: 1, callLatency: 5.5 * stretch, union: 5.5 * stretch },
    ],
  });
  const [alp] = predictPipeline(problem, deployment);
  const anatomies = { load: 0.5, disturbed: anatomy(1.2), undisturbed: anatomy(1) };
  const parts = residualsOf(problem.workflows[0]!.statistics, alp!, anatomies)!;
  const { predicted_seconds, alone, interference, drift, overlap, tools } = parts;
  expect(predicted_seconds).toBe(11);
  // (7.5 + 5.5) − 11, and a fifth of 13 more.
  expect(alone).toBeCloseTo(2, 12);
  expect(interference).toBeCloseTo(2.6, 12);
  expect(overlap).toBeLessThan(0);
  const sum = predicted_seconds + alone + interference + drift + overlap + tools;
  expect(sum).toBeCloseTo(parts.simulated_seconds, 12);
});
