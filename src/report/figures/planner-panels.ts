/** Panels of latency over rate with a line a planner. */

import type { FigureRow } from "../../records/figure-table.ts";
import { type Chart, linePanel } from "./chart.ts";
import { groupRows, linesOf, namesIn } from "./rows.ts";

/** A panel for the rows of each head. */
export function plannerPanels(
  rows: readonly FigureRow[],
  headOf: (row: FigureRow) => string,
): Chart["panels"] {
  const names = namesIn(rows, "planner");
  return groupRows(rows, headOf).map(([title, own]) =>
    linePanel({
      title,
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
}
