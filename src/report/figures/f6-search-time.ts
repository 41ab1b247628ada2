/** F6: time over LLMs, over GPUs and over steps of shares. */

import type { FigureTable } from "../../records/figure-table.ts";
import { drawChart, linePanel } from "./chart.ts";
import { pointsOf } from "./rows.ts";

/** Draws F6. */
export function drawSearchTime({ title, caption, rows }: FigureTable): string {
  const panel = (name: string, column: string, label: string) => {
    const own = rows.filter((row) => row.panel === name);
    const points = pointsOf(own, { x: column, y: "seconds" });
    return linePanel({
      title: `Over ${name}`,
      x: { label, isLog: name !== "LLMs" },
      y: { label: "Time of one plan (s)" },
      series: [{ name: "scepsy", colour: 0, kind: "line", points }],
    });
  };
  return drawChart({
    title,
    caption,
    columns: 2,
    panels: [
      panel("LLMs", "llms", "LLMs"),
      panel("GPUs", "gpus", "GPUs"),
      panel("steps", "steps", "Steps of shares in a GPU"),
    ],
  });
}
