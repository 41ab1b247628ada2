/**
 * Benchmarks against an earlier one: counters equal, rates not much lower.
 */

import { describe, expect, test } from "vitest";
import type { BenchSummary } from "../../../src/experiment/bench.ts";
import { parseBaseline, regressions } from "../../../src/experiment/bench-baseline.ts";
import { errorsOf } from "../config/errors-of.ts";

const summary: BenchSummary = {
  schema_version: 1,
  node_version: "v20",
  queue: {
    operations_per_second: 9e6,
    pending: [{ pending: 1000, operations_per_second: 9e6 }],
  },
  replay: {
    requests_per_second: 90_000,
    iterations_per_second: 1e6,
    wall_seconds: 1,
    cpu_seconds: 1.5,
    peak_memory_bytes: 2e8,
    counters: { events: 600, iterations: 1400, calls: 100 },
  },
  agentic: null,
};

/** What the benchmark finds beside a baseline that differs from it. */
const against = (change: (baseline: typeof summary) => object) =>
  regressions(summary, parseBaseline(JSON.stringify(change(structuredClone(summary))), "b.json"));

/** The baseline with other figures for the replay. */
const withReplay = (figures: object) => (baseline: typeof summary) => ({
  ...baseline,
  replay: { ...baseline.replay, ...figures },
});

describe("a benchmark", () => {
  test("is as good as itself, and as a faster or somewhat slower one", () => {
    expect(against((same) => same)).toEqual([]);
    expect(against(withReplay({ requests_per_second: 1 }))).toEqual([]);
    expect(against(withReplay({ requests_per_second: 269_000 }))).toEqual([]);
    expect(against(withReplay({ wall_seconds: 0.01, peak_memory_bytes: 1 }))).toEqual([]);
  });

  test("is worse below a third of a rate, and by any other counter", () => {
    expect(against(withReplay({ requests_per_second: 271_000 }))).toEqual([
      "replay.requests_per_second: 90000, less than a third of the 271000 before",
    ]);
    const counters = { events: 601, iterations: 1400, calls: 99 };
    expect(against(withReplay({ counters }))).toEqual([
      "replay.counters.events: 600, and 601 before",
      "replay.counters.calls: 100, and 99 before",
    ]);
    const queue = { ...summary.queue, pending: [{ pending: 1000, operations_per_second: 9e7 }] };
    expect(against((same) => ({ ...same, queue }))).toHaveLength(1);
  });

  test("is not compared with what was not run", () => {
    expect(against((same) => ({ ...same, replay: null }))).toEqual([]);
  });
});

describe("a malformed baseline", () => {
  test.each(["", "{", "[]", "3", "null", "{}", '{"replay":null}', '{"replay":{"counters":{}}}'])(
    "%j",
    (text) => {
      expect(errorsOf(() => parseBaseline(text, "b.json"))).toEqual([
        expect.stringMatching(/^b\.json the baseline .*\(give a file that `sim bench --out FILE`/),
      ]);
    },
  );

  test("that lacks a figure", () => {
    expect(errorsOf(() => against(withReplay({ counters: { events: 600 } })))).toEqual([
      expect.stringMatching(/^b\.json the baseline has no number replay\.counters\.iterations/),
    ]);
    expect(errorsOf(() => against(withReplay({ requests_per_second: "fast" })))).toHaveLength(1);
  });
});
