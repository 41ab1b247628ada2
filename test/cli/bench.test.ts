import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sim, temporaryFolder } from "./sim.ts";

const here = temporaryFolder();

describe("sim bench", () => {
  test("counts the same again, and a baseline holds it to that", async () => {
    const first = await sim(here, "bench", "replay", "--json", "--out", "bench.json");
    expect(first.code).toBe(0);
    const { queue, replay, agentic } = JSON.parse(first.stdout);
    expect([queue, agentic]).toEqual([null, null]);
    expect(replay.requests_per_second).toBeGreaterThan(0);
    expect(replay.counters.calls).toBe(100_000);
    expect(readFileSync(join(here, "bench.json"), "utf8")).toBe(first.stdout);

    replay.counters.events++;
    writeFileSync(join(here, "other.json"), JSON.stringify({ replay }));
    const again = await sim(here, "bench", "replay", "--json", "--baseline", "other.json");
    expect(again.code).toBe(3);
    expect(again.stderr).toContain("replay.counters.events");
    expect(JSON.parse(again.stdout).replay.counters).toEqual({
      ...replay.counters,
      events: replay.counters.events - 1,
    });
  });

  test("runs all three without a name", async () => {
    const { code, stdout, stderr } = await sim(here, "bench", "--json");
    expect([code, stderr]).toEqual([0, ""]);
    const { queue, replay, agentic } = JSON.parse(stdout);
    expect(queue.pending.map(({ pending }: { pending: number }) => pending)).toEqual([1000, 1e5]);
    expect(queue.operations_per_second).toBe(queue.pending[0].operations_per_second);
    const keys = "iterations_per_second wall_seconds cpu_seconds peak_memory_bytes counters";
    expect(Object.keys(replay)).toEqual(["requests_per_second", ...keys.split(" ")]);
    expect(Object.keys(agentic)).toEqual(["calls_per_second", ...keys.split(" ")]);
    for (const { counters } of [replay, agentic]) {
      expect(Object.keys(counters)).toEqual(["events", "iterations", "calls"]);
      expect(counters.iterations).toBeGreaterThan(counters.calls);
    }
  });

  test("prints lines for people without --json", async () => {
    const { code, stdout, stderr } = await sim(here, "bench", "queue", "--quiet");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^queue +[\d,]+ operations\/s with 1,000 pending/);
  });

  test("fails with code 3 where a rate fell by far", async () => {
    const { stdout } = await sim(here, "bench", "queue", "--json");
    const faster = JSON.parse(stdout);
    faster.queue.operations_per_second *= 1000;
    writeFileSync(join(here, "faster.json"), JSON.stringify(faster));
    const { code, stderr } = await sim(
      here,
      "bench",
      "queue",
      "--quiet",
      "--baseline",
      "faster.json",
    );
    expect(code).toBe(3);
    expect(stderr).toContain("queue.operations_per_second");
  });

  test.each([
    ["a baseline that is no JSON", "{", "not valid JSON"],
    ["a baseline without figures", "{}", "no figures"],
  ])("refuses %s", async (_, text, message) => {
    writeFileSync(join(here, "bad.json"), text);
    const { code, stderr } = await sim(here, "bench", "queue", "--baseline", "bad.json");
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  test("refuses an unknown benchmark", async () => {
    const { code, stderr } = await sim(here, "bench", "replai");
    expect(code).toBe(1);
    expect(stderr).toContain("did you mean replay?");
  });
});
