/** F2: a panel an LLM, a line a size. */

import type { FigureRow, FigureTable } from "../../records/figure-table.ts";
import { drawChart, linePanel } from "./chart.ts";
import { groupRows, linesOf } from "./rows.ts";

/** Draws F2. */
export function drawProfiles({ title, caption, rows }: FigureTable): string {
  const sized = rows.map((row): FigureRow => ({ ...row, size: sizeName(row) }));
  const names = groupRows(sized, ({ size }) => String(size)).map(([name]) => name);
  const panels = groupRows(sized, ({ workload, llm }) => `${workload}: ${llm}`).map(([name, own]) =>
    linePanel({
      title: name,
      x: { label: "Calls per second", isLog: true },
      y: { label: "Mean latency of a call (s)", isLog: true },
      series: linesOf(own, { by: "size", names, x: "calls_per_second", y: "latency_seconds" }),
    }),
  );
  return drawChart({ title, caption, columns: 2, panels });
}

function sizeName({ tp, share }: FigureRow): string {
  return share === 1 ? `TP ${tp}` : `${Number(share) * 100} % of a GPU`;
}
