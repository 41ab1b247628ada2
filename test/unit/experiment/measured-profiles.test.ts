/** What is put in place of what a file of measured profiles leaves out, and what is said of it. */

import { describe, expect, test } from "vitest";
import type { MeasuredSize } from "../../../src/config/load-profiles.ts";
import {
  completeProfiles,
  gapsOf,
  unknownReplicas,
} from "../../../src/experiment/measured-profiles.ts";
import { profileSize } from "../../../src/experiment/profiling.ts";
import { traceWorkflow } from "../../../src/experiment/tracing.ts";
import { scepsyPlanner } from "../../../src/planner/scepsy.ts";
import { testCluster, testEngine, testGpu, testModel } from "../fixtures.ts";
import { problemOf } from "../planner/problems.ts";
import { onWholeGpus } from "../predictor/deployments.ts";
import { always, call, workflowOf } from "../workflow/programs.ts";

const cluster = testCluster(1, 4);
const llm = { name: "llm", model: testModel, engine: testEngine };

/** Calls take a second and a half, at most ten come a second. */
function measuredSize(tp: number, share = 1, changes: Partial<MeasuredSize> = {}): MeasuredSize {
  const loads = [0.01, 0.5, 0.9];
  const points = loads.map((load) => {
    return { callRate: 10 * load, firstToken: 0.5, decode: 1, union: undefined };
  });
  const openLoop = { recorded: loads.map(() => NaN), poisson: loads.map(() => NaN) };
  const size = { gpu: testGpu.name, tp, share, replicas: 1, maxCallRate: 10, points, openLoop };
  return { ...size, kvTokens: undefined, ...changes };
}

const measured = (...sizes: readonly MeasuredSize[]) => {
  return { file: "p.csv", sha256: "", llms: new Map([["llm", sizes]]) };
};

/** A problem of calls of which two run side by side, with the profiles of a file. */
function problemWith(...sizes: readonly MeasuredSize[]) {
  const problem = problemOf([{ name: "llm", use: { calls: 4, parallelism: 2 } }], cluster, 1);
  const { llms, workflows } = problem;
  return {
    ...problem,
    profiles: completeProfiles(measured(...sizes), { llms, cluster, workflows }),
  };
}

describe("measured profiles", () => {
  test("get unions by how far traced calls run side by side", () => {
    const [profile] = problemWith(measuredSize(1)).profiles;
    expect(profile!.sizes[0]!.points.map(({ union }) => union)).toEqual([0.75, 0.75, 0.75]);
  });

  test("get the KV cache that a simulated profile has", () => {
    const workflow = workflowOf([call({ prompt: always(100), output: always(20) })]);
    const setup = { workflow, seed: 1, llms: [llm], cluster };
    const outcome = traceWorkflow(setup);
    if ("infeasible" in outcome) throw new Error(outcome.infeasible);
    const size = { gpu: testGpu.name, tp: 2, share: 0.5, replicas: 1 };
    const simulated = profileSize({ ...setup, traces: outcome.traces }, 0, size);
    const [profile] = problemWith(measuredSize(2, 0.5)).profiles;
    expect(profile!.sizes[0]!.kvTokens).toBe(simulated.kvTokens);
  });

  test("keep what they have", () => {
    const points = measuredSize(1).points.map((point) => ({ ...point, union: 1.25 }));
    const [profile] = problemWith(measuredSize(1, 1, { kvTokens: 1000, points })).profiles;
    expect(profile!.sizes[0]).toMatchObject({ kvTokens: 1000, points: [{ union: 1.25 }, {}, {}] });
  });
});

describe("sizes without rows", () => {
  test.each([
    ["whole GPUs", [measuredSize(2)]],
    ["parts of GPUs", [measuredSize(1, 0.25), measuredSize(1, 0.5)]],
  ])("are not planned: %s", (_, sizes) => {
    const outcome = scepsyPlanner.plan(problemWith(...sizes));
    if (!outcome.isFeasible) throw new Error(outcome.reason);
    expect(unknownReplicas(measured(...sizes), outcome.deployment)).toBeUndefined();
    const [planned] = outcome.deployment.llms[0]!.instances;
    expect(planned!.gpus).toHaveLength(sizes[0]!.tp);
  });

  test("are told, and what follows from columns that are missing", () => {
    expect(gapsOf(measured(measuredSize(1), measuredSize(1, 0.75)), [llm], cluster)).toEqual([
      "p.csv has no rows of llm " +
        "at TP 1 on 12.5 %, 25.0 %, 37.5 %, 50.0 %, 62.5 % of test-h100, " +
        "nor at TP 2 on test-h100, nor at TP 4 on test-h100: plans are made without such replicas",
      "p.csv does not say what replicas ask of their GPUs: " +
        "predictions leave out interference and waves",
    ]);
  });

  test("are found in plans", () => {
    expect(unknownReplicas(measured(measuredSize(1)), onWholeGpus([1]))).toBe(
      "p.csv has no rows of llm0 at TP 1 on 100.0 % of test-h100",
    );
  });
});
