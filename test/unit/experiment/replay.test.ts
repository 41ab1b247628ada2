/**
 * A trace replayed on a plan: what waits for what, the document, and errors against a measured run
 * made from a first replay, so that every error is known.
 */

import { tableFromIPC } from "apache-arrow";
import { describe, expect, test } from "vitest";
import type { Deployment } from "../../../src/deployment/plan.ts";
import { type ReplayRequest, replay } from "../../../src/experiment/replay.ts";
import { type CallFields, traceOf } from "../config/traces.ts";
import { testCluster, testEngine } from "../fixtures.ts";
import { layered } from "../planner/problems.ts";

const cluster = testCluster(1, 1);

/** Both LLMs on halves of one GPU. */
const deployment: Deployment = {
  cluster,
  llms: ["a", "b"].map((name) => ({
    name,
    model: layered("small", 0.25),
    engine: testEngine,
    instances: [{ gpus: cluster.gpus, share: 0.5 }],
  })),
};

/** Sessions of a call, a tool of a second, and two calls at once; one arrives every 300 ms. */
const sessions = Array.from({ length: 8 }, (_, session): CallFields[] => {
  const id = (call: string) => `${session}/${call}`;
  const wait = { session_id: session, wait_for: [id("x")], tool_wait_ms: 1000 };
  return [
    { id: id("x"), session_id: session, timestamp: 300 * session, input_length: 300 + session },
    { ...wait, id: id("y"), input_length: 500, output_length: 20 },
    { ...wait, id: id("z"), input_length: 100, output_length: 5, model: "b" },
  ];
}).flat();

const replayOf = (calls: readonly CallFields[], options: Partial<ReplayRequest> = {}) =>
  replay(
    {
      trace: traceOf(...calls),
      deployment,
      seed: 1,
      warmup: { fraction: 0 },
      sampleInterval: 1,
      isStepwise: false,
      ...options,
    },
    () => {},
  );

/** Simulated calls of `sessions` by execution and LLM and prompt, in milliseconds. */
async function simulatedCalls(report: ReturnType<typeof replay>) {
  const table = tableFromIPC(await report.evaluation.tables.calls.toArrow());
  return table.toArray().map((row) => ({
    execution: Number(row.execution),
    promptTokens: Number(row.prompt_tokens),
    submit: 1000 * row.submit_seconds,
    firstToken: 1000 * row.first_token_seconds,
    end: 1000 * row.end_seconds,
  }));
}

describe("a replay", () => {
  const report = replayOf(sessions);
  const { summary } = report;

  test("has the document of a run, without predictions", () => {
    expect(summary).toMatchObject({
      schema_version: 1,
      workload: "t",
      cluster: "test-cluster",
      planner: "user",
      seed: 1,
      plan: { feasible: true, reason: null, gpus_total: 1, gpus_used: 1 },
      predictor: null,
      predictions: {},
      predicted: null,
      observed: null,
      error: null,
      results: null,
    });
    expect(Object.keys(summary.plan.llms)).toEqual(["a", "b"]);
    expect(summary.rate_per_second).toBeCloseTo(1 / 0.3, 9);
    expect(report.warnings).toEqual([]);
  });

  test("completes every call after what it waited for", async () => {
    expect(summary.simulated.executions).toEqual({
      arrived: 8,
      completed: 8,
      failed: 0,
      unfinished: 0,
    });
    expect([summary.simulated.llms.a!.calls, summary.simulated.llms.b!.calls]).toEqual([16, 8]);
    const calls = await simulatedCalls(report);
    for (let execution = 0; execution < 8; execution++) {
      const [first, ...others] = calls
        .filter((call) => call.execution === execution)
        .sort((x, y) => x.submit - y.submit);
      expect(first!.submit).toBeCloseTo(300 * execution, 6);
      for (const { submit } of others) expect(submit).toBeCloseTo(first!.end + 1000, 6);
    }
  });

  test("is the same stepwise, and whatever the seed", () => {
    for (const options of [{ isStepwise: true }, { seed: 2 }]) {
      const { simulated } = replayOf(sessions, options).summary;
      expect({ ...simulated, events: 0 }).toEqual({ ...summary.simulated, events: 0 });
    }
  });

  test("leaves out the warm-up", () => {
    const { simulated } = replayOf(sessions, { warmup: { fraction: 0.25 } }).summary;
    expect(simulated.executions.arrived).toBe(6);
    expect(simulated.warmup_seconds).toBeCloseTo(0.6, 9);
    expect(simulated.calls).toBe(24);
  });

  test("of one session runs to its end, however long after its arrival", () => {
    const late = [{ id: 1 }, { id: 2, wait_for: [1], delay: 3_000_000 }];
    const { simulated, rate_per_second } = replayOf(late).summary;
    expect(simulated.executions).toMatchObject({ completed: 1, unfinished: 0 });
    expect(simulated.latency_seconds.mean).toBeGreaterThan(3000);
    expect([rate_per_second, simulated.throughput_per_second]).toEqual([null, null]);
  });

  test("refuses a plan that cannot run", () => {
    const llms = [{ ...deployment.llms[0]!, instances: [{ gpus: cluster.gpus, share: 2 }] }];
    expect(() => replayOf([{ id: 1 }], { deployment: { cluster, llms } })).toThrow(/cannot run/);
  });
});

describe("beside a measured run", () => {
  /**
   * The sessions as if measured: calls took 0.8 of their simulated duration and 0.5 of their
   * TTFT, and the last of each session ended at `part` of the simulated latency.
   */
  async function measured(part: number): Promise<CallFields[]> {
    const simulated = await simulatedCalls(replayOf(sessions));
    const latencyOf = (execution: number) => {
      const ends = simulated.filter((call) => call.execution === execution).map(({ end }) => end);
      return Math.max(...ends) - 300 * execution;
    };
    return sessions.map((fields) => {
      const execution = Number(fields.session_id);
      const own = simulated.find(
        (call) => call.execution === execution && call.promptTokens === fields.input_length,
      )!;
      const end = 300 * execution + part * latencyOf(execution);
      const submit = end - 0.8 * (own.end - own.submit);
      const firstToken = submit + 0.5 * (own.firstToken - own.submit);
      const times = { submit_ms: submit, first_token_ms: firstToken, end_ms: end };
      return { ...fields, observed: times };
    });
  }

  test("errors are (simulated − observed) / observed", async () => {
    const { error, observed, simulated } = replayOf(await measured(0.625)).summary;
    expect(Object.keys(error!)).toEqual([
      ..."latency_mean latency_p50 latency_p95 ttft_mean".split(" "),
      ..."execution_mape call_mape ttft_mape".split(" "),
    ]);
    for (const key of ["latency_mean", "latency_p50", "latency_p95", "execution_mape"] as const) {
      expect(error![key], key).toBeCloseTo(0.6, 6);
    }
    expect(error!.call_mape).toBeCloseTo(0.25, 6);
    expect(error!.ttft_mape).toBeCloseTo(1, 6);
    expect(error!.ttft_mean).toBeCloseTo(1, 6);
    const { latency_seconds } = observed!;
    expect(Object.keys(latency_seconds)).toEqual(Object.keys(simulated.latency_seconds));
    expect(latency_seconds.max).toBeCloseTo(0.625 * simulated.latency_seconds.max!, 6);
  });

  test("means are signed, mean sizes are not", async () => {
    const { error } = replayOf(await measured(2)).summary;
    expect(error!.latency_mean).toBeCloseTo(-0.5, 6);
    expect(error!.execution_mape).toBeCloseTo(0.5, 6);
  });

  test("the warm-up is left out on both sides", async () => {
    const calls = await measured(0.625);
    // Far off, but not measured.
    const first = { ...calls[0]!, observed: { submit_ms: 0, first_token_ms: 1, end_ms: 9e6 } };
    const { error } = replayOf([first, ...calls.slice(1)], { warmup: { fraction: 0.2 } }).summary;
    expect(error!.latency_mean).toBeCloseTo(0.6, 6);
    expect(error!.call_mape).toBeCloseTo(0.25, 6);
  });
});
