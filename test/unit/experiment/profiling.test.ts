/**
 * Profiles of LLMs from recorded calls: the peak of a prefill-only LLM from its iteration time,
 * and the shape of the curves.
 */

import { describe, expect, test } from "vitest";
import { profiledSizes, profileSize } from "../../../src/experiment/profiling.ts";
import { createIterationTime } from "../../../src/llm/iteration-time.ts";
import type { SizeProfile } from "../../../src/llm/profile-table.ts";
import type { PlannedLlm } from "../../../src/planner/planner.ts";
import type { ExecutionTrace } from "../../../src/workflow/trace.ts";
import { testCluster, testEngine, testGpu, testModel } from "../fixtures.ts";
import { layered } from "../planner/problems.ts";
import { recorded, traceOf } from "../predictor/traces.ts";

const cluster = testCluster(1, 2);

function setupOf(traces: readonly ExecutionTrace[], model = testModel) {
  const llms: PlannedLlm[] = [{ name: "llm", model, engine: testEngine }];
  return { traces, llms, cluster, seed: 1 };
}

const size = (tp: number, share = 1) => ({ gpu: testGpu.name, tp, share });

/** One replica on whole GPUs, unless told otherwise. */
function profileOf(traces: readonly ExecutionTrace[], tp = 1, share = 1): SizeProfile {
  return profileSize(setupOf(traces), 0, { ...size(tp, share), replicas: 1 });
}

/** Thirty executions of one call each. */
const calls = (promptTokens: number, outputTokens: number) =>
  Array.from({ length: 30 }, () => traceOf([recorded(0, 1, { promptTokens, outputTokens })]));

describe("the sizes to profile", () => {
  const degrees = (traces: readonly ExecutionTrace[], model = testModel) => [
    ...new Set(profiledSizes(setupOf(traces, model), 0).map(({ tp }) => tp)),
  ];

  test("have the TP degrees of the cluster that hold the LLM", () => {
    expect(degrees(calls(64, 4))).toEqual([1, 2]);
    expect(degrees(calls(64, 4), layered("large", 6))).toEqual([2]);
    expect(degrees(calls(64, 4), layered("huge", 30))).toEqual([]);
  });

  test("fit the cluster, parts of GPUs with one replica", () => {
    for (const { tp, share, replicas } of profiledSizes(setupOf(calls(64, 4)), 0)) {
      expect(tp * replicas).toBeLessThanOrEqual(2);
      if (share < 1) expect(replicas).toBe(1);
    }
  });

  test("are none for an LLM without calls", () => {
    expect(profiledSizes(setupOf([traceOf([recorded(0, 1, { llm: 1 })])]), 0)).toEqual([]);
  });
});

describe("the profile of an LLM", () => {
  const whole = profileOf(calls(1024, 1));
  const latencies = ({ points }: SizeProfile) => points.map((p) => p.firstToken + p.decode);

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
    const { maxCallRate: found } = profileOf(calls(tokens, 1));
    expect(Math.abs(found / expected - 1)).toBeLessThan(0.02);
  });

  test("has latencies and busy time that grow with the load", () => {
    const rates = whole.points.map(({ callRate }) => callRate);
    expect(rates).toEqual([...rates].sort((a, b) => a - b));
    const found = latencies(whole);
    for (let point = 1; point < found.length; point++) {
      expect(found[point]).toBeGreaterThan(0.97 * found[point - 1]!);
    }
    expect(found.at(-1)).toBeGreaterThan(1.3 * found[0]!);
    const busy = whole.points.map(({ use }) => use!.prefill.busy);
    expect(busy).toEqual([...busy].sort((a, b) => a - b));
    expect(busy.at(-1)).toBeGreaterThan(0.9);
  });

  test("starts at the latency of a call alone", () => {
    const alone = latencies(whole)[0]!;
    const traced = latencies(profileOf(calls(1024, 1).slice(0, 1)))[0]!;
    expect(Math.abs(alone / traced - 1)).toBeLessThan(0.05);
  });

  test("is faster with more GPUs and slower with a share", () => {
    const sizes = [profileOf(calls(1024, 1), 1, 0.25), profileOf(calls(1024, 1), 1, 0.5), whole];
    const rates = [...sizes, profileOf(calls(1024, 1), 2)].map(({ maxCallRate }) => maxCallRate);
    expect(rates).toEqual([...rates].sort((a, b) => a - b));
    const first = sizes.map((found) => latencies(found)[0]!);
    expect(first).toEqual([...first].sort((a, b) => b - a));
  });

  test("lowers the rate where contexts crowd one another out of memory", () => {
    // Conversations of 40 turns with long gaps: 30 GB of KV cache hold few of them.
    const turns = Array.from({ length: 40 }, (_, turn) => {
      const tokens = { promptTokens: 2000 + 200 * turn, outputTokens: 20 };
      const retained = { conversation: 7, retainTokens: 2020 + 200 * turn };
      return recorded(11 * turn, 11 * turn + 1, { ...tokens, ...retained });
    });
    const roomy = profileOf(Array.from({ length: 5 }, () => traceOf(turns)));
    const tight = profileSize(setupOf([traceOf(turns)], layered("large", 4)), 0, {
      ...size(1),
      replicas: 1,
    });
    expect(tight.kvTokens).toBeLessThan(roomy.kvTokens / 5);
    expect(tight.maxCallRate).toBeLessThan(roomy.maxCallRate / 4);
    expect(latencies(tight).at(-1)).toBeLessThan(20 * latencies(tight)[0]!);
  });

  test("does not saturate where executions call in bursts and all are in a gap at times", () => {
    const burst = (time: number) =>
      Array.from({ length: 20 }, () => recorded(time, time + 0.1, { outputTokens: 1 }));
    const bursts = [[0], [0], [0], [0, 3], [0], [0], [0], [0, 4]];
    const setup = setupOf(bursts.map((times) => traceOf(times.flatMap(burst))));
    const { maxCallRate } = profileOf(calls(100, 1));
    for (const replicas of [1, 16]) {
      const wide = { ...setup, cluster: testCluster(16, 1) };
      const found = profileSize(wide, 0, { ...size(1), replicas }).maxCallRate / replicas;
      // Batches are not always full at the end of a burst.
      expect(Math.abs(found / maxCallRate - 1)).toBeLessThan(0.08);
    }
  });

  test("is known at every rate, however many calls an execution has", () => {
    const long = Array.from({ length: 250 }, (_, call) =>
      recorded(call / 10, call / 10 + 0.01, { promptTokens: 64, outputTokens: 2 }),
    );
    const setup = setupOf([traceOf(long)]);
    for (let seed = 1; seed <= 2; seed++) {
      const { points } = profileSize({ ...setup, seed }, 0, { ...size(1), replicas: 1 });
      for (const { callRate, firstToken, decode, union } of points) {
        expect(callRate).toBeGreaterThan(0);
        for (const time of [firstToken, decode, union]) expect(time).toBeGreaterThan(0);
      }
    }
  });

  test("is the same every time", () => {
    expect(profileOf(calls(300, 20))).toEqual(profileOf(calls(300, 20)));
  });
});
