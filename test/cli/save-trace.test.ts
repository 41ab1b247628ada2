/** A simulated run written as a trace, and replayed: the same calls at the same instants. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { columnOf, columnsOf, differences, sim, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();

/** Tools that wait for one another, and copies that are cancelled. */
const pooled = join(folder, "pooled.yaml");
writeFileSync(
  pooled,
  `llms: { a: { model: llama-3.1-8b } }
conversations: { side: {} }
tool_pools: { api: { capacity: 3, rate_limit: 6/s } }
steps:
  - { call: a, prompt: 500, output: { lognormal: { median: 80, sigma: 0.5 }, difficulty: 0.8 } }
  - parallel:
      count: 4
      join: 2
      stragglers: cancel
      steps:
        - tool: search
          pool: api
          latency: { gamma: { mean: 0.5 s, cv: 1 } }
          result: { conversation: side, tokens: 300 }
        - { call: a, conversation: side, prompt: 0, output: { geometric: { mean: 40 } } }
        - { run: errand }
subworkflows:
  errand:
    max_depth: 2
    steps:
      - { tool: look, latency: { exponential: { mean: 15 ms } }, timeout: 20 ms, retries: 1 }
      - { call: a, conversation: side, prompt: 30, output: 20 }
      - branch: [{ probability: 0.5, steps: [{ run: errand }] }]
`,
);

/** Every call with its times, in an order that does not tell calls of one instant apart. */
function callsOf(directory: string): string[] {
  const columns = columnsOf(directory, "calls").filter((name) => !OTHERS.includes(name));
  const values = columns.map((column) => columnOf(directory, "calls", column));
  return values[0]!.map((_, row) => values.map((column) => String(column[row])).join(" ")).sort();
}

/**
 * Columns that may differ: numbers of calls in order of their end, and of steps with joins among
 * them; and whether a call was cancelled at the very instant of its answer.
 */
const OTHERS = ["call", "step", "after_step", "status"];

describe.each([
  ["swe-agent", "1x2xH100", 0.03, 60],
  ["rag-reranker", "1x2xH100", 5, 150],
  ["beam-search", "1x2xH100", 0.5, 40],
  [pooled, "1x1xH100", 1.2, 200],
])("a run of %s", async (workload, cluster, rate, executions) => {
  const name = basename(workload, ".yaml");
  const run = join(folder, `${name}-run`);
  const again = join(folder, `${name}-again`);
  const trace = join(folder, `${name}.jsonl`);

  test("replays to the same bytes", async () => {
    const load = `--rate ${rate} --executions ${executions}`;
    const place = `--workload ${workload} --cluster ${cluster}`;
    await simDone(folder, `run ${place} ${load} --out ${run} --save-trace ${trace} --quiet`);
    const plan = join(run, "plan.yaml");
    const replayed = await simDone(
      folder,
      `replay ${trace} --plan ${plan} --warmup 10% --out ${again} --json`,
    );
    const differing = differences(run, again).filter((name) => name.endsWith(".arrow"));
    // A trace has no joins, so its steps have other numbers; nothing is predicted of a replay.
    const numbered = ["calls.arrow", "executions.arrow", "predictions.arrow"];
    expect(differing.filter((name) => !numbered.includes(name))).toEqual([]);
    for (const column of ["execution", "workflow", "arrival_seconds", "end_seconds", "status"]) {
      expect(columnOf(again, "executions", column)).toEqual(columnOf(run, "executions", column));
    }
    expect(callsOf(again)).toEqual(callsOf(run));
    const [statuses, before] = [again, run].map((of) => new Set(columnOf(of, "calls", "status")));
    expect(statuses).toEqual(before);
    const { error } = JSON.parse(replayed.stdout);
    expect(error.call_mape).toBeLessThan(1e-9);
    expect(error.execution_mape).toBeLessThan(1e-9);
  });
});

test("a trace is whole or not there", async () => {
  const trace = join(folder, "none.jsonl");
  const nowhere = "run --workload swe-agent --cluster 1x2xH100 --executions 2 --quiet";
  const path = join(folder, "missing", "trace.jsonl");
  const refused = await sim(folder, ...nowhere.split(" "), "--save-trace", path);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("cannot be written");
  expect(existsSync(trace)).toBe(false);
});

describe("a trace with tools", () => {
  const trace = join(folder, "tools.jsonl");
  const plan = join(folder, "plan.yaml");
  writeFileSync(
    plan,
    [
      "cluster: 1x1xH100",
      "llms: { llama-3.1-8b: { replicas: [{ gpus: [node0/gpu0], share: 1 }] } }",
      "",
    ].join("\n"),
  );
  const call = { session_id: "1", model: "llama-3.1-8b", input_length: 100, output_length: 5 };
  const lines = [
    { session_id: "1", request_id: "a", tool: "search", duration_ms: 250, timestamp: 1000 },
    { ...call, request_id: "b", wait_for: ["a"] },
    { session_id: "1", request_id: "c", tool: "store", duration_ms: 500, wait_for: ["b"] },
  ];
  const replay = (rows: readonly object[]) => {
    writeFileSync(trace, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    return sim(folder, "replay", trace, "--plan", plan, "--json", "--out", join(folder, "tools"));
  };

  test("waits for them, at the start and at the end", async () => {
    const ended = await replay(lines);
    const { latency_seconds: latency, calls } = JSON.parse(ended.stdout).simulated;
    expect(calls).toBe(1);
    expect(latency.mean).toBeGreaterThan(0.75);
    expect(latency.mean).toBeLessThan(1);
    const [arrival] = columnOf(join(folder, "tools"), "executions", "arrival_seconds");
    expect(arrival).toBe(1);
  });

  test.each([
    [{ ...lines[0], duration_ms: -1 }, "duration_ms: -1 is not valid"],
    [{ ...lines[0], tool: 5 }, "tool: 5 is not valid"],
    [{ ...call, request_id: "x", timestamp: 0, context: { conversation: 0.5 } }, "context: "],
  ])("is refused with the place of what is wrong: %j", async (row, message) => {
    const { code, stderr } = await replay([row]);
    expect(code).toBe(1);
    expect(stderr).toContain("tools.jsonl:1:");
    expect(stderr).toContain(message);
    expect(readFileSync(trace, "utf8")).toContain("session_id");
  });
});
