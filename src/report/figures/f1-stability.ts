/**
 * F1: per workload the variation of latency and shares over load, and their p95/p5; the same of
 * measured runs beside their latency's; the predictors' errors over the variation of shares.
 */

import type { FigureRow, FigureTable } from "../../records/figure-table.ts";
import { type Chart, type ChartSeries, drawChart, linePanel } from "./chart.ts";
import { groupRows, linesOf, pointsOf } from "./rows.ts";

/** The colour of latency; LLMs have those from 0 on. */
const LATENCY = 6;

/** Draws F1. */
export function drawStability({ title, caption, rows }: FigureTable): string {
  const of = (panel: string) => rows.filter((row) => row.panel === panel);
  const simulated = groupRows(of("simulated"), ({ workload }) => String(workload));
  const panels = simulated.flatMap(([name, own]) => [
    spreadPanel(`${name}: variation`, own, { y: "cv", label: "Coefficient of variation" }),
    spreadPanel(`${name}: range`, own, { y: "p95_over_p5", label: "95th percentile / 5th" }),
  ]);
  return drawChart({
    title,
    caption,
    columns: 2,
    panels: [...panels, measuredPanel(of("measured")), errorPanel(of("error"))],
  });
}

function spreadPanel(
  title: string,
  rows: readonly FigureRow[],
  { y, label }: { readonly y: string; readonly label: string },
): Chart["panels"][number] {
  const llms = groupRows(
    rows.filter(({ llm }) => llm !== ""),
    ({ llm }) => String(llm),
  ).map(([llm]) => llm);
  const columns = { x: "load_percent", y, low: `${y}_low`, high: `${y}_high` };
  const scaled = rows.map((row): FigureRow => ({ ...row, load_percent: 100 * Number(row.load) }));
  const lines = groupRows(scaled, ({ quantity, llm }) => `${quantity}/${llm}`);
  return linePanel({
    title,
    x: { label: "Rate (% of the predicted peak)" },
    y: { label, isLog: y !== "cv" },
    series: lines.map(([, own]): ChartSeries => {
      const { quantity, llm } = own[0]!;
      const isShuffled = quantity === "shuffled";
      return {
        name: quantity === "latency" ? "latency" : `${llm}${isShuffled ? ", shuffled" : ""}`,
        colour: quantity === "latency" ? LATENCY : llms.indexOf(String(llm)),
        kind: isShuffled ? "dashed" : "line",
        points: pointsOf(own, columns),
      };
    }),
  });
}

function measuredPanel(rows: readonly FigureRow[]): Chart["panels"][number] {
  const most = Math.max(...rows.map((row) => Number(row.latency_cv)));
  const points = (quantity: string) =>
    pointsOf(
      rows.filter((row) => row.quantity === quantity),
      { x: "latency_cv", y: "cv" },
    );
  return linePanel({
    title: "Measured on an H100",
    x: { label: "Coefficient of variation of latency" },
    y: { label: "Coefficient of variation of shares" },
    series: [
      { name: "share", colour: 0, kind: "points", points: points("share") },
      { name: "shuffled", colour: 1, kind: "rings", points: points("shuffled") },
      {
        name: "as latency",
        colour: LATENCY,
        kind: "dashed",
        points: [
          { x: 0, y: 0 },
          { x: most, y: most },
        ],
      },
    ],
  });
}

function errorPanel(rows: readonly FigureRow[]): Chart["panels"][number] {
  const percent = (value: FigureRow[string] | undefined) =>
    typeof value === "number" ? 100 * value : null;
  const scaled = rows.map((row): FigureRow => {
    const { error, error_low: low, error_high: high } = row;
    return { ...row, error: percent(error), error_low: percent(low), error_high: percent(high) };
  });
  return linePanel({
    title: "Error of the pipeline",
    x: { label: "Coefficient of variation of the first LLM's share" },
    y: { label: "(predicted − simulated) / simulated (%)" },
    series: linesOf(scaled, {
      by: "quantity",
      names: ["alp", "alp+"],
      x: "cv",
      y: "error",
      low: "error_low",
      high: "error_high",
    }),
  });
}
