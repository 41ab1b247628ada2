import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { columnOf, differences, sim, temporaryFolder } from "./sim.ts";

const here = temporaryFolder();

/** Two sessions: one of two calls, the second after a tool of 50 ms; one of a single call. */
const CALLS = [
  { session_id: "s", request_id: "a", input_length: 512, output_length: 8, timestamp: 1000 },
  {
    session_id: "s",
    request_id: "b",
    input_length: 700,
    output_length: 4,
    wait_for: ["a"],
    tool_wait_ms: 30,
    delay: 20,
    prefix_of: "a",
    prefix_tokens: 520,
  },
  { session_id: "t", request_id: "c", input_length: 300, output_length: 5, timestamp: 1500 },
].map((call) => ({ workflow: "flow", role: "r", model: "llama-3.1-8b", ...call }));

const PLAN = `cluster: 1x1xH100
llms:
  llama-3.1-8b:
    replicas:
      - { gpus: [node0/gpu0], share: 1 }
`;

function writeTrace(name: string, calls: readonly object[]): string {
  writeFileSync(join(here, name), calls.map((call) => `${JSON.stringify(call)}\n`).join(""));
  writeFileSync(join(here, "plan.yaml"), PLAN);
  return name;
}

/** The calls of CALLS in a results directory, in that order; their prompts tell them apart. */
function callsOf(directory: string) {
  const column = (name: string) => columnOf(join(here, directory), "calls", name).map(Number);
  const [prompt, submit, end, cached] = [
    column("prompt_tokens"),
    column("submit_seconds"),
    column("end_seconds"),
    column("cached_tokens"),
  ];
  return CALLS.map(({ input_length }) => {
    const row = prompt.indexOf(input_length);
    return { submit: submit[row]!, end: end[row]!, cached: cached[row]! };
  });
}

const replay = (trace: string, ...args: string[]) =>
  sim(here, "replay", trace, "--plan", "plan.yaml", ...args);

describe("sim replay", () => {
  test("runs the calls of a trace when what they wait for has ended", async () => {
    const trace = writeTrace("flow.jsonl", CALLS);
    const { code, stdout } = await replay(trace, "--json", "--out", "out");
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      workload: "flow",
      planner: "user",
      predictor: null,
      predictions: {},
      predicted: null,
      error: null,
      results: "out",
    });
    expect(document.simulated.executions).toMatchObject({ arrived: 2, completed: 2 });
    const [a, b, c] = callsOf("out");
    // Times are the trace's own.
    expect(a!.submit).toBeCloseTo(1, 6);
    expect(c!.submit).toBeCloseTo(1.5, 6);
    expect(b!.submit - a!.end).toBeCloseTo(0.05, 6);
    expect(a!.cached).toBe(0);
    // 519 tokens of a are in the cache: 32 blocks of 16.
    expect(b!.cached).toBe(512);
  });

  test("sets the measured run beside it where the trace has one", async () => {
    const observed = [
      { submit_ms: 1000, first_token_ms: 1030, end_ms: 1130 },
      { submit_ms: 1180, first_token_ms: 1200, end_ms: 1250 },
      { submit_ms: 1500, first_token_ms: 1520, end_ms: 1560 },
    ];
    const trace = writeTrace(
      "measured.jsonl",
      CALLS.map((call, index) => ({ ...call, observed: observed[index]! })),
    );
    const { stdout } = await replay(trace, "--json", "--out", "measured");
    const { error, observed: summary, simulated } = JSON.parse(stdout);
    // Executions of 250 ms and 60 ms.
    expect(summary.latency_seconds.mean).toBeCloseTo(0.155, 9);
    const { mean } = simulated.latency_seconds;
    expect(error.latency_mean).toBeCloseTo((mean - 0.155) / 0.155, 9);
    expect(Object.keys(error)).toEqual([
      "latency_mean",
      "latency_p50",
      "latency_p95",
      "ttft_mean",
      "execution_mape",
      "call_mape",
      "ttft_mape",
    ]);
    const errors = callsOf("measured").map(({ submit, end }, index) => {
      const { submit_ms, end_ms } = observed[index]!;
      const measured = (end_ms - submit_ms) / 1000;
      return Math.abs(end - submit - measured) / measured;
    });
    const mape = errors.reduce((sum, each) => sum + each, 0) / errors.length;
    expect(error.call_mape).toBeCloseTo(mape, 6);
  });

  test("gives the same bytes stepwise", async () => {
    const trace = writeTrace("flow.jsonl", CALLS);
    await replay(trace, "--quiet", "--out", "coalesced");
    await replay(trace, "--quiet", "--out", "stepwise", "--stepwise");
    expect(differences(join(here, "coalesced"), join(here, "stepwise"))).toEqual(["manifest.json"]);
  });

  const [first, second] = CALLS;
  test.each([
    ["no JSON", '{"session_id": ', /bad\.jsonl:1:\d+/],
    ["a missing field", JSON.stringify({ ...first, model: undefined }), /bad\.jsonl:1.*model/],
    [
      "a wrong type",
      JSON.stringify({ ...first, input_length: "9" }),
      /bad\.jsonl:1:\d+: input_length/,
    ],
    ["a negative length", JSON.stringify({ ...first, output_length: -1 }), /output_length/],
    ["an unknown predecessor", JSON.stringify(second), /wait_for|"a"/],
    ["no arrival", JSON.stringify({ ...first, timestamp: null }), /timestamp/],
    ["a model without a place", JSON.stringify({ ...first, model: "other" }), /other/],
    ["one id twice", `${JSON.stringify(first)}\n${JSON.stringify(first)}`, /bad\.jsonl:2.*"a"/],
    ["nothing at all", "", /bad\.jsonl/],
  ])("refuses a trace with %s", async (_, text, message) => {
    writeTrace("bad.jsonl", []);
    writeFileSync(join(here, "bad.jsonl"), text);
    const { code, stdout, stderr } = await replay("bad.jsonl", "--out", "none");
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("    at ");
  });
});
