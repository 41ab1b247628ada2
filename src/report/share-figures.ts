/**
 * Where the time of executions went: the part of each LLM in it with its spread over executions,
 * and the parts of the critical path by cause.
 */

import * as Plot from "@observablehq/plot";
import { formatPercent } from "../units.ts";
import { groupStyle } from "./group-style.ts";
import { drawChart } from "./plot-picture.ts";
import type { RunData, SimulatedRun } from "./run-data.ts";
import { shortenText, textWidth } from "./text-width.ts";

const WIDTH = 600;
const LABEL = { fontSize: 12.5, width: 170 };

/** Colours of what delays, in the order of `breakdown`; colours of LLMs mean LLMs. */
export const CAUSE_COLOURS = {
  queue: "#b0413e",
  prefill: "#8e6bbf",
  decode: "#4f7cac",
  interference: "#d98c3f",
  network: "#6b7f59",
  tool: "#8a8f98",
} as const;

/** The colour of a cause; of one that is not known, grey. */
export function causeColour(name: string): string {
  return Object.hasOwn(CAUSE_COLOURS, name)
    ? CAUSE_COLOURS[name as keyof typeof CAUSE_COLOURS]
    : "#595959";
}

/** The mean part of each LLM in the summed durations of an execution's calls, with p5 to p95. */
export function timeShareFigure({ llms }: RunData, { summary }: SimulatedRun): string {
  const rows = [
    ...llms.map((name, index) => ({
      name,
      colour: groupStyle(index).colour,
      share: summary.llms[name]?.time_share,
    })),
    {
      name: "tools (of the latency)",
      colour: CAUSE_COLOURS.tool,
      share: summary.tools.time_share,
    },
  ].flatMap(({ share, ...row }) => {
    if (share === undefined || share.mean === null) return [];
    return [{ ...row, mean: share.mean, p5: share.p5 ?? share.mean, p95: share.p95 ?? share.mean }];
  });
  const most = Math.max(...rows.map(({ p95, mean }) => Math.max(p95, mean)), 0.01);
  return drawChart({
    width: WIDTH,
    height: 64 + 36 * rows.length,
    marginBottom: 44,
    marginLeft: LABEL.width + 10,
    marginRight: 60,
    x: { label: "part of the time →", domain: [0, most], tickFormat: "%", grid: true, ticks: 5 },
    y: { label: null, domain: rows.map((_, index) => index), padding: 0.35, axis: null },
    marks: [
      Plot.barX(rows, { x: "mean", y: (_, index) => index, fill: "colour" }),
      Plot.ruleY(rows, { x1: "p5", x2: "p95", y: (_, index) => index, strokeWidth: 1.5 }),
      ...(["p5", "p95"] as const).map((end) =>
        Plot.tickX(rows, { x: end, y: (_, index) => index, insetTop: 5, insetBottom: 5 }),
      ),
      Plot.text(rows, {
        frameAnchor: "left",
        y: (_, index) => index,
        dx: -8,
        textAnchor: "end",
        text: ({ name }) => shortenText(name, LABEL.fontSize, LABEL.width),
        fontSize: LABEL.fontSize,
      }),
      Plot.text(rows, {
        x: ({ p95, mean }) => Math.max(p95, mean),
        y: (_, index) => index,
        dx: 8,
        textAnchor: "start",
        text: ({ mean }) => formatPercent(mean),
        fontSize: 12,
      }),
    ],
  });
}

/** The critical path of all measured executions, as one bar of parts. */
export function criticalPathFigure({ summary }: SimulatedRun): string {
  let end = 0;
  const parts = Object.entries(summary.breakdown).map(([name, value]) => {
    const start = end;
    end += value ?? 0;
    return { name, value: value ?? 0, start, end };
  });
  const width = WIDTH - 30;
  return drawChart({
    width: WIDTH,
    height: 112,
    marginBottom: 44,
    marginLeft: 15,
    marginRight: 15,
    marginTop: 8,
    x: { label: "part of the critical path →", domain: [0, 1], tickFormat: "%" },
    marks: [
      Plot.rect(parts, {
        x1: "start",
        x2: "end",
        fill: ({ name }) => causeColour(name),
        stroke: "white",
        strokeWidth: 0.5,
      }),
      Plot.text(
        parts.filter(({ name, value }) => value * width > textWidth(name, 13) + 8),
        {
          x: ({ start, value }) => start + value / 2,
          text: "name",
          fontSize: 13,
          fontWeight: 600,
          fill: "white",
        },
      ),
    ],
  });
}
