/** F10: the random plans' latencies as a distribution function, the planners as points on it. */

import type { FigureTable } from "../../records/figure-table.ts";
import { drawChart, linePanel } from "./chart.ts";

/** Draws F10. */
export function drawRandomPlans({ title, caption, rows }: FigureTable): string {
  const latencyOf = (row: FigureTable["rows"][number]) => Number(row.latency_seconds);
  const stable = rows.filter((row) => row.latency_seconds !== null);
  const random = stable.filter(({ plan }) => plan === "random").map(latencyOf);
  random.sort((a, b) => a - b);
  const partBelow = (latency: number) =>
    random.filter((value) => value <= latency).length / Math.max(1, random.length);
  const planners = stable.filter(({ plan }) => plan !== "random");
  const panel = linePanel({
    title: "",
    x: { label: "Mean latency (s)", isLog: true },
    y: { label: "Part of the random plans at most this slow" },
    series: [
      {
        name: "random plans",
        colour: 6,
        kind: "dashed",
        points: random.map((x) => ({ x, y: partBelow(x) })),
      },
      ...planners.map((row, index) => ({
        name: String(row.plan),
        colour: index,
        kind: "points" as const,
        points: [{ x: latencyOf(row), y: partBelow(latencyOf(row)) }],
      })),
    ],
  });
  return drawChart({ title, caption, columns: 1, panels: [panel] });
}
