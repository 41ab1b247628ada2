/**
 * Profiles of LLMs from recorded calls: the peak of a prefill-only LLM from its iteration time,
 * and the shape of the curves.
 */

import { describe, expect, test } from "vitest";
import { profileLlm } from "../../../src/experiment/profiling.ts";
import { createIterationTime } from "../../../src/llm/iteration-time.ts";
import { callLatency, maxCallRate } from "../../../src/llm/profile-table.ts";
import type { PlannedLlm } from "../../../src/planner/planner.ts";
import type { ExecutionTrace } from "../../../src/workflow/trace.ts";
import { testCluster, testEngine, testModel } from "../fixtures.ts";
import { layered } from "../planner/problems.ts";
import { recorded, traceOf } from "../predictor/traces.ts";

const cluster = testCluster(1, 2);

function profileOf(traces: readonly ExecutionTrace[], model = testModel) {
  const llms: PlannedLlm[] = [{ name: "llm", model, engine: testEngine }];
  return profileLlm({ traces, llms, cluster, seed: 1 }, 0);
}

/** Thirty executions of one call each. */
const calls = (promptTokens: number, outputTokens: number) =>
  Array.from({ length: 30 }, () => traceOf([recorded(0, 1, { promptTokens, outputTokens })]));

describe("the profile of an LLM", () => {
  const profile = profileOf(calls(1024, 1));

  test("covers the TP degrees of the cluster that hold it", () => {
    expect([...profile.byTp.keys()]).toEqual([1, 2]);
    expect([...profileOf(calls(64, 4), layered("large", 6)).byTp.keys()]).toEqual([2]);
    expect([...profileOf(calls(64, 4), layered("huge", 30)).byTp.keys()]).toEqual([]);
  });

  test.each([
    [1024, 8],
    [512, 16],
    [64, 128],
  ])("of prompts of %d tokens alone peaks at batches of %d, back to back", (tokens, batch) => {
    expect(batch * tokens).toBe(testEngine.maxNumBatchedTokens);
    const { type: gpu } = cluster.gpus[0]!;
    const hardware = { gpu, cluster, tp: 1, level: "domain", share: 1 } as const;
    const time = createIterationTime(testModel, testEngine, hardware);
    const chunks = new Array(batch).fill({ tokens, context: 0 });
    const expected = batch / (time.host(batch) + time.mixed(chunks, 0, 0));
    const { maxCallRate: found } = profileOf(calls(tokens, 1)).byTp.get(1)!;
    expect(Math.abs(found / expected - 1)).toBeLessThan(0.02);
  });

  test("has latencies that grow with the load", () => {
    for (const { callRates, latencies } of profile.byTp.values()) {
      expect(callRates).toEqual([...callRates].sort((a, b) => a - b));
      for (let point = 1; point < latencies.length; point++) {
        expect(latencies[point]).toBeGreaterThan(0.97 * latencies[point - 1]!);
      }
      expect(latencies.at(-1)).toBeGreaterThan(1.3 * latencies[0]!);
    }
  });

  test("starts at the latency of a call alone", () => {
    const alone = profile.byTp.get(1)!.latencies[0]!;
    const traced = profileOf(calls(1024, 1).slice(0, 1)).byTp.get(1)!.latencies[0]!;
    expect(Math.abs(alone / traced - 1)).toBeLessThan(0.05);
  });

  test("is faster with more GPUs and slower with a share", () => {
    const sizes = [
      { tp: 1, share: 0.25 },
      { tp: 1, share: 0.5 },
      { tp: 1, share: 1 },
    ];
    const rates = [...sizes, { tp: 2, share: 1 }].map((size) => maxCallRate(profile, size));
    expect(rates).toEqual([...rates].sort((a, b) => a - b));
    const latencies = sizes.map((size) => callLatency(profile, size, 0));
    expect(latencies).toEqual([...latencies].sort((a, b) => b - a));
    const { stretchOfShare } = profile.byTp.get(1)!;
    expect(stretchOfShare.x.at(-1)).toBe(1);
    expect(stretchOfShare.y.at(-1)).toBe(1);
  });

  test("is the same every time, and empty for an LLM without calls", () => {
    const traces = calls(300, 20);
    expect(profileOf(traces)).toEqual(profileOf(traces));
    expect(profileOf([traceOf([recorded(0, 1, { llm: 1 })])]).byTp.size).toBe(0);
  });
});
