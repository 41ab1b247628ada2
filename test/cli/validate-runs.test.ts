/**
 * `sim validate runs`: a made-up measured run as a table and as JSON, and what is missing as one
 * error.
 */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { differences, sim, simDone, temporaryFolder } from "./sim.ts";

const here = temporaryFolder();

const PLAN = `cluster: 1x1xH100
engine: torch-bench
llms:
  llama-3.1-8b: { replicas: [{ gpus: [node0/gpu0], share: 0.7 }] }
  llama-3.2-1b: { replicas: [{ gpus: [node0/gpu0], share: 0.5 }] }
`;

/** Two calls at once, of 80 ms and 300 ms, the second of a prompt in two chunks. */
const TRACE = [
  { model: "llama-3.1-8b", input_length: 400, output_length: 5, end_ms: 80 },
  { model: "llama-3.2-1b", input_length: 3000, output_length: 60, end_ms: 300 },
]
  .map(({ end_ms, ...call }, id) =>
    JSON.stringify({
      session_id: id,
      request_id: id,
      timestamp: 0,
      ...call,
      observed: { submit_ms: 0, first_token_ms: 40, end_ms },
    }),
  )
  .join("\n");

function writeRuns(name: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(join(here, name));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(here, name, file), text);
  return name;
}

const folder = writeRuns("runs", { "r.plan.yaml": PLAN, "r.trace.jsonl": TRACE });
const WARNING = "warning: r: node0/gpu0: shares sum to 1.200\n";

describe("sim validate runs", () => {
  test.concurrent("gives the errors of sim replay, and those without interference", async () => {
    const { stdout, stderr } = await simDone(here, `validate runs ${folder} --json`);
    const replay = await simDone(here, "replay runs/r.trace.jsonl --plan runs/r.plan.yaml --json");
    const { error } = JSON.parse(replay.stdout);
    const { runs, ...figures } = JSON.parse(stdout);
    expect(stderr).toBe(WARNING);
    const run = { name: "r", tenants: 2, shared: true, executions: 2, completed: 2, error };
    expect(runs).toEqual([expect.objectContaining(run)]);
    const without = runs[0].without_interference;
    expect(Object.keys(without)).toEqual(Object.keys(error));
    expect(without.latency_mean).toBeLessThan(error.latency_mean);
    const [low, high] = runs[0].latency_mean_interval_seconds;
    expect(low).toBeLessThan(high);
    // The made-up run is far from any simulation.
    expect(runs[0].interval_holds).toBe(false);
    expect(existsSync(join(here, figures.picture))).toBe(true);
    expect(existsSync(join(here, "results/validate-runs.svg"))).toBe(true);
    expect(figures).toEqual({
      shared_runs: 1,
      intervals_holding: 0,
      picture: "results/validate-runs.png",
      latency_mean_abs_error_mean: Math.abs(error.latency_mean),
      latency_mean_abs_error_max: Math.abs(error.latency_mean),
      execution_mape_mean: error.execution_mape,
      call_mape_mean: error.call_mape,
      without_interference: {
        latency_mean_abs_error_mean: Math.abs(without.latency_mean),
        latency_mean_abs_error_max: Math.abs(without.latency_mean),
        execution_mape_mean: without.execution_mape,
        call_mape_mean: without.call_mape,
      },
    });
  });

  test.concurrent("prints a table", async () => {
    const { stdout, stderr } = await simDone(here, `validate runs ${folder}`);
    expect(stderr).toBe(WARNING);
    expect(stdout).toMatch(/│ r +│ +2 │ +2 of 2 │ +[+-]\d+\.\d % │/);
    expect(stdout).toMatch(/\n1 of 1 runs share GPUs; over these:\n {2}mean latency, .*%, without/);
  });

  test.concurrent("replays launches the same way stepwise", async () => {
    const replay = "replay runs/r.trace.jsonl --plan runs/r.plan.yaml --quiet --out";
    await simDone(here, `${replay} coalesced`);
    await simDone(here, `${replay} stepwise --stepwise`);
    expect(differences(join(here, "coalesced"), join(here, "stepwise"))).toEqual(["manifest.json"]);
  });
});

describe("bad input of validate runs", () => {
  test.concurrent.each([
    ["empty", {}, /^error: empty: no measured run in it\n.*NAME\.trace\.jsonl/],
    ["unplanned", { "r.trace.jsonl": TRACE }, /unplanned: half of a run .* r\.trace\.jsonl\n/],
    [
      "unobserved",
      { "r.plan.yaml": PLAN, "r.trace.jsonl": TRACE.replaceAll("observed", "seen") },
      /unobserved\/r\.trace\.jsonl: not every call has an "observed"\n/,
    ],
    [
      "misplaced",
      { "r.plan.yaml": PLAN, "r.trace.jsonl": TRACE.replace("llama-3.1-8b", "llama-3.1-9b") },
      /misplaced\/r\.trace\.jsonl:1:\d+: .*does not place llama-3\.1-9b/,
    ],
  ])("%s", async (name, files: Record<string, string>, message) => {
    const { code, stdout, stderr } = await sim(here, "validate", "runs", writeRuns(name, files));
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.match(/error:/g)).toHaveLength(1);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test.concurrent("a folder that is not there", async () => {
    const { code, stderr } = await sim(here, "validate", "runs", "nowhere");
    expect([code, stderr]).toEqual([1, "error: nowhere: no such folder\n"]);
  });
});
