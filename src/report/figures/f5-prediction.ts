/** F5: a panel a workload, the simulated line with its band and one a predictor. */

import type { FigureTable } from "../../records/figure-table.ts";
import { drawChart, linePanel } from "./chart.ts";
import { groupRows, linesOf } from "./rows.ts";

const LINES = ["simulated", "alp", "alp+"];

/** Draws F5. */
export function drawPrediction({ title, caption, rows }: FigureTable): string {
  const panels = groupRows(rows, ({ workload }) => String(workload)).map(([name, own]) =>
    linePanel({
      title: name,
      x: { label: "Executions per second" },
      y: { label: "Mean latency (s)", isLog: true },
      series: linesOf(own, {
        by: "line",
        names: LINES,
        x: "rate_per_second",
        y: "latency_seconds",
        low: "low",
        high: "high",
      }),
    }),
  );
  return drawChart({ title, caption, columns: Math.min(2, panels.length), panels });
}
