/**
 * The report of a comparison of planners: peaks, latency and throughput over rates, ratios to the
 * reference with their intervals, wins and losses. One HTML file, from its results directory alone.
 */

import { UserError } from "../errors.ts";
import type { Comparison, ComparisonResults } from "../records/comparison-results.ts";
import { formatRate } from "../units.ts";
import { barFigure } from "./bar-figure.ts";
import {
  infeasibleNotes,
  latencyTable,
  peaksTable,
  ratiosTable,
  referenceOf,
  verdictList,
} from "./comparison-tables.ts";
import { groupStyle, MAX_GROUPS } from "./group-style.ts";
import { type HtmlValue, html, inlinePicture, type Markup } from "./html.ts";
import { manifestRows, originTable } from "./origin-table.ts";
import { type RateChartFrame, type RatePoint, rateChart } from "./rate-chart.ts";
import { type RatioRow, ratioFigure } from "./ratio-figure.ts";
import { figure, groupKeys, reportPage, section } from "./report-page.ts";
import { namesOf } from "./verdicts.ts";

type Point = Comparison["planners"][string]["points"][number];

/** The HTML file of a comparison. */
export function comparisonReport({ comparison, manifest }: ComparisonResults): string {
  const { workload, cluster, replications, seed, planners } = comparison;
  const count = Object.keys(planners).length;
  if (count > MAX_GROUPS) {
    throw new UserError(`a report tells ${MAX_GROUPS} planners apart, these are ${count}`);
  }
  const title = `${workload} on ${cluster}: planners compared`;
  const runs = replications === 1 ? "1 replication" : `${replications} replications`;
  return reportPage(`${title}: report of sim`, [
    html`<header>
<h1>${title}</h1>
<p class="soft">${count} planners, ${runs} from seed ${seed}</p>
</header>
`,
    section(
      "Peak throughput",
      html`<div class="card">${peaksTable(comparison)}${infeasibleNotes(comparison)}</div>`,
      html`<div class="pair">${peakFigures(comparison)}</div>`,
    ),
    section("Over the offered rate", overRate(comparison)),
    ratioSection(comparison),
    section(
      "What was assumed",
      html`<div class="card">${originTable("What this comparison follows from", [
        ["workload", workload],
        ["cluster", cluster],
        ["planners", Object.keys(planners).join(", ")],
        ["plans", "each planner's own for the rate; where it refuses the rate, for the highest"],
        ["executions", "the same for all planners at a rate, others in each replication"],
        ...manifestRows(manifest),
      ])}</div>`,
    ),
  ]);
}

function peakFigures(comparison: Comparison): Markup[] {
  const bars = Object.entries(comparison.planners).flatMap(([name, planner], index) => {
    const { peak_throughput_per_second: value, peak_throughput_ci95: interval } = planner;
    if (value === null) return [];
    const [low, high] = interval ?? [value, value];
    return [{ name, colour: groupStyle(index).colour, value, low, high }];
  });
  const svg = barFigure(bars, { label: "executions per second", format: formatRate });
  const label = bars.map(({ name, value }) => `${name} ${formatRate(value)}`).join(", ");
  const peaks = figure("Peak of each planner", inlinePicture(svg, `Peaks: ${label}`), {
    caption: "The largest rate that is stable in simulation; lines: 95 % interval.",
  });
  const ratios = Object.entries(comparison.ratios).flatMap(([pair, ratio]): RatioRow[] =>
    ratio.throughput === null
      ? []
      : [{ name: namesOf(pair).theirs, value: ratio.throughput, interval: ratio.throughput_ci95 }],
  );
  const reference = referenceOf(comparison);
  return [
    peaks,
    ...ratioPicture(`Peak of ${reference} over another's`, ratios, {
      label: "times as high",
      caption: `Over 1: ${reference} sustains more. Lines: 95 % interval.`,
    }),
  ];
}

function ratioPicture(
  heading: string,
  rows: readonly RatioRow[],
  { label, caption }: { readonly label: string; readonly caption: string },
): Markup[] {
  const svg = ratioFigure(rows, label);
  if (svg === undefined) return [];
  const values = rows.map(({ name, value }) => `${name} ${value.toPrecision(3)}`).join(", ");
  return [figure(heading, inlinePicture(svg, `${heading}: ${values}`), { caption })];
}

/** Mean and p95 latency, and throughput, of all planners. */
function overRate(comparison: Comparison): HtmlValue {
  const mean = chart(comparison, "Mean latency", {
    ...{ label: "mean latency (s)", isLog: true, width: 1200, height: 460 },
    point: ({ latency_mean_seconds: value, latency_mean_ci95: interval }) => ({ value, interval }),
  });
  if (mean === undefined) return html`<p>No planner has a latency at any rate.</p>`;
  const half = { width: 600, height: 330 };
  return [
    mean,
    html`<div class="card">${latencyTable(comparison)}</div>`,
    html`<div class="pair">${[
      chart(comparison, "95th percentile of latency", {
        ...{ ...half, label: "p95 of latency (s)", isLog: true },
        point: ({ latency_p95_seconds: value }) => ({ value, interval: null }),
      }),
      chart(comparison, "Throughput", {
        ...{ ...half, label: "completed per second", isLog: false },
        point: ({ throughput_per_second: value }) => ({ value, interval: null }),
      }),
    ]}</div>`,
  ];
}

function chart(
  { planners }: Comparison,
  heading: string,
  {
    point: figureOf,
    ...frame
  }: RateChartFrame & { readonly point: (point: Point) => Pick<RatePoint, "value" | "interval"> },
): Markup | undefined {
  const series = Object.values(planners).map((planner, index) => ({
    style: groupStyle(index),
    peak: planner.peak_throughput_per_second,
    points: planner.points.map((point) => ({
      rate: point.rate_per_second,
      isStable: point.stable,
      ...figureOf(point),
    })),
  }));
  const svg = rateChart(series, frame);
  if (svg === undefined) return undefined;
  const hasBands = series.some(({ points }) => points.some(({ interval }) => interval !== null));
  const bands = hasBands ? "Bands: 95 % intervals. " : "";
  return figure(heading, inlinePicture(svg, `${heading} over the offered rate, by planner`), {
    legend: groupKeys(Object.keys(planners)),
    caption: `${bands}Dashed: peaks. Hollow: not stable in every replication.`,
  });
}

function ratioSection(comparison: Comparison): Markup | undefined {
  const reference = referenceOf(comparison);
  if (reference === undefined) return undefined;
  const rows = Object.entries(comparison.ratios).flatMap(([pair, ratio]) =>
    Object.entries(ratio.latency_at_load).flatMap(([load, value]): RatioRow[] => {
      if (value === null) return [];
      const name = `${namesOf(pair).theirs}, ${Math.round(100 * Number(load))} %`;
      return [{ name, value, interval: ratio.latency_at_load_ci95[load] ?? null }];
    }),
  );
  return section(
    `Wins and losses of ${reference}`,
    html`<div class="pair">${[
      ...ratioPicture(`Mean latency over that of ${reference}, at equal load`, rows, {
        label: "times as long",
        caption:
          `At parts of the lower of the two peaks. Over 1: ${reference} is faster. ` +
          "Lines: 95 % interval; no point where one of the two is not stable.",
      }),
      html`<div class="card">${verdictList(comparison)}</div>`,
    ]}</div>`,
    html`<div class="card">${ratiosTable(comparison)}</div>`,
  );
}
