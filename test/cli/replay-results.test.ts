/**
 * What `sim replay` leaves and prints: every key of the document, the results directory, the table,
 * and the measured runs where their data are there.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  ARROW_FILES,
  columnOf,
  differences,
  type Ended,
  filesOf,
  sim,
  simDone,
  temporaryFolder,
} from "./sim.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

const PLAN = [
  "cluster: 1x1xH100",
  "llms:",
  "  llama-3.1-8b:",
  "    replicas:",
  "      - { gpus: [node0/gpu0], share: 0.6 }",
  "  small:",
  "    model: llama-3.2-1b",
  "    replicas:",
  "      - { gpus: [node0/gpu0], share: 0.4 }",
  "",
].join("\n");

/** Sessions of a call and, a tool later, a second one, every 200 ms. */
const rows = Array.from({ length: 40 }, (_, session) => {
  const arrival = 1000 + 200 * session;
  const observed = (submit: number) => ({
    observed: { submit_ms: submit, first_token_ms: submit + 40, end_ms: submit + 500 },
  });
  const call = { session_id: `${session}`, input_length: 400, output_length: 50 };
  return [
    {
      ...call,
      request_id: `${session}/0`,
      workflow: session % 2 === 0 ? "even" : "odd",
      role: "draft",
      model: "llama-3.1-8b",
      timestamp: arrival,
      ...observed(arrival),
    },
    {
      ...call,
      request_id: `${session}/1`,
      role: "check",
      model: "small",
      wait_for: [`${session}/0`],
      tool_wait_ms: 100,
      ...observed(arrival + 600),
    },
  ];
}).flat();

const linesOf = (calls: readonly object[]) =>
  calls.map((call) => `${JSON.stringify(call)}\n`).join("");

writeFileSync(at("plan.yaml"), PLAN);
writeFileSync(at("observed.jsonl"), linesOf(rows));
writeFileSync(at("bare.jsonl"), linesOf(rows.map(({ observed: _, ...row }) => row)));
writeFileSync(at("hashed.jsonl"), linesOf(rows.map((row) => ({ ...row, hash_ids: [1] }))));

const REPLAY = "--plan plan.yaml --json";

let printed: Ended;

beforeAll(async () => {
  printed = await simDone(folder, `replay observed.jsonl ${REPLAY} --out first`);
});

describe("replay --json", () => {
  test("prints the document of a run with errors instead of predictions", () => {
    const { stdout, stderr } = printed;
    expect(stderr).toBe("");
    const document = JSON.parse(stdout);
    expect(Object.keys(document)).toEqual([
      ..."schema_version workload cluster planner seed rate_per_second".split(" "),
      ..."closed_loop plan".split(" "),
      ..."predictor predictions predicted simulated observed error results".split(" "),
      "wall_seconds",
    ]);
    expect(document).toMatchObject({
      schema_version: 1,
      workload: "observed",
      cluster: "1x1xH100",
      planner: "user",
      rate_per_second: expect.closeTo(5, 9),
      predictor: null,
      predictions: {},
      predicted: null,
      simulated: { calls: 80, executions: { arrived: 40, completed: 40 } },
      results: "first",
    });
    expect(Object.keys(document.plan.llms)).toEqual(["llama-3.1-8b", "small"]);
    const { latency_seconds: observed } = document.observed;
    for (const key of ["mean", "p50", "p95", "max"]) expect(observed[key]).toBeCloseTo(1.1, 9);
    const { latency_seconds: simulated } = document.simulated;
    expect(Object.keys(observed)).toEqual(Object.keys(simulated));
    expect(document.error.latency_mean).toBeCloseTo((simulated.mean - 1.1) / 1.1, 9);
    expect(document.error.latency_p95).toBeCloseTo((simulated.p95 - 1.1) / 1.1, 9);
    for (const key of ["ttft_mean", "execution_mape", "call_mape", "ttft_mape"]) {
      expect(document.error[key]).toEqual(expect.any(Number));
    }
  });

  test("has nulls without a measured run", async () => {
    const { stdout } = await simDone(folder, `replay bare.jsonl ${REPLAY} --out bare`);
    expect(JSON.parse(stdout)).toMatchObject({ observed: null, error: null });
  });

  test("warns on stderr alone", async () => {
    const { stdout, stderr } = await simDone(folder, `replay hashed.jsonl ${REPLAY} --out hashed`);
    expect(stderr).toMatch(/^warning: 80 of 80 calls have hash_ids.*\n$/);
    expect(JSON.parse(stdout).workload).toBe("hashed");
    const quiet = await simDone(folder, `replay hashed.jsonl ${REPLAY} --out hashed --quiet`);
    expect(quiet.stderr).toBe("");
  });
});

describe("the results directory", () => {
  test("has the files of a run but for predictions", () => {
    const tables = ARROW_FILES.filter((name) => name !== "predictions.arrow");
    const documents = ["cluster", "manifest", "replicas", "summary"].map((name) => `${name}.json`);
    const names = [...tables, ...documents, "plan.yaml"];
    expect([...filesOf(at("first")).keys()]).toEqual(names.sort());
  });

  test("is the same bytes again", async () => {
    await simDone(folder, `replay observed.jsonl ${REPLAY} --out again`);
    expect(differences(at("first"), at("again"))).toEqual(["manifest.json"]);
  });

  test("has the trace's workflows, roles and arrivals, and names it as an input", () => {
    expect(columnOf(at("first"), "executions", "workflow").slice(0, 2).sort()).toEqual([
      "even",
      "odd",
    ]);
    expect(new Set(columnOf(at("first"), "calls", "role"))).toEqual(new Set(["draft", "check"]));
    const arrivals = columnOf(at("first"), "executions", "arrival_seconds") as number[];
    expect(arrivals.sort((a, b) => a - b)[39]).toBeCloseTo(8.8, 9);
    const manifest = JSON.parse(readFileSync(at("first/manifest.json"), "utf8"));
    expect(Object.keys(manifest.input_sha256)).toContain("observed.jsonl");
  });

  test("has a plan that can be replayed again", async () => {
    await simDone(folder, "replay observed.jsonl --plan first/plan.yaml --json --out from-plan");
    const [ours, theirs] = ["first", "from-plan"].map((name) => filesOf(at(name)));
    expect(theirs!.get("calls.arrow")!.equals(ours!.get("calls.arrow")!)).toBe(true);
  });
});

test("the table has simulated beside observed", async () => {
  const { stdout } = await simDone(folder, "replay observed.jsonl --plan plan.yaml --out table");
  for (const text of [
    "observed on 1x1xH100",
    "│ observed │",
    "1.10 s",
    "one call",
    "LLM",
    "Results",
  ]) {
    expect(stdout).toContain(text);
  }
  const bare = await simDone(folder, "replay bare.jsonl --plan plan.yaml --out table");
  expect(bare.stdout).not.toContain("observed");
});

/** Real runs, measured on an engine that may not be bundled: their plans are read with another. */
const MEASURED = resolve(import.meta.dirname, "../../../shared/data/h100/serve");

describe.skipIf(!existsSync(MEASURED))("measured runs (skipped without the shared data)", () => {
  const names = existsSync(MEASURED)
    ? readdirSync(MEASURED).flatMap((file) => /^(.*)\.trace\.jsonl$/.exec(file)?.[1] ?? [])
    : ["the shared data are not here"];

  test.concurrent.each(names)("%s", async (name) => {
    const plan = readFileSync(join(MEASURED, `${name}.plan.yaml`), "utf8");
    writeFileSync(at(`${name}.yaml`), plan.replace(/^engine: .*$/m, "engine: vllm-0.19"));
    const trace = join(MEASURED, `${name}.trace.jsonl`);
    const args = ["--plan", `${name}.yaml`, "--json", "--quiet", "--out", `measured-${name}`];
    const { code, stdout, stderr } = await sim(folder, "replay", trace, ...args);
    expect([code, stderr]).toEqual([0, ""]);
    const { workload, simulated, error } = JSON.parse(stdout);
    expect(workload).toBe(name);
    expect(simulated.executions.completed).toBe(simulated.executions.arrived);
    // Another engine, so no more than the right size.
    expect(Math.abs(error.latency_mean)).toBeLessThan(1);
  });
});
