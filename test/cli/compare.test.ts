/**
 * `sim compare` as built: the document, threads, and wrong options.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sim, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();

writeFileSync(
  join(folder, "two-calls.yaml"),
  [
    "name: two-calls",
    "description: an answer and its check",
    "llms:",
    "  writer: { model: llama-3.1-8b }",
    "  checker: { model: qwen2.5-14b }",
    "steps:",
    "  - call: writer",
    "    prompt: 500",
    "    output: { uniform: { low: 100, high: 300 } }",
    "  - call: checker",
    "    prompt: 800",
    "    output: 40",
    "",
  ].join("\n"),
);

const COMPARE = "compare --workload two-calls.yaml --cluster 1x2xH100";
const SMALL = `${COMPARE} --planners scepsy,user --replications 2 --json`;

describe("sim compare", () => {
  const alone = simDone(folder, `${SMALL} --workers 1 --out alone`);

  test("prints peaks, points and ratios, and leaves them with a picture", async () => {
    const { stdout, stderr } = await alone;
    expect(stderr).toBe("");
    const document = JSON.parse(stdout);
    expect(Object.keys(document.planners)).toEqual(["scepsy", "user"]);
    for (const planner of Object.values<Record<string, unknown>>(document.planners)) {
      expect(planner.peak_throughput_per_second).toBeGreaterThan(0);
      expect(planner.points).not.toHaveLength(0);
    }
    const interval = [expect.any(Number), expect.any(Number)];
    expect(document.planners.user.points[0]).toEqual({
      rate_per_second: expect.any(Number),
      planned_rate_per_second: expect.any(Number),
      stable: expect.any(Boolean),
      throughput_per_second: expect.any(Number),
      throughput_ci95: interval,
      latency_mean_seconds: expect.any(Number),
      latency_mean_ci95: interval,
      latency_p95_seconds: expect.any(Number),
      latency_p95_ci95: interval,
    });
    const loads = ["0.25", "0.5", "0.75", "0.9"];
    const ratio = document.ratios["scepsy/user"];
    expect(Object.keys(ratio.latency_at_load)).toEqual(loads);
    expect(Object.keys(ratio.latency_at_load_ci95)).toEqual(loads);
    const [scepsy, user] = ["scepsy", "user"].map(
      (name) => document.planners[name].peak_throughput_per_second,
    );
    expect(ratio.throughput).toBeCloseTo(scepsy / user, 9);
    const [low, high] = ratio.throughput_ci95;
    expect(low < ratio.throughput && ratio.throughput < high).toBe(true);
    const { wall_seconds: _, results, picture, ...rest } = document;
    const read = (name: string) => JSON.parse(readFileSync(join(folder, results, name), "utf8"));
    expect(read("comparison.json")).toEqual(rest);
    expect(read("manifest.json").seeds).toEqual([1, 2]);
    expect(existsSync(join(folder, picture))).toBe(true);
    await simDone(folder, `report ${results}`);
    const page = readFileSync(join(folder, results, "report.html"), "utf8");
    expect(page).toContain("two-calls on 1x2xH100: planners compared");
  });

  test("gives the same on two threads", async () => {
    await simDone(folder, `${SMALL} --workers 2 --out together`);
    const [one, two] = ["alone", "together"].map((out) =>
      readFileSync(join(folder, out, "comparison.json"), "utf8"),
    );
    await alone;
    expect(two).toBe(one);
  });

  test.each([
    ["--planners scepsy,scepsi", 'unknown planner "scepsi"'],
    ["--rates 1,fast", '--rates: "fast" is not valid'],
    ["--replications 0", '--replications: "0" is not valid'],
    ["--workers 0", '--workers: "0" is not valid'],
    ["--out .", "exists and is not a results directory of sim"],
  ])("refuses %s", async (options, message) => {
    const { code, stdout, stderr } = await sim(folder, ...`${COMPARE} ${options}`.split(" "));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(message);
  });
});
