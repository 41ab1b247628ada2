import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { MAIN, sim, simDone, simOf, temporaryFolder } from "./sim.ts";

const here = temporaryFolder();
const ROOT = join(dirname(MAIN), "../..");

/** The baseline as written, changed. */
function doctored(change: (baseline: typeof FIGURES) => void): string {
  const baseline = JSON.parse(readFileSync(join(here, "check.json"), "utf8"));
  change(baseline);
  writeFileSync(join(here, "doctored.json"), JSON.stringify(baseline));
  return "doctored.json";
}

/** As far as the tests change it. */
declare const FIGURES: {
  run_time: number;
  node_version: string;
  cases: Record<string, { hashes: Record<string, string>; metrics: Record<string, number> }>;
};

describe("sim check", () => {
  beforeAll(async () => {
    const { stdout } = await simDone(here, "check --baseline check.json --update --quiet");
    expect(stdout).toContain("wrote check.json");
  });

  test("fails with code 3 where simulating takes twice the time, and names only that", async () => {
    const file = doctored((baseline) => {
      baseline.run_time /= 2;
      // Another Node may write other bytes.
      baseline.node_version = "v0";
      baseline.cases["swe-agent-scepsy"]!.hashes["calls.arrow"] = "0";
    });
    const { code, stderr } = await sim(here, "check", "--baseline", file, "--quiet");
    expect(code).toBe(3);
    expect(stderr).toMatch(/^failed: run_time: .*allowed: at most 1.6 times\n$/);
  });

  test("names the metrics that left their band, and passes what is within", async () => {
    const file = doctored(({ cases }) => {
      cases["swe-agent-scepsy"]!.metrics.latency_mean_seconds! *= 1.05;
      cases["swe-agent-scepsy"]!.metrics.throughput_per_second! *= 1.003;
      cases["rag-reranker-split"]!.hashes["calls.arrow"] = "0";
    });
    const { code, stdout, stderr } = await sim(here, "check", "--baseline", file, "--json");
    expect(code).toBe(3);
    const failures = stderr.trim().split("\n");
    expect(failures.map((line) => line.split(" ")[1])).toEqual([
      "rag-reranker-split.calls.arrow:",
      "swe-agent-scepsy.latency_mean_seconds:",
    ]);
    expect(JSON.parse(stdout).passed).toBe(false);
  });

  test("notices an engine whose host time per iteration is 5 % longer", async () => {
    const copy = join(here, "copy");
    for (const part of ["dist", "clusters", "workloads", "package.json"]) {
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    const engine = join(copy, "clusters/engines/vllm-0.19.yaml");
    const text = readFileSync(engine, "utf8");
    const slower = text.replace(/^host_per_iteration: 1\.5 ms/m, "host_per_iteration: 1.575 ms");
    expect(slower).not.toBe(text);
    writeFileSync(engine, slower);
    const main = join(copy, "dist/cli/main.js");
    const { code, stderr } = await simOf(main, here, "check --baseline check.json --quiet");
    expect(code).toBe(3);
    expect(stderr).toMatch(/failed: rag-reranker-scepsy\.latency_mean_seconds: /);
  });

  test.each([
    ["no file", undefined, "no such file"],
    ["no JSON", "{", "not valid JSON"],
    ["another document", '{ "schema_version": 1 }', "none of `sim check`"],
  ])("refuses a baseline that is %s", async (_, text, message) => {
    if (text !== undefined) writeFileSync(join(here, "bad.json"), text);
    const file = text === undefined ? "none.json" : "bad.json";
    const { code, stderr } = await sim(here, "check", "--baseline", file);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});
