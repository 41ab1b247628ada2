/** F11: latency over bandwidth beside latency over start-up time, a line a TP group. */

import type { FigureRow, FigureTable } from "../../records/figure-table.ts";
import { drawChart, linePanel } from "./chart.ts";
import { linesOf, namesIn, pointsOf } from "./rows.ts";

/** Draws F11. */
export function drawInterconnect({ title, caption, rows }: FigureTable): string {
  const names = namesIn(rows, "group");
  const scaled = rows.map(
    (row): FigureRow => ({
      ...row,
      bandwidth: Number(row.bandwidth_bytes_per_second) / 1e9,
      startUp: Number(row.start_up_seconds) * 1e6,
    }),
  );
  const panel = (over: string, x: "bandwidth" | "startUp", label: string) => {
    const columns = { x, y: "latency_seconds", low: "low", high: "high" };
    const own = scaled.filter((row) => row.over === over);
    const usual = scaled.filter((row) => row.over === "as bundled");
    return linePanel({
      title: `Over ${over}`,
      x: { label, isLog: true },
      y: { label: "Mean latency (s)", isLog: true },
      series: [
        ...linesOf(own, { by: "group", names, ...columns }),
        ...usual.map((row) => ({
          name: "",
          colour: names.indexOf(String(row.group)),
          kind: "rings" as const,
          points: pointsOf([row], columns),
        })),
      ],
    });
  };
  return drawChart({
    title,
    caption,
    columns: 2,
    panels: [
      panel("bandwidth", "bandwidth", "Bandwidth of a link (GB/s)"),
      panel("start-up", "startUp", "Start-up time of an all-reduce (us)"),
    ],
  });
}
