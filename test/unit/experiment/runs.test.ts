/**
 * Measured runs replayed: a made-up run of two tenants and one of a single tenant, observed as a
 * first replay has them, so that every error is known.
 */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { compareWithRuns } from "../../../src/experiment/validation/runs.ts";
import { writeFiles } from "../config/errors-of.ts";

const PLAN = `cluster: 1x1xH100
engine: torch-bench
llms:
  a: { model: llama-3.2-1b, replicas: [{ gpus: [node0/gpu0], share: 0.5 }] }
`;
const SHARED = `${PLAN}  b:
    model: llama-3.2-3b
    replicas: [{ gpus: [node0/gpu0], share: 0.5 }]
`;

/** Each session calls an LLM once and took this many seconds for it. */
function traceOf(models: readonly string[], seconds = 1): string {
  const lines = models.map((model, session) => {
    const timestamp = 20 * session;
    const end = timestamp + 1000 * seconds;
    const observed = { submit_ms: timestamp, first_token_ms: timestamp + 10, end_ms: end };
    const id = { session_id: session, request_id: session, model, timestamp };
    return `${JSON.stringify({ ...id, input_length: 500, output_length: 60, observed })}\n`;
  });
  return lines.join("");
}

const both = ["a", "b", "b", "a", "b", "a"];

describe("compareWithRuns", () => {
  const folder = writeFiles({
    "two.plan.yaml": SHARED,
    "two.trace.jsonl": traceOf(both),
    "three.plan.yaml": SHARED,
    "three.trace.jsonl": traceOf(both, 0.1),
    "alone.plan.yaml": PLAN,
    "alone.trace.jsonl": traceOf(["a", "a"]),
    "notes.txt": "no part of a run",
  });
  const { comparison, warnings } = compareWithRuns(folder);
  const { runs } = comparison;

  test("lists the runs by name, and which share a GPU", () => {
    const listed = runs.map(({ name, tenants, shared }) => ({ name, tenants, shared }));
    expect(listed).toEqual([
      { name: "alone", tenants: 1, shared: false },
      { name: "three", tenants: 2, shared: true },
      { name: "two", tenants: 2, shared: true },
    ]);
    expect(runs.map(({ executions, completed }) => [executions, completed])).toEqual([
      [2, 2],
      [6, 6],
      [6, 6],
    ]);
    expect([comparison.shared_runs, warnings]).toEqual([2, []]);
  });

  test("is slower with interference, and not where there is one tenant", () => {
    const [alone, , two] = runs;
    expect(alone!.without_interference).toEqual(alone!.error);
    expect(two!.error.latency_mean).toBeGreaterThan(two!.without_interference.latency_mean!);
    expect(two!.error.latency_mean).toBeLessThan(0);
  });

  test("sums up the runs that share a GPU alone", () => {
    const errors = runs.slice(1).map(({ error }) => error);
    const sizes = errors.map(({ latency_mean }) => Math.abs(latency_mean!));
    expect(sizes[0]).not.toBeCloseTo(sizes[1]!, 2);
    expect(comparison.latency_mean_abs_error_mean).toBeCloseTo((sizes[0]! + sizes[1]!) / 2, 12);
    expect(comparison.latency_mean_abs_error_max).toBe(Math.max(...sizes));
    const callMape = (errors[0]!.call_mape! + errors[1]!.call_mape!) / 2;
    expect(comparison.call_mape_mean).toBeCloseTo(callMape, 12);
    expect(comparison.execution_mape_mean).toBeCloseTo(callMape, 12);
    expect(comparison.without_interference).not.toEqual(comparison);
    expect(Object.keys(comparison.without_interference)).toEqual([
      "latency_mean_abs_error_mean",
      "latency_mean_abs_error_max",
      "execution_mape_mean",
      "call_mape_mean",
    ]);
  });

  test("has no figures over no shared run", () => {
    const single = writeFiles({
      "alone.plan.yaml": PLAN,
      "alone.trace.jsonl": traceOf(["a", "a"]),
    });
    expect(compareWithRuns(single).comparison).toMatchObject({
      shared_runs: 0,
      latency_mean_abs_error_mean: null,
      latency_mean_abs_error_max: null,
      execution_mape_mean: null,
      call_mape_mean: null,
    });
  });
});

describe("compareWithRuns refuses", () => {
  test.each([
    ["an empty folder", {}, /no measured run in it$/],
    [
      "a trace without a plan",
      { "x.trace.jsonl": traceOf(["a"]) },
      /missing beside x\.trace\.jsonl$/,
    ],
    ["a plan without a trace", { "x.plan.yaml": PLAN }, /missing beside x\.plan\.yaml$/],
    [
      "a run that was not observed",
      { "x.plan.yaml": PLAN, "x.trace.jsonl": traceOf(["a"]).replace("observed", "other") },
      /x\.trace\.jsonl: not every call has an "observed"$/,
    ],
  ])("%s", (_, files: Record<string, string>, message) => {
    expect(() => compareWithRuns(writeFiles(files))).toThrow(message);
  });

  test("a folder that is not there, and a file", () => {
    const folder = writeFiles({ file: "" });
    expect(() => compareWithRuns(join(folder, "none"))).toThrow(/none: no such folder$/);
    expect(() => compareWithRuns(join(folder, "file"))).toThrow(/file is no folder$/);
  });
});

const MEASURED = ["clusters/measurements/h100/serve", "../shared/data/h100/serve"].map((folder) =>
  resolve(import.meta.dirname, "../../..", folder),
);

describe("the runs measured on an H100", () => {
  const folder = MEASURED.find((candidate) => existsSync(candidate));

  test("complete in the replay, and controls are met to 3 %", ({ skip }) => {
    if (folder === undefined) return skip("clusters/measurements/h100/serve is not there");
    const { comparison } = compareWithRuns(folder);
    expect([comparison.runs.length, comparison.shared_runs]).toEqual([11, 8]);
    for (const { name, shared, error, executions, completed } of comparison.runs) {
      expect(completed, name).toBe(executions);
      if (!shared) expect(Math.abs(error.latency_mean!), name).toBeLessThan(0.03);
    }
  }, 60_000);
});
