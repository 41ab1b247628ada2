/**
 * The points of a sweep as lines over the rate: a panel a workload and cluster, in it a line a
 * planner and setting of the other options. Points that differ in their seed alone are one, the
 * mean of those that have a latency.
 */

import { groups, mean } from "d3-array";
import type { PointRow } from "../records/points-results.ts";
import { groupStyle, MAX_GROUPS } from "./group-style.ts";
import type { RatePoint, RateSeries } from "./rate-chart.ts";

/** A panel. */
export interface SweepPanel {
  readonly title: string;
  readonly series: readonly RateSeries[];
}

/** The panels, and the names of the lines in the order of their styles. */
export interface SweepPanels {
  readonly lines: readonly string[];
  readonly panels: readonly SweepPanel[];
}

/** Options that are the rate. */
const RATES = new Set(["rate", "load"]);

/** The panels; undefined where there are more lines than can be told apart. */
export function sweepPanels(rows: readonly PointRow[]): SweepPanels | undefined {
  const varying = varyingOptions(rows).filter((name) => !RATES.has(name));
  const byPanel = groups(rows, ({ workload, cluster }) => `${workload} on ${cluster}`);
  const byLine = (own: readonly PointRow[]) => groups(own, (row) => lineOf(row, varying));
  const lines = byLine(rows).map(([line]) => line);
  if (lines.length > MAX_GROUPS) return undefined;
  const panels = byPanel.map(([title, own]) => {
    const series = byLine(own).map(([line, points]) => ({
      style: groupStyle(lines.indexOf(line)),
      points: groups(points, rateKey)
        .flatMap(([, ofRate]) => overSeeds(ofRate))
        .sort((a, b) => a.rate - b.rate),
    }));
    return { title, series };
  });
  return { lines, panels };
}

/** Options besides the planner whose values differ between points. */
export function varyingOptions(rows: readonly PointRow[]): string[] {
  return Object.keys(rows[0]?.options ?? {}).filter(
    (name) => new Set(rows.map(({ options }) => options[name])).size > 1,
  );
}

/** Those options of a point that were given to it, as text. */
export function optionTexts({ options }: PointRow, names: readonly string[]): string[] {
  return names.filter((name) => options[name] !== "").map((name) => `${name} ${options[name]}`);
}

function lineOf(row: PointRow, varying: readonly string[]): string {
  return [row.planner, ...optionTexts(row, varying)].join(", ");
}

/** A load is the same for all seeds, the rate that it stands for is not. */
function rateKey({ options, rate }: PointRow): string {
  return options.load || String(rate);
}

/** One point of those that differ in their seed; none without a rate. */
function overSeeds(rows: readonly PointRow[]): RatePoint[] {
  const run = rows.filter(({ latency, rate }) => latency !== null && rate !== null);
  if (run.length === 0) return [];
  const latencies = run.map(({ latency }) => latency!);
  const [only] = run;
  return [
    {
      rate: mean(run, ({ rate }) => rate!)!,
      value: mean(latencies)!,
      interval:
        run.length === 1 ? only!.latencyInterval : [Math.min(...latencies), Math.max(...latencies)],
      isStable: rows.every(({ outcome }) => outcome === "stable"),
    },
  ];
}
