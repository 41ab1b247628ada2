/**
 * `sim report` on the directories of comparisons and sweeps: what a browser shows without a
 * network, and directories that it refuses.
 */

import { cpSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EVIL, writeComparison, writeSweep } from "../unit/report/result-fixtures.ts";
import {
  CHROMIUM,
  graveViolations,
  launch,
  openFile,
  printedPages,
  readReport,
} from "./offline-browser.ts";
import { sim, simDone, temporaryFolder } from "./sim.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  writeComparison(at("compared"));
  await writeSweep(at("swept"));
});

/** Kinds with the title of their report, and the headings of its figures. */
const KINDS = [
  [
    "compared",
    `${EVIL} on 1x4xH100: planners compared: report of sim`,
    [
      "Peak of each planner",
      "Peak of scepsy over another's",
      "Mean latency",
      "95th percentile of latency",
      "Throughput",
      "Mean latency over that of scepsy, at equal load",
    ],
  ],
  [
    "swept",
    "swept: a sweep of 18 points: report of sim",
    [`${EVIL} on 1x2xH100`, `${EVIL} on 1x4xH100`],
  ],
] as const;

test.each(KINDS)("%s: one file, the same again", async (name) => {
  const { stdout } = await simDone(folder, `report ${name}`);
  expect(stdout).toBe(`Report: ${name}/report.html\n`);
  await simDone(folder, `report ${name} --out other.html`);
  expect(readFileSync(at("other.html"), "utf8")).toBe(
    readFileSync(at(`${name}/report.html`), "utf8"),
  );
});

describe("refuses", () => {
  const refused = async (name: string) => {
    const { code, stdout, stderr } = await sim(folder, "report", name);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
    return stderr;
  };

  test("a sweep's table that is cut off, and one that is none", async () => {
    cpSync(at("swept"), at("cut"), { recursive: true });
    truncateSync(at("cut/points.arrow"), 2000);
    expect(await refused("cut")).toContain('"cut/points.arrow" is cut off, or no Arrow file');
    writeFileSync(at("cut/points.arrow"), "point,latency\n");
    expect(await refused("cut")).toContain("no Arrow file");
  });

  test("a comparison whose document is cut off or edited", async () => {
    cpSync(at("compared"), at("half"), { recursive: true });
    truncateSync(at("half/comparison.json"), 200);
    expect(await refused("half")).toContain("half/comparison.json: is not JSON");
    writeFileSync(at("half/comparison.json"), '{ "workload": "w" }');
    expect(await refused("half")).toContain("half/comparison.json: cluster: ");
  });
});

describe.skipIf(CHROMIUM === undefined)("in Chromium (skipped where it is not installed)", () => {
  let browser: Browser;

  beforeAll(async () => {
    for (const [name] of KINDS) await simDone(folder, `report ${name}`);
    browser = await launch();
  });

  afterAll(() => browser?.close());

  const open = (name: string, width: number) => openFile(browser, at(`${name}/report.html`), width);

  test.each(KINDS)("%s: all figures are there with text", async (name, title, headings) => {
    for (const width of [800, 1400]) {
      const opened = await open(name, width);
      const shown = await readReport(opened);
      expect(shown.title).toBe(title);
      expect(shown.figures.map(({ heading }) => heading)).toEqual(headings);
      for (const { heading, text, size } of shown.figures) {
        expect(text.length, heading).toBeGreaterThan(40);
        expect(size, heading).toBeGreaterThan(50);
      }
      expect(shown.overflow).toBeLessThanOrEqual(0);
      expect(opened.requests).toEqual([opened.url]);
      expect(opened.messages).toEqual([]);
    }
  });

  test.each(KINDS)("%s: axe finds no serious violation, in light and dark", async (name) => {
    expect(await graveViolations(await open(name, 1280))).toEqual([]);
  });

  test.each(KINDS)("%s: prints on a few pages", async (name) => {
    const pages = await printedPages(await open(name, 1280));
    expect(pages).toBeGreaterThan(1);
    expect(pages).toBeLessThan(6);
  });
});
