/** Names of figures agree everywhere; a table survives its file; drawings say what they should. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FIGURE_IDS } from "../../../../src/cli/figure-ids.ts";
import { COMPUTED } from "../../../../src/experiment/figures/all.ts";
import {
  type FigureTable,
  readFigureTable,
  writeFigureTable,
} from "../../../../src/records/figure-table.ts";
import { DRAWN } from "../../../../src/report/figures/all.ts";

const folder = mkdtempSync(join(tmpdir(), "sim-figures-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = { workload: "rag", low: 1, high: 3 };
const table: FigureTable = {
  title: "F5  Predicted",
  caption: "On 4 H100",
  rows: [
    { ...line, line: "simulated", rate_per_second: 1, latency_seconds: 2 },
    { ...line, line: "simulated", rate_per_second: 2, latency_seconds: 2.5 },
    { ...line, line: "alp", rate_per_second: 1, latency_seconds: 2, low: null, high: null },
    { ...line, line: "alp", rate_per_second: 2, latency_seconds: null, low: null, high: null },
  ],
};

test("what is computed can be drawn and asked for", () => {
  expect(Object.keys(COMPUTED)).toEqual(FIGURE_IDS);
  expect(Object.keys(DRAWN)).toEqual(FIGURE_IDS);
});

describe("a table", () => {
  test("is read as it was written, and drawn the same", async () => {
    await writeFigureTable(folder, "F5", table);
    const read = readFigureTable(folder, "F5");
    expect(read).toEqual(table);
    const svg = DRAWN.F5!(read);
    expect(svg).toBe(DRAWN.F5!(table));
    for (const text of ["Predicted", "On 4 H100", "simulated", "alp", "Mean latency (s)", "rag"]) {
      expect(svg).toContain(text);
    }
  });

  test("that is missing or none is an error of the user's", () => {
    expect(() => readFigureTable(folder, "F99")).toThrow("cannot be read");
    writeFileSync(join(folder, "F2.arrow"), "no table");
    expect(() => readFigureTable(folder, "F2")).toThrow("is not a table of a figure");
  });
});

test("bars carry their errors", () => {
  const run = { run: "beam-50-50-r1", observed_seconds: 10, simulated_seconds: 11 };
  const rows = [{ ...run, without_interference_seconds: 8 }];
  const svg = DRAWN.F8!({ title: "F8", caption: "one H100", rows });
  for (const text of ["beam-50-50-r1", "+10.0 %", "−20.0 %"]) expect(svg).toContain(text);
});

test("planners are marked among the random plans", () => {
  const rows = [1, 2, 4, null].map((latency_seconds) => ({ plan: "random", latency_seconds }));
  const planner = { plan: "scepsy", latency_seconds: 1.5 };
  const svg = DRAWN.F10!({ title: "F10", caption: "", rows: [...rows, planner] });
  expect(svg).toContain("scepsy");
  expect(svg).toContain("random plans");
});

const panelsOf = (id: string, rows: FigureTable["rows"]) =>
  DRAWN[id]!({ title: "", caption: "", rows });

test("F1 has panels of simulated and measured shares and of errors", () => {
  const spread = { load: 0.1, cv: 0.5, cv_low: 0.4, cv_high: 0.6, p95_over_p5: 4 };
  const row = { workload: "rag", llm: "ranker", ...spread, latency_cv: 0.6, error: 0.1 };
  const svg = panelsOf("F1", [
    { ...row, panel: "simulated", quantity: "latency", llm: "" },
    { ...row, panel: "simulated", quantity: "share" },
    { ...row, panel: "simulated", quantity: "shuffled" },
    { ...row, panel: "measured", quantity: "share" },
    { ...row, panel: "measured", quantity: "shuffled" },
    { ...row, panel: "error", quantity: "alp+", llm: "" },
  ]);
  for (const text of ["rag: variation", "ranker, shuffled", "as latency", "alp+", "Measured"]) {
    expect(svg).toContain(text);
  }
});

test("F4 has a panel a workflow", () => {
  const row = { planner: "scepsy", rate_per_second: 1, latency_seconds: 2, low: null, high: null };
  const svg = panelsOf("F4", [
    { ...row, workload: "rag" },
    { ...row, workload: "beam" },
  ]);
  for (const text of ["rag", "beam", "scepsy"]) expect(svg).toContain(text);
});

test("F9 writes latencies, wide intervals, and why there is none", () => {
  const row = { workload: "rag", load: 0.25, rate_per_second: 18.62, information: "nothing" };
  const svg = panelsOf("F9", [
    { ...row, space: "a", outcome: "stable", latency_seconds: 2, low: 1.5, high: 2.5 },
    { ...row, space: "b", outcome: "stable", latency_seconds: 1.444, low: 1.44, high: 1.45 },
    { ...row, space: "c", outcome: "unstable", latency_seconds: null, low: null, high: null },
    { ...row, space: "d", outcome: "no plan", latency_seconds: null, low: null, high: null },
  ]);
  for (const text of ["2.00 ± 0.50", ">1.44<", ">×<", ">–<", "18.6/s (25 % of the peak)"]) {
    expect(svg).toContain(text);
  }
});

test("F11 has a line a group over both parts of an all-reduce", () => {
  const speed = { start_up_seconds: 5e-6, bandwidth_bytes_per_second: 50e9 };
  const row = { group: "TP 4", ...speed, latency_seconds: 9, low: 8, high: 10 };
  const svg = panelsOf("F11", [
    { ...row, over: "bandwidth" },
    { ...row, over: "start-up" },
    { ...row, over: "as bundled" },
  ]);
  for (const text of ["TP 4", "(GB/s)", "(us)"]) expect(svg).toContain(text);
});

test("F12 says of every figure where it was measured", () => {
  const source = "measured elsewhere: its paper";
  const svg = panelsOf("F12", [
    { panel: "speed", name: "sim", low: 250_000, high: 250_000, source: "measured now" },
    { panel: "speed", name: "other", low: 280, high: 400, source },
    { panel: "error", name: "sim", low: 0.021, high: 0.021, source: "measured now" },
    { panel: "error", name: "other", low: 0.026, high: 0.064, source },
  ]);
  for (const text of ["280 to 400 (measured elsewhere", "2.6 % to 6.4 %", "(measured now)"]) {
    expect(svg).toContain(text);
  }
});
