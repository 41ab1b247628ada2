/**
 * What the report of a run draws: numbers over time, distributions, waterfalls, heat maps, and text
 * that stays text.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ResultsReader } from "../../../src/records/results-reader.ts";
import { busyRows } from "../../../src/report/gpu-figure.ts";
import { html, inlinePicture } from "../../../src/report/html.ts";
import { distributionSteps } from "../../../src/report/latency-figure.ts";
import { dataTable, reportPage } from "../../../src/report/report-page.ts";
import type { SimulatedRun } from "../../../src/report/run-data.ts";
import { runReport } from "../../../src/report/run-report.ts";
import { slowestExecutions } from "../../../src/report/slowest-executions.ts";
import { instantsPerSecond, meanPresent } from "../../../src/report/time-series.ts";

const floats = (...values: number[]) => Float64Array.from(values);
const bins = { start: 0, end: 4, count: 4 };

describe("numbers over time", () => {
  test("count a duration in full, in one bin or over many", () => {
    const present = meanPresent(floats(0.25, 0.5, 3), floats(0.75, 2.5, Number.NaN), bins);
    expect([...present]).toEqual([1, 1, 0.5, 1]);
  });

  test("keep the area under the curve, whatever the bins", () => {
    const starts = Float64Array.from({ length: 50 }, (_, i) => (i * 7.3) % 11);
    const ends = starts.map((start, i) => start + ((i * 3.1) % 5));
    const area = ends.reduce((sum, end, i) => sum + end - starts[i]!, 0);
    for (const count of [1, 3, 40]) {
      const present = meanPresent(starts, ends, { start: 0, end: 20, count });
      expect((present.reduce((a, b) => a + b) * 20) / count).toBeCloseTo(area, 9);
    }
  });

  test("leave out what never started, and what is outside", () => {
    const never = floats(Number.NaN, 5, -3);
    expect([...meanPresent(never, floats(1, 6, -1), bins)]).toEqual([0, 0, 0, 0]);
  });

  test("are rates of instants", () => {
    const rates = instantsPerSecond(floats(0, 0.5, 4, Number.NaN, 9), { ...bins, count: 2 });
    expect([...rates]).toEqual([1, 0.5]);
  });
});

describe("a distribution", () => {
  test("steps at each value, from no part to all", () => {
    expect(distributionSteps(floats(1, 3))).toEqual([
      { latency: 1, part: 0 },
      { latency: 1, part: 0.5 },
      { latency: 3, part: 1 },
    ]);
  });

  test("of many values keeps its ends and its middle", () => {
    const steps = distributionSteps(Float64Array.from({ length: 10_001 }, (_, i) => i));
    expect(steps.length).toBeLessThan(400);
    expect(steps.at(-1)).toEqual({ latency: 10_000, part: 1 });
    const median = steps.find(({ part }) => part >= 0.5)!;
    expect(median.latency / 5000).toBeCloseTo(1, 1);
  });
});

describe("waterfalls", () => {
  const run = {
    summary: { warmup_seconds: 1 },
    executions: {
      execution: floats(0, 1, 2),
      arrival: floats(0, 10, 20),
      end: floats(50, 20, Number.NaN),
      latency: floats(50, 10, Number.NaN),
    },
    calls: {
      execution: floats(1, 1, 1, 0),
      llm: Int32Array.of(0, 1, 1, 0),
      submit: floats(10, 12, 12.5, 0),
      start: floats(10.5, 12, 13, 0),
      firstToken: floats(11, 13, Number.NaN, 0),
      end: floats(12, 16, 15, 50),
    },
  } as unknown as SimulatedRun;

  test("are of measured, completed executions; parallel calls are in lanes, tools in gaps", () => {
    const slow = slowestExecutions(run, { llmCount: 3, count: 5 });
    expect(slow).toEqual([
      {
        execution: 1,
        latency: 10,
        calls: [
          { row: 0, llm: 0, lane: 0, submit: 0, start: 0.5, firstToken: 1, end: 2 },
          { row: 1, llm: 1, lane: 0, submit: 2, start: 2, firstToken: 3, end: 6 },
          { row: 2, llm: 1, lane: 1, submit: 2.5, start: 3, firstToken: 5, end: 5 },
        ],
        laneCounts: [1, 2, 0],
        gaps: [[6, 10]],
      },
    ]);
  });
});

describe("the heat map", () => {
  const gpuOf = (index: number) => ({
    id: `node${index >> 3}/gpu${index & 7}`,
    node: `node${index >> 3}`,
    domain: index >> 3,
    type: "h100-sxm",
    memory_bytes: 8e10,
  });
  const clusterOf = (count: number) => ({
    name: "c",
    nodes: Array.from({ length: count >> 3 }, (_, node) => `node${node}`),
    gpus: Array.from({ length: count }, (_, index) => gpuOf(index)),
  });

  test("joins cells that look alike", () => {
    const gpus = {
      names: ["node0/gpu0", "node0/gpu1"],
      gpu: Uint32Array.of(0, 1, 0, 1, 0, 1, 0, 1),
      time: floats(0, 0, 1, 1, 2, 2, 3, 3),
      busy: floats(0, 0, 1, 0.5, 1, 0.25, 0, 1.5),
    };
    const { names, cells } = busyRows(gpus, clusterOf(8), 3);
    expect(names).toEqual(gpus.names);
    const ofFirst = cells.filter(({ row }) => row === 0).map(({ busy }) => busy);
    expect(ofFirst).toEqual([1, 0]);
    expect(cells.filter(({ row }) => row === 1).map(({ busy }) => busy)).toEqual([0.5, 0.25, 1]);
    expect(cells[0]!.from).toBe(0);
    expect(cells.at(-1)!.to).toBe(3);
  });

  test("fills bins between samples from the next sample", () => {
    const times = floats(0, 1, 2, 3, 4);
    const busy = floats(0, 1, 1, 0.5, 0.5);
    const gpus = { names: ["node0/gpu0"], gpu: new Uint32Array(5), time: times, busy };
    const { cells } = busyRows(gpus, clusterOf(8), 4.9);
    expect(cells.map((cell) => cell.busy)).toEqual([1, 0.5]);
    expect(cells[0]!.from).toBe(0);
    expect(cells[1]!.from).toBe(cells[0]!.to);
  });

  test("has a row a node where there are many GPUs", () => {
    const cluster = clusterOf(128);
    const names = cluster.gpus.map(({ id }) => id);
    const gpu = Uint32Array.from(names.keys());
    const time = new Float64Array(128).fill(1);
    const busy = time.map((_, index) => (index & 1 ? 1 : 0));
    const rows = busyRows({ names, gpu, time, busy }, cluster, 1);
    expect(rows.names).toEqual(cluster.nodes);
    expect(rows.cells.map((cell) => cell.busy)).toEqual(new Array(16).fill(0.5));
  });
});

describe("a report without a simulation", () => {
  const folder = mkdtempSync(join(tmpdir(), "sim-report-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, content: object) =>
    writeFileSync(join(folder, name), JSON.stringify(content));

  test("says why nothing was simulated, and what was assumed", () => {
    const gpu = { id: "node0/gpu0", node: "node0", domain: 0, type: "<img>", memory_bytes: 1 };
    write("manifest.json", {
      ...{ producer: "sim", version: "9.8.7", command: ["run", "<b>"], seeds: [3] },
      ...{ input_sha256: { "w.yaml": "abcdef0123456789" }, started_at: "", node_version: "" },
    });
    write("cluster.json", { name: "c", nodes: ["node0"], gpus: [gpu] });
    write("summary.json", {
      ...{ workload: "<script>", cluster: "c", planner: "p", seed: 3, rate_per_second: 2 },
      plan: { feasible: false, reason: "too <small>", gpus_total: 1, gpus_used: 0, llms: {} },
      ...{ predictor: "alp+", predictions: {}, predicted: null, simulated: null, error: null },
    });
    const page = runReport(new ResultsReader(folder));
    for (const text of ["Not feasible", "too &lt;small&gt;", "9.8.7", "abcdef012345", "2.00/s"]) {
      expect(page).toContain(text);
    }
    expect(page).not.toMatch(/<script|<small|<img|<b>/);
  });
});

describe("the page", () => {
  const evil = `<script>alert("1")</script>'&`;

  test("escapes what is put in, as text and in attributes", () => {
    const page = reportPage(evil, dataTable(evil, [evil], [[evil, html`<b>${evil}</b>`]]));
    expect(page).not.toContain("<script");
    expect(page).not.toMatch(/aria-label="[^"]*"1"/);
    expect(page.match(/&lt;script&gt;/g)).toHaveLength(6);
    expect(page).toContain("<b>&lt;script");
    expect(inlinePicture("<svg></svg>", evil).text).toBe(
      '<svg role="img" aria-label="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;" ' +
        'class="picture"></svg>',
    );
  });

  test("forbids scripts and requests", () => {
    expect(reportPage("t", "")).toContain("default-src &#39;none&#39;");
    expect(reportPage("t", "")).not.toMatch(/https?:|url\(|@import/);
  });
});
