/**
 * `sim import`: real traces against counts made in another way, and what becomes of wrong lines.
 * The traces of other projects are not part of this one: without them their tests are skipped.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { sim, simDone, temporaryFolder } from "./sim.ts";

const TRACES = resolve(import.meta.dirname, "../../../shared/data/traces");
const folder = temporaryFolder();
/** With room for contexts of 128k tokens. */
const LLM = "llama-3.1-70b";

/** Calls, sessions, tokens in and out. */
type Counts = readonly [number, number, number, number];

const textOf = (file: string) => {
  const bytes = readFileSync(join(TRACES, file));
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").trim();
};

const total = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0);

const countJson =
  (session: (row: Record<string, number>, index: number) => unknown, input: string, out: string) =>
  (text: string): Counts => {
    const rows = text.split("\n").map((line) => JSON.parse(line));
    const sessions = new Set(rows.map(session)).size;
    return [
      rows.length,
      sessions,
      total(rows.map((r) => r[input])),
      total(rows.map((r) => r[out])),
    ];
  };

const countCsv =
  (session: number | undefined, inputs: readonly number[], output: number) =>
  (text: string): Counts => {
    const rows = text
      .split(/\r?\n/)
      .slice(1)
      .map((line) => line.split(","));
    const sum = (columns: readonly number[]) =>
      total(rows.map((row) => total(columns.map((column) => Number(row[column])))));
    const ids = rows.map((row, index) => (session === undefined ? index : row[session]));
    return [rows.length, new Set(ids).size, sum(inputs), sum([output])];
  };

const countCompact = (text: string): Counts => {
  const sessions = text.split("\n").map((line) => JSON.parse(line).req as number[][]);
  const calls = sessions.flat();
  const column = (index: number) => total(calls.map((call) => call[index]!));
  return [calls.length, sessions.length, column(1), column(3)];
};

const mooncake = countJson((_, index) => index, "input_length", "output_length");

describe.skipIf(!existsSync(TRACES))("a real trace (../shared/data/traces)", () => {
  test.each<[string, string, (text: string) => Counts]>([
    ["mooncake_conversation_trace.jsonl.gz", "mooncake", mooncake],
    ["mooncake_synthetic_trace.jsonl.gz", "mooncake", mooncake],
    ["AzureLLMInferenceTrace_code.csv", "azure", countCsv(undefined, [1], 2)],
    ["AzureLLMInferenceTrace_conv.csv", "azure", countCsv(undefined, [1], 2)],
    ["tracelab_multi_session_large.csv", "tracelab-csv", countCsv(0, [3, 4], 5)],
    [
      "tracelab_example_round_trace.jsonl",
      "tracelab",
      countJson((row) => row.session_id, "input_tokens_total", "output_tokens"),
    ],
    ["claude_code_sessions_compact.jsonl.gz", "claude-compact", countCompact],
  ])(
    "%s has as many calls, sessions and tokens as counted otherwise",
    async (file, format, count) => {
      const out = join(folder, "trace.jsonl");
      const { stdout } = await simDone(
        folder,
        `import ${join(TRACES, file)} --out ${out} --model llama-3.1-8b --json`,
      );
      const [calls, sessions, input_tokens, output_tokens] = count(textOf(file));
      expect(JSON.parse(stdout)).toMatchObject({
        format,
        calls,
        sessions,
        input_tokens,
        output_tokens,
        bad_lines: 0,
      });
    },
  );

  test("spans of OpenTelemetry: every call, in one session a trace", async () => {
    const files = readdirSync(join(TRACES, "otel"));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const path = join(TRACES, "otel", file);
      const out = join(folder, "spans.jsonl");
      const { stdout } = await simDone(folder, `import ${path} --out ${out} --json`);
      const { spans } = JSON.parse(readFileSync(path, "utf8"));
      expect(JSON.parse(stdout)).toMatchObject({ calls: spans.length, sessions: 1 });
    }
  });

  const files = !existsSync(TRACES)
    ? []
    : [
        ...readdirSync(TRACES).filter((name) => /\.(csv|jsonl|gz)$/.test(name)),
        ...readdirSync(join(TRACES, "otel")).map((name) => join("otel", name)),
      ];

  test.each(files)("%s replays: every session comes and ends", async (file) => {
    const trace = join(folder, "replayed.jsonl");
    const imported = await simDone(
      folder,
      `import ${join(TRACES, file)} --out ${trace} --model ${LLM} --json`,
    );
    const plan = join(folder, "whole-node.yaml");
    const gpus = (first: number) => [0, 1, 2, 3].map((n) => `node0/gpu${first + n}`);
    const replicas = [0, 4].map((first) => ({ gpus: gpus(first), share: 1 }));
    writeFileSync(plan, JSON.stringify({ cluster: "1x8xH100", llms: { [LLM]: { replicas } } }));
    const { sessions } = JSON.parse(imported.stdout);
    // Within the 13 days of the clock, and with as long to drain as to come.
    const rate = sessions / 300_000;
    const { stdout } = await simDone(
      folder,
      `replay ${trace} --plan ${plan} --rate ${rate}/s --sample 1h --json`,
    );
    const { arrived, completed, failed } = JSON.parse(stdout).simulated.executions;
    expect([arrived, completed + failed]).toEqual([sessions, sessions]);
    expect(completed).toBeGreaterThan(0);
  });

  test("replays on a plan: all its calls, with shared prefixes found in the cache", async () => {
    const trace = join(folder, "sessions.jsonl");
    const file = join(TRACES, "tracelab_multi_session_large.csv");
    await simDone(folder, `import ${file} --out ${trace} --model llama-3.1-8b`);
    const plan = join(folder, "plan.yaml");
    writeFileSync(
      plan,
      [
        "cluster: 1x1xH100",
        "llms: { llama-3.1-8b: { replicas: [{ gpus: [node0/gpu0], share: 1 }] } }",
      ].join("\n"),
    );
    const { stdout } = await simDone(folder, `replay ${trace} --plan ${plan} --json`);
    const { calls, executions, llms } = JSON.parse(stdout).simulated;
    expect(calls).toBe(303);
    expect(executions).toMatchObject({ completed: 48, failed: 0 });
    expect(llms["llama-3.1-8b"].prefix_hit_ratio).toBeGreaterThan(0.5);
  });
});

describe("wrong lines", () => {
  const good = '{"timestamp":0,"input_length":10,"output_length":5}';
  const path = join(folder, "wrong.jsonl");
  const out = join(folder, "out.jsonl");
  const run = (text: string, ...more: string[]) => {
    writeFileSync(path, text);
    return sim(folder, "import", path, "--out", out, "--model", "llama-3.1-8b", ...more);
  };

  test("end the import with their number; nothing is left", async () => {
    const { code, stderr } = await run(`${good}\n{"timestamp":1}\n${good}\n`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/wrong\.jsonl:2:1: input_length/);
    expect(stderr).toContain("--skip-bad");
    expect(readdirSync(folder).filter((name) => name.startsWith("out.jsonl"))).toEqual([]);
  });

  test("are counted and left out with --skip-bad", async () => {
    const { code, stdout } = await run(`${good}\nnonsense\n${good}\n`, "--skip-bad", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ calls: 2, bad_lines: 1 });
    expect(readFileSync(out, "utf8").trim().split("\n")).toHaveLength(2);
  });

  test.each([
    ["an unknown format", ["--format", "moonkake"], /unknown format "moonkake"[\s\S]*mooncake/],
    ["a file that is none of ours", [], /the format of the file is not known/],
  ])("%s is refused", async (_, more, message) => {
    const { code, stderr } = await run("hello\n", ...more);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  test.each([[], ["--skip-bad"]])("a model that nobody names is asked for %s", async (...more) => {
    writeFileSync(path, `${good}\n${good}\n`);
    const { code, stderr } = await sim(folder, "import", path, "--out", out, ...more);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /wrong\.jsonl:1:1: no model is named\n {2}name the LLM of all calls: --model NAME/,
    );
    expect(stderr).not.toContain("format");
  });

  test("where no line is right, the first says why", async () => {
    const { stderr } = await run(`${good.replace("10", "-1")}\n`, "--skip-bad");
    expect(stderr).toMatch(/wrong\.jsonl:1:1: input_length: -1 .*\n {2}is it of the format moon/);
  });

  test("a missing file is refused", async () => {
    const { code, stderr } = await sim(folder, "import", "none.jsonl", "--out", out);
    expect(code).toBe(1);
    expect(stderr).toContain("none.jsonl cannot be read");
  });
});

test("--summary tells what a planner needs to know", async () => {
  const path = join(folder, "two.jsonl");
  const call = { input_length: 100, output_length: 10 };
  const rows = [
    { ...call, request_id: "a", session_id: "s", timestamp: 0, model: "x" },
    { ...call, request_id: "b", session_id: "s", wait_for: ["a"], model: "y" },
    { ...call, request_id: "c", session_id: "t", timestamp: 5, model: "x" },
  ];
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  const out = join(folder, "two.out.jsonl");
  const { stdout } = await simDone(folder, `import ${path} --out ${out} --summary --json`);
  const { llms } = JSON.parse(stdout);
  expect(llms.x).toMatchObject({ calls: 2, calls_per_session: 1, parallelism: null });
  expect(llms.y).toMatchObject({ calls: 1, calls_per_session: 0.5 });
  expect(llms.x.output_share.mean).toBeCloseTo(0.75, 9);
  expect(llms.x.input_tokens).toEqual({ mean: 100, p50: 100, p95: 100 });
});
