/** F8: simulated over observed latency, and the error of every run as a bar. */

import type { FigureRow, FigureTable } from "../../records/figure-table.ts";
import { barPanel } from "./bar-panel.ts";
import { type Chart, drawChart } from "./chart.ts";

const SIMULATED = "simulated_seconds";
const UNDISTURBED = "without_interference_seconds";

/** Draws F8. */
export function drawMeasured({ title, caption, rows }: FigureTable): string {
  const errorOf = (row: FigureRow, column: string) =>
    Number(row[column]) / Number(row.observed_seconds) - 1;
  const most = Math.max(
    ...rows.flatMap((row) => [SIMULATED, UNDISTURBED].map((name) => Math.abs(errorOf(row, name)))),
  );
  const panel = (column: string, head: string, colour: number): Chart["panels"][number] =>
    barPanel({
      title: head,
      most,
      x: "Size of the relative error of the mean latency",
      bars: rows.map((row) => {
        const error = errorOf(row, column);
        const sign = error < 0 ? "−" : "+";
        const text = `${sign}${(100 * Math.abs(error)).toFixed(1)} %`;
        return { name: String(row.run), value: Math.abs(error), text, colour };
      }),
    });
  return drawChart({
    title,
    caption,
    columns: 2,
    panels: [
      panel(SIMULATED, "With interference", 0),
      panel(UNDISTURBED, "Without interference", 1),
    ],
  });
}
