/** F3: a panel a workload and number of GPUs, a line a planner. */

import type { FigureTable } from "../../records/figure-table.ts";
import { drawChart } from "./chart.ts";
import { plannerPanels } from "./planner-panels.ts";

/** Draws F3. */
export function drawLatencyCurves({ title, caption, rows }: FigureTable): string {
  const panels = plannerPanels(rows, ({ workload, gpus }) => `${workload} on ${gpus} GPUs`);
  return drawChart({ title, caption, columns: Math.min(2, panels.length), panels });
}
