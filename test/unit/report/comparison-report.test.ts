/** What the reports of comparisons and sweeps say, from what their directories hold. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readComparison } from "../../../src/records/comparison-results.ts";
import { readPoints } from "../../../src/records/points-results.ts";
import { comparisonReport } from "../../../src/report/comparison-report.ts";
import { groupStyle, MAX_GROUPS } from "../../../src/report/group-style.ts";
import { rateChart } from "../../../src/report/rate-chart.ts";
import { ratioFigure } from "../../../src/report/ratio-figure.ts";
import { sweepReport } from "../../../src/report/sweep-report.ts";
import { sweepPanels } from "../../../src/report/sweep-series.ts";
import { verdicts } from "../../../src/report/verdicts.ts";
import { COMPARISON, EVIL, writeComparison, writeSweep } from "./result-fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "sim-comparison-"));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  writeComparison(join(folder, "compared"));
  await writeSweep(join(folder, "swept"));
});

/** Rows of the tables of a page, cells joined. */
function rowsOf(page: string): string[] {
  const { document } = parseHTML(page);
  return [...document.querySelectorAll("tr")].map((row: { children: Iterable<object> }) =>
    [...row.children].map((cell) => (cell as { textContent: string }).textContent).join(" | "),
  );
}

describe("verdicts", () => {
  test("count where the interval leaves out one, or one alone is stable", () => {
    const [first, second] = verdicts(COMPARISON);
    expect(first).toEqual({
      ours: "scepsy",
      theirs: EVIL,
      wins: ["peak throughput (1.60x)"],
      losses: ["latency at 25 % of the lower peak (0.700x)"],
      open: [
        "latency at 50 % of the lower peak",
        "latency at 75 % of the lower peak (neither is stable)",
      ],
    });
    expect(second).toEqual({ ours: "scepsy", theirs: "never", wins: [], losses: [], open: [] });
  });
});

describe("the report of a comparison", () => {
  test("has peaks, latencies by rate and ratios, and the reason of who has no plan", () => {
    const page = comparisonReport(readComparison(join(folder, "compared")));
    expect(page).not.toContain("<script");
    const rows = rowsOf(page);
    expect(rows).toContain("scepsy | 4.00/s | 3.80/s – 4.20/s | – | –");
    expect(rows).toContain(`${EVIL} | 2.50/s | 2.38/s – 2.63/s | 1.60x | 1.50x – 1.70x`);
    expect(rows).toContain("3.00/s | 19.0 s ± 1.90 s ! | – | –");
    expect(rows).toContain(
      `${EVIL} | 0.700x (0.600x – 0.800x) | 0.917x (0.800x – 1.05x) | – at 3.00/s`,
    );
    expect(page).toContain("has no plan at any rate: no GPU is large enough");
    expect(page).toContain("3 planners, 3 replications from seed 1");
  });

  test("of one planner has no ratios", () => {
    const { planners, ...rest } = COMPARISON;
    const alone = { ...rest, planners: { scepsy: planners.scepsy! }, ratios: {} };
    const { manifest } = readComparison(join(folder, "compared"));
    expect(comparisonReport({ comparison: alone, manifest })).not.toMatch(/Wins|times as/);
  });
});

describe("charts", () => {
  const style = groupStyle(0);
  const frame = { label: "l", isLog: true, width: 600, height: 300 };
  const point = { rate: 1, value: 2, interval: [1, 3] as const, isStable: true };

  test("have bands where points are stable, hollow points where not", () => {
    const draw = (isStable: boolean) =>
      rateChart([{ style, points: [{ ...point, isStable }] }], frame)!;
    expect(draw(true)).toContain('aria-label="area"><path');
    expect(draw(false)).not.toContain('aria-label="area"><path');
    expect(draw(false)).toContain('fill="var(--card)"');
  });

  test("are none without a value", () => {
    expect(rateChart([{ style, points: [{ ...point, value: null }] }], frame)).toBeUndefined();
    expect(ratioFigure([], "l")).toBeUndefined();
  });

  test("label every line of the grid of a narrow axis", () => {
    const svg = rateChart([{ style, points: [{ ...point, value: 7.6, interval: null }] }], frame)!;
    for (const label of ["7.0", "8.0", "9.0"]) expect(svg).toContain(`>${label}<`);
  });
});

describe("a sweep", () => {
  test("is a panel a cluster, a line a planner, seeds joined", () => {
    const { lines, panels } = sweepPanels(readPoints(join(folder, "swept")))!;
    expect(lines).toEqual(["scepsy", EVIL]);
    expect(panels.map(({ title }) => title)).toEqual([
      `${EVIL} on 1x2xH100`,
      `${EVIL} on 1x4xH100`,
    ]);
    expect(panels[1]!.series[0]!.points).toEqual([
      { rate: 2, value: 6.5, interval: [6, 7], isStable: true },
      { rate: 6, value: 16.5, interval: [16, 17], isStable: false },
    ]);
  });

  test("has points without a result apart, with the reason, and all points in a table", () => {
    const page = sweepReport("grid", readPoints(join(folder, "swept")));
    expect(page).not.toContain("<script");
    expect(page).toContain("grid: a sweep of 18 points");
    expect(page).toContain("8 stable, 8 not stable, 1 infeasible, 1 failed");
    const rows = rowsOf(page);
    expect(rows).toContain(
      "2 | 1x2xH100 | scepsy | 2 | load 0.5 | 2.00/s | 3 | stable | " +
        "7.70 s | 7.00 s ± 700 ms | +10.0 % | 21.0 s | 2.00/s | 50.0 %",
    );
    expect(rows).toContain(`18 | 1x2xH100 | scepsy | 1 | load 7 | bug in sim: it broke: ${EVIL}`);
    expect(rows).toContain(`17 | 1x2xH100 | scepsy | 1 | load 9 | too few GPUs for ${EVIL}`);
  });

  test("of too many lines is a table alone", () => {
    const [row] = readPoints(join(folder, "swept"));
    const rows = Array.from({ length: MAX_GROUPS + 1 }, (_, index) => {
      return { ...row!, planner: `p${index}` };
    });
    expect(sweepPanels(rows)).toBeUndefined();
    const page = sweepReport("grid", rows);
    expect(page).toContain("More lines than can be told apart");
    expect(rowsOf(page)).toHaveLength(MAX_GROUPS + 2);
  });
});
