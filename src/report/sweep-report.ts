/**
 * The report of a sweep: latency over rate by planner, a panel a workload and cluster, points
 * without a result with their reasons, and all points as a table. One HTML file, from the table of
 * the sweep alone.
 */

import type { PointRow } from "../records/points-results.ts";
import { ABSENT, duration, percent, rate, signed } from "./cell-values.ts";
import { type HtmlValue, html, inlinePicture, type Markup } from "./html.ts";
import { latencyCell } from "./interval-cells.ts";
import { rateChart } from "./rate-chart.ts";
import { dataTable, figure, groupKeys, reportPage, section } from "./report-page.ts";
import { optionTexts, sweepPanels, varyingOptions } from "./sweep-series.ts";

/** A column of the table of points. */
interface PointColumn {
  readonly name: string;
  readonly value: (row: PointRow) => HtmlValue;
}

const PANEL = { width: 600, height: 330, label: "mean latency (s)", isLog: true };

/** The HTML file of the sweep `name`. */
export function sweepReport(name: string, rows: readonly PointRow[]): string {
  const title = `${name}: a sweep of ${rows.length} ${rows.length === 1 ? "point" : "points"}`;
  return reportPage(`${title}: report of sim`, [
    html`<header>
<h1>${title}</h1>
<p class="soft">${outcomes(rows)}</p>
${sameForAll(rows)}</header>
`,
    section("Latency over rate", latencyPanels(rows)),
    html`<div class="wide-page">${[
      withoutResult(rows, "failed", "Points that failed"),
      withoutResult(rows, "infeasible", "Points without a feasible plan"),
      section("All points", html`<div class="card">${pointsTable(rows)}</div>`),
    ]}</div>`,
  ]);
}

function outcomes(rows: readonly PointRow[]): string {
  const names = ["stable", "not stable", "infeasible", "failed"] as const;
  const counts = names.map((name) => [name, rows.filter(({ outcome }) => outcome === name).length]);
  return counts
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

/** What all points have in common. */
function sameForAll(rows: readonly PointRow[]): Markup | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const shared = [
    ...varyingColumns(rows, false).map(({ name, value }) => [name, value(first)] as const),
    ...Object.entries(first.options).filter(([name]) => !varyingOptions(rows).includes(name)),
  ].map(([name, value]) => html` ${name} <strong>${value}</strong>`);
  return shared.length === 0
    ? undefined
    : html`<p>The same for all points:${shared}</p>
`;
}

/** What names a point: the columns that vary, or those that do not. */
function varyingColumns(rows: readonly PointRow[], isVarying: boolean): PointColumn[] {
  const columns = (["workload", "cluster", "planner", "seed"] as const).map((name) => ({
    name,
    value: (row: PointRow) => row[name],
  }));
  return columns.filter(({ value }) => new Set(rows.map(value)).size > 1 === isVarying);
}

function latencyPanels(rows: readonly PointRow[]): HtmlValue {
  const drawn = sweepPanels(rows);
  if (drawn === undefined) {
    return html`<p>More lines than can be told apart: see the table below, or the sweep's
table with another program.</p>`;
  }
  const seeds = new Set(rows.map(({ seed }) => seed)).size;
  const bands = seeds > 1 ? "from the lowest to the highest of the seeds" : "95 % intervals";
  const figures = drawn.panels.map(({ title, series }) => {
    const svg = rateChart(series, PANEL);
    if (svg === undefined) return html`<div class="card"><h3>${title}</h3><p>No latency.</p></div>`;
    const lines = drawn.lines.length;
    return figure(title, inlinePicture(svg, `Mean latency over rate, ${lines} lines, ${title}`), {
      caption: `Bands: ${bands}. Hollow: not stable.`,
    });
  });
  return [groupKeys(drawn.lines), html`<div class="pair">${figures}</div>`];
}

function withoutResult(
  rows: readonly PointRow[],
  outcome: PointRow["outcome"],
  heading: string,
): Markup | undefined {
  const own = rows
    .map((row, index) => ({ row, index }))
    .filter(({ row }) => row.outcome === outcome);
  if (own.length === 0) return undefined;
  const named = namingColumns(rows);
  const head = ["point", ...named.map(({ name }) => name), "reason"];
  const lines = own.map(({ row, index }) => [
    index + 1,
    ...named.map(({ value }) => value(row)),
    html`<span class="long">${row.reason}</span>`,
  ]);
  return section(heading, html`<div class="card">${dataTable(heading, head, lines)}</div>`);
}

/** Columns that tell points apart. */
function namingColumns(rows: readonly PointRow[]): PointColumn[] {
  const varying = varyingOptions(rows);
  const columns = varyingColumns(rows, true);
  if (varying.length === 0) return columns;
  return [...columns, { name: "options", value: (row) => optionTexts(row, varying).join(", ") }];
}

function pointsTable(rows: readonly PointRow[]): Markup {
  const columns: PointColumn[] = [
    ...namingColumns(rows),
    { name: "offered", value: (row) => rate(row.rate) },
    { name: "GPUs", value: (row) => row.gpusUsed ?? ABSENT },
    { name: "outcome", value: (row) => row.outcome },
    { name: "predicted mean", value: (row) => duration(row.predictedLatency) },
    {
      name: "simulated mean",
      value: (row) => latencyCell(row.latency, row.latencyInterval),
    },
    { name: "error", value: (row) => signed(row.latencyError) },
    { name: "p95", value: (row) => duration(row.latencyP95) },
    { name: "throughput", value: (row) => rate(row.throughput) },
    { name: "GPUs busy", value: (row) => percent(row.busy) },
  ];
  const lines = rows.map((row, index) => [index + 1, ...columns.map(({ value }) => value(row))]);
  const caption =
    "In the order of the sweep file; error: (predicted − simulated) / simulated, where stable";
  return dataTable(caption, ["point", ...columns.map(({ name }) => name)], lines);
}
