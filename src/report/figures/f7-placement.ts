/** F7: how much is placed, and what is stranded, over how full the cluster is asked to be. */

import type { FigureTable } from "../../records/figure-table.ts";
import { drawChart, linePanel } from "./chart.ts";
import { linesOf, namesIn } from "./rows.ts";

/** Draws F7. */
export function drawPlacement({ title, caption, rows }: FigureTable): string {
  const names = namesIn(rows, "method");
  const panel = (y: string, label: string, head: string) =>
    linePanel({
      title: head,
      x: { label: "Part of all GPUs asked for" },
      y: { label },
      series: linesOf(rows, { by: "method", names, x: "fill", y }),
    });
  return drawChart({
    title,
    caption,
    columns: 2,
    panels: [
      panel("placed", "Part of the sets that are placed", "Found room for"),
      panel("stranded_share", "Part of the GPUs in use", "Stranded share"),
    ],
  });
}
