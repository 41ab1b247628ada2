/** F4: a panel a workflow, a line a planner. */

import type { FigureTable } from "../../records/figure-table.ts";
import { drawChart } from "./chart.ts";
import { plannerPanels } from "./planner-panels.ts";

/** Draws F4. */
export function drawBothWorkflows({ title, caption, rows }: FigureTable): string {
  const panels = plannerPanels(rows, ({ workload }) => String(workload));
  return drawChart({ title, caption, columns: 2, panels });
}
