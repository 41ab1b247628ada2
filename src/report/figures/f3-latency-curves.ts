/** F3: a panel a workload and number of GPUs, a line a planner. */

import type { FigureTable } from "../../records/figure-table.ts";
import { drawChart, linePanel } from "./chart.ts";
import { groupRows, linesOf, namesIn } from "./rows.ts";

/** Draws F3. */
export function drawLatencyCurves({ title, caption, rows }: FigureTable): string {
  const names = namesIn(rows, "planner");
  const heads = groupRows(rows, ({ workload, gpus }) => `${workload} on ${gpus} GPUs`);
  const panels = heads.map(([name, own]) =>
    linePanel({
      title: name,
      x: { label: "Executions per second" },
      y: { label: "Mean latency (s)", isLog: true },
      series: linesOf(own, {
        by: "planner",
        names,
        x: "rate_per_second",
        y: "latency_seconds",
        low: "low",
        high: "high",
      }),
    }),
  );
  return drawChart({ title, caption, columns: Math.min(2, panels.length), panels });
}
