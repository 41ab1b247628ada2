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
    expect(() => readFigureTable(folder, "F1")).toThrow("cannot be read");
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
