/**
 * `sim report`: what a browser shows of it without a network, and directories that it refuses.
 */

import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatDuration } from "../../src/units.ts";
import { type ReadEvent, traceProblems } from "../unit/records/trace-checks.ts";
import {
  CHROMIUM,
  graveViolations,
  launch,
  openFile,
  printedPages,
  readReport,
} from "./offline-browser.ts";
import { columnOf, sim, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

/** A workflow whose name and roles are HTML. */
const EVIL = "<script>document.title='run'</script>";

const PLAN = `cluster: 1x2xH100
llms:
  large:
    model: llama-3.1-8b
    replicas:
      - { gpus: [node0/gpu0, node0/gpu1], share: 0.6 }
  "${EVIL}":
    model: llama-3.2-1b
    replicas:
      - { gpus: [node0/gpu0], share: 0.4 }
`;

const rows = Array.from({ length: 40 }, (_, session) => {
  const call = { session_id: `${session}`, input_length: 400, output_length: 60 };
  const first = { ...call, request_id: `${session}/0`, model: "large", timestamp: 200 * session };
  const wait = { wait_for: [`${session}/0`], tool_wait_ms: 100 };
  return [
    { ...first, workflow: EVIL },
    { ...call, ...wait, request_id: `${session}/1`, model: EVIL, role: EVIL },
    { ...call, ...wait, request_id: `${session}/2`, model: EVIL, role: EVIL },
  ];
}).flat();

beforeAll(async () => {
  writeFileSync(at("plan.yaml"), PLAN);
  writeFileSync(at("trace.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  await simDone(
    folder,
    "replay trace.jsonl --plan plan.yaml --quiet --warmup 1s --trace-events --out run",
  );
});

test("--trace-events writes a valid trace, and every iteration on each GPU of its replica", () => {
  const trace = JSON.parse(readFileSync(at("run/trace.json"), "utf8"));
  expect(traceProblems(trace)).toEqual([]);
  const slices = (trace.traceEvents as ReadEvent[]).filter(({ ph }) => ph === "X");
  const replicas = columnOf(at("run"), "iterations", "replica");
  const onTwo = replicas.filter((replica) => replica === 0).length;
  expect(onTwo).toBeGreaterThan(0);
  expect(slices).toHaveLength(replicas.length + onTwo);
  const starts = columnOf(at("run"), "iterations", "start_seconds") as number[];
  expect(slices[0]!.ts).toBeCloseTo(starts[0]! * 1e6, 3);
});

test("writes one file, the same again, and says where", async () => {
  const { stdout } = await simDone(folder, "report run");
  expect(stdout).toBe("Report: run/report.html\n");
  await simDone(folder, "report run --out other.html");
  expect(readFileSync(at("other.html"), "utf8")).toBe(readFileSync(at("run/report.html"), "utf8"));
});

describe("refuses", () => {
  test.each([
    ["a folder that is none", "nowhere", "is not a results directory of sim"],
    ["a folder of something else", ".", "is not a results directory of sim"],
  ])("%s", async (_, directory, message) => {
    const { code, stderr, stdout } = await sim(folder, "report", directory);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(message);
  });

  test("a table that is cut off", async () => {
    await simDone(folder, "replay trace.jsonl --plan plan.yaml --quiet --out cut");
    truncateSync(at("cut/calls.arrow"), 2000);
    const { code, stderr } = await sim(folder, "report", "cut");
    expect(code).toBe(1);
    expect(stderr).toContain('"cut/calls.arrow" is cut off');
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
  });
});

describe.skipIf(CHROMIUM === undefined)("in Chromium (skipped where it is not installed)", () => {
  let browser: Browser;

  beforeAll(async () => {
    await simDone(folder, "report run");
    browser = await launch();
  });

  afterAll(() => browser?.close());

  const open = (width: number) => openFile(browser, at("run/report.html"), width);

  test.each([800, 1280, 1920])("all figures are there with text at %s pixels", async (width) => {
    const opened = await open(width);
    const { title, figures, rows: named, overflow } = await readReport(opened);
    expect(title).toBe("trace on 1x2xH100: report of sim");
    expect(figures.map(({ heading }) => heading.replace(/\d.*/, "n"))).toEqual([
      "Placement",
      "Distribution of latencies",
      "Time of each LLM",
      "Critical path",
      "Executions in flight",
      "Throughput",
      "Queue of each LLM",
      "GPUs",
      "Execution n",
      "Execution n",
      "Execution n",
    ]);
    for (const { heading, text, size } of figures) {
      expect(text.length, heading).toBeGreaterThan(40);
      expect(size, heading).toBeGreaterThan(50);
    }
    expect(named).toContain(EVIL);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(opened.requests).toEqual([opened.url]);
    expect(opened.messages).toEqual([]);
  });

  test("axe finds no serious violation, in light and dark", async () => {
    expect(await graveViolations(await open(1280))).toEqual([]);
  });

  test("prints on a few pages", async () => {
    const pages = await printedPages(await open(1280));
    expect(pages).toBeGreaterThan(1);
    expect(pages).toBeLessThan(8);
  });

  test("shows the numbers of the files", async () => {
    const { text } = await readReport(await open(1280));
    const { simulated } = JSON.parse(readFileSync(at("run/summary.json"), "utf8"));
    expect(text).toContain(`${simulated.executions.completed} completed`);
    const latencies = columnOf(at("run"), "executions", "latency_seconds") as number[];
    const arrivals = columnOf(at("run"), "executions", "arrival_seconds") as number[];
    const slowest = Math.max(...latencies.filter((_, row) => arrivals[row]! >= 1));
    const row = latencies.indexOf(slowest);
    const name = columnOf(at("run"), "executions", "execution")[row];
    expect(text).toContain(`Execution ${name}: ${formatDuration(slowest)}`);
  });
});
