/**
 * Bad input: exit code, one clear message with what to do, no stack, nothing on stdout.
 */

import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { filesOf, MAIN, sim, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();

writeFileSync(
  join(folder, "wrong.yaml"),
  [
    "name: wrong",
    "description: a prompt that is no number",
    "llms:",
    "  a: { model: llama-3.1-8b }",
    "steps:",
    "  - call: a",
    "    prompt: many",
    "    output: 10",
    "",
  ].join("\n"),
);

writeFileSync(
  join(folder, "plan.yaml"),
  "cluster: 1x1xH100\nllms:\n  llama-3.1-8b:\n    replicas: [{ gpus: [node0/gpu0], share: 1 }]\n",
);

const call =
  '{"session_id":"1","request_id":"1","model":"llama-3.1-8b","input_length":9,"output_length":9';

/** Arguments to replay a trace of these lines. */
const replay = (name: string, ...lines: string[]) => {
  writeFileSync(join(folder, `${name}.jsonl`), lines.join("\n"));
  return ["replay", `${name}.jsonl`, "--plan", "plan.yaml"];
};

writeFileSync(join(folder, "one.jsonl"), `${call},"timestamp":0}\n`);

const rag = ["run", "--workload", "rag-reranker"];
const ragOn = [...rag, "--cluster", "1x4xH100"];

/** Arguments, exit code, and what the message says. */
const cases: readonly (readonly [string, string[], number, RegExp])[] = [
  [
    "an unknown workload",
    ["run", "--workload", "rag-rerankr", "--cluster", "1x4xH100"],
    1,
    /^error: unknown workload "rag-rerankr"\n.*did you mean rag-reranker\?/,
  ],
  ["a cluster without GPUs", [...rag, "--cluster", "4x8"], 1, /"4x8" is not a cluster\n.*4x8xH100/],
  ["an unknown GPU", [...rag, "--cluster", "4x8xH10"], 1, /H10".*\n.*did you mean h100/i],
  ["a negative rate", [...ragOn, "--rate", "-1"], 1, /--rate: "-1" is not valid\n.*2\/s/],
  [
    "a wrong type in a file",
    ["run", "--workload", "wrong.yaml", "--cluster", "1x4xH100"],
    1,
    /^error: wrong\.yaml:7:13: steps/,
  ],
  [
    "a missing file",
    ["run", "--workload", "./none.yaml", "--cluster", "1x4xH100"],
    1,
    /none\.yaml/,
  ],
  ["a missing plan", [...ragOn, "--plan", "none.yaml"], 1, /none\.yaml/],
  ["an unknown planner", [...ragOn, "--planner", "scepsi"], 1, /did you mean scepsy/],
  ["an unknown model", [...ragOn, "--llm", "generator=llama-3.1-9b"], 1, /llama-3\.1-8b/],
  ["an unknown LLM", [...ragOn, "--llm", "reader=llama-3.1-8b"], 1, /reader/],
  ["a seed that is no number", [...ragOn, "--seed", "x"], 1, /--seed: "x" is not valid/],
  ["two limits", [...ragOn, "--executions", "9", "--duration", "9 s"], 1, /--duration/],
  [
    "a rate for several workloads",
    [
      "plan",
      "--workload",
      "rag-reranker=1/s,swe-agent=2/s",
      "--cluster",
      "1x4xH100",
      "--rate",
      "1",
    ],
    1,
    /--rate does not go with several/,
  ],
  [
    "several workloads without rates",
    ["plan", "--workload", "rag-reranker=1/s,swe-agent", "--cluster", "1x4xH100"],
    1,
    /--workload: "rag-reranker=1\/s,swe-agent" is not valid\n.*with rates/,
  ],
  [
    "a workload twice",
    ["plan", "--workload", "swe-agent=1/s,swe-agent=2/s", "--cluster", "1x4xH100"],
    1,
    /swe-agent is given twice/,
  ],
  [
    "a trace of one session as a workload",
    ["plan", "--workload", "one.jsonl", "--cluster", "1x4xH100"],
    1,
    /^error: one\.jsonl: the trace has 1 session/,
  ],
  [
    "a duration in which nothing arrives",
    [...ragOn, "--rate", "1", "--duration", "1 ms", "--quiet"],
    1,
    /no execution arrives after the warm-up/,
  ],
  ["an unknown list", ["list", "workload"], 1, /did you mean workloads/],
  ["an unknown option", [...ragOn, "--rates", "1"], 2, /unknown option '--rates'.*\n.*--rate\?/],
  [
    "a mistyped required option",
    ["run", "--wrkload", "x"],
    2,
    /unknown option .--wrkload.\n.*--workload\?/,
  ],
  ["an unknown command", ["runs"], 2, /unknown command 'runs'.*\n.*run\?/],
  [
    "a trace line that is not JSON",
    replay("cut", `${call},"timestamp":0}`, call),
    1,
    /^error: cut\.jsonl:2:\d+: not valid JSON: the line ends early\n.*one JSON object/,
  ],
  [
    "a negative length in a trace",
    replay("negative", call.replace("9", "-9").concat(',"timestamp":0}')),
    1,
    /^error: negative\.jsonl:1:74: input_length: -9 is not valid\n.*0 or more/,
  ],
  [
    "a model that the plan does not place",
    replay("model", call.replace("8b", "9b").concat(',"timestamp":0}')),
    1,
    /^error: model\.jsonl:1:44: the plan does not place llama-3\.1-9b\n.*did you mean/,
  ],
  [
    "a trace call without a time",
    replay("time", `${call}}`),
    1,
    /^error: time\.jsonl:1:1: timestamp is missing/,
  ],
  [
    "a trace call that waits for none there is",
    replay("wait", `${call},"wait_for":["2"]}`),
    1,
    /^error: wait\.jsonl:1:\d+: no call has the request id "2"/,
  ],
  ["an empty trace", replay("empty", ""), 1, /^error: empty\.jsonl: the file is empty/],
  ["a missing trace", ["replay", "none.jsonl", "--plan", "plan.yaml"], 1, /none\.jsonl: no such/],
  ["a trace without a plan", ["replay", "time.jsonl"], 2, /--plan/],
  ["no trace", ["replay", "--plan", "plan.yaml"], 2, /missing required argument 'trace'/],
  ["no workload", ["run", "--cluster", "1x4xH100"], 2, /--workload/],
];

describe("bad input", () => {
  test.concurrent.each(cases)("%s", async (_, args, expected, message) => {
    const { code, stdout, stderr } = await sim(folder, ...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(expected);
    expect(stdout).toBe("");
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stderr.match(/error:/g)).toHaveLength(1);
    expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
  });

  test("leaves no results behind", () => {
    const results = readdirSync(folder).filter((name) => !/\.(?:yaml|jsonl)$/.test(name));
    expect(results).toEqual([]);
  });
});

describe("a rate that no plan reaches", () => {
  const args = [...ragOn, "--rate", "1e6", "--executions", "60", "--json"];

  test.concurrent("is a result: no plan, a reason, and nulls", async () => {
    const here = join(folder, "infeasible");
    mkdirSync(here);
    const { code, stdout, stderr } = await sim(here, ...args, "--out", "results");
    expect([code, stderr]).toEqual([0, ""]);
    const { plan, predicted, simulated, error, predictions } = JSON.parse(stdout);
    expect(plan.feasible).toBe(false);
    expect(plan.reason).toMatch(/\w+ \w+/);
    expect([predicted, simulated, error]).toEqual([null, null, null]);
    expect(Object.keys(predictions.alp)).toContain("latency_mean_seconds");
    expect([...filesOf(join(here, "results")).keys()]).toEqual([
      "cluster.json",
      "manifest.json",
      "summary.json",
    ]);
  });

  test.concurrent("leaves `plan --out` without a plan to write", async () => {
    const [, ...options] = ragOn;
    const rate = ["--rate", "1e6", "--out", "none.yaml"];
    const { code, stdout, stderr } = await sim(folder, "plan", ...options, ...rate);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^error: no plan is written: /);
  });
});

describe("--out onto something else", () => {
  test.concurrent.each([
    ["a foreign folder", "foreign/notes.txt", "foreign"],
    ["a foreign manifest", "extension/manifest.json", "extension"],
  ])("refuses %s and leaves it alone", async (_, file, out) => {
    const here = join(folder, "targets", out);
    mkdirSync(join(here, out), { recursive: true });
    writeFileSync(join(here, file), '{ "name": "mine" }');
    const { code, stdout, stderr } = await sim(here, ...ragOn, "--executions", "60", "--out", out);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(out);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([...filesOf(join(here, out)).keys()]).toEqual([file.split("/")[1]]);
    expect(readFileSync(join(here, file), "utf8")).toBe('{ "name": "mine" }');
  });
});

test("a reader that goes away ends a command quietly", async () => {
  const command = `for _ in 1 2 3; do "${process.execPath}" "${MAIN}" --help | true; done`;
  const ended = promisify(execFile)("bash", ["-o", "pipefail", "-c", command]);
  expect(await ended).toEqual({ stdout: "", stderr: "" });
});
