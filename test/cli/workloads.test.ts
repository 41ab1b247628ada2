/**
 * The bundled workloads: stepwise and coalesced runs leave the same bytes, and executions are
 * drawn alike whatever the planner and the rate.
 */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ARROW_FILES, columnOf, differences, filesOf, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

const EXECUTIONS = 60;

/** Where each workload runs, and how many executions of it are quick. */
const SETUPS = {
  "rag-reranker": ["1x4xH100", EXECUTIONS],
  "beam-search": ["1x2xH100", 20],
  "swe-agent": ["1x2xH100", EXECUTIONS],
  "swe-agent-single": ["1x2xH100", EXECUTIONS],
} as const;

type Workload = keyof typeof SETUPS;

const done = new Map<string, Promise<string>>();

/** The results of a run with `options`, which is made only once. */
function resultsOf(workload: Workload, options: string): Promise<string> {
  const name = `${workload} ${options}`.trim().replace(/\W+/g, "_");
  const [cluster, executions] = SETUPS[workload];
  const command =
    `run --workload ${workload} --cluster ${cluster} --executions ${executions} ` +
    `--quiet --out ${name} ${options}`;
  const results = done.get(name) ?? simDone(folder, command.trim()).then(() => at(name));
  done.set(name, results);
  return results;
}

/** What was drawn for each execution. */
function drawsOf(results: string): Map<number, string> {
  const hashes = columnOf(results, "executions", "draw_hash").map(String);
  const numbers = columnOf(results, "executions", "execution").map(Number);
  const rows = numbers.map((number, row) => [number, hashes[row]!] as const);
  return new Map(rows.sort(([a], [b]) => a - b));
}

describe("--stepwise leaves the same bytes", () => {
  const workloads = Object.keys(SETUPS) as Workload[];

  test.each(workloads)("on %s", async (workload) => {
    const [coalesced, stepwise] = await Promise.all([
      resultsOf(workload, ""),
      resultsOf(workload, "--stepwise"),
    ]);
    expect([...filesOf(coalesced).keys()]).toEqual(expect.arrayContaining(ARROW_FILES));
    expect(differences(coalesced, stepwise)).toEqual(["manifest.json"]);
  });
});

describe("the executions drawn do not depend on planner and rate", () => {
  test.each([
    ["rag-reranker", 20],
    ["swe-agent", 0.03],
  ] as const)("on %s", async (workload, rate) => {
    const atRate = (planner: string) =>
      resultsOf(workload, `--planner ${planner} --rate ${rate}`).then(drawsOf);
    const [first, second] = await Promise.all([
      resultsOf(workload, "").then(drawsOf),
      atRate("scepsy"),
    ]);
    expect([...first.keys()]).toEqual(Array.from({ length: EXECUTIONS }, (_, index) => index));
    expect(new Set(first.values()).size).toBe(EXECUTIONS);
    expect(second).toEqual(first);
    for (const other of await Promise.all([atRate("independent"), atRate("user")])) {
      expect(other).toEqual(first);
    }
  });
});
