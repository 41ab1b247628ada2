/** F9: a panel a workload and load: what is known by row, what may be chosen by column. */

import type { FigureRow, FigureTable } from "../../records/figure-table.ts";
import { type ChartCell, cellPanel } from "./cell-panel.ts";
import { drawChart } from "./chart.ts";
import { groupRows } from "./rows.ts";

/** Slower than the best by this factor and more is darkest. */
const DARKEST_RATIO = 2;

/** Half-widths of intervals are written from this part of the mean on. */
const WRITTEN = 0.05;

/** Draws F9. */
export function drawInformation({ title, caption, rows }: FigureTable): string {
  const heads = groupRows(rows, ({ workload, load, rate_per_second }) => {
    const rate = Number(Number(rate_per_second).toPrecision(3));
    return `${workload}, ${rate}/s (${100 * Number(load)} % of the peak)`;
  });
  const panels = heads.map(([head, own]) => {
    const best = Math.min(...own.map((row) => Number(row.latency_seconds ?? Infinity)));
    const cells = own.map((row) => cellOf(row, best));
    return cellPanel({ title: head, subtitle: "Mean latency (s)", cells });
  });
  return drawChart({ title, caption, columns: Math.min(2, panels.length), panels });
}

function cellOf(row: FigureRow, best: number): ChartCell {
  const place = { row: String(row.information), column: String(row.space) };
  if (typeof row.latency_seconds !== "number") {
    return { ...place, text: row.outcome === "unstable" ? "×" : "–", shade: null };
  }
  const latency = row.latency_seconds;
  const half = typeof row.high === "number" ? row.high - latency : 0;
  const mean = latency.toPrecision(3);
  const shade = Math.min(1, Math.log(latency / best) / Math.log(DARKEST_RATIO));
  return {
    ...place,
    text: half > WRITTEN * latency ? `${mean} ± ${half.toPrecision(2)}` : mean,
    shade,
  };
}
