/**
 * Where the time of executions went: the part of each LLM in it with its spread over executions,
 * and the parts of the critical path by cause.
 */

import * as Plot from "@observablehq/plot";
import { formatPercent } from "../units.ts";
import { barFigure } from "./bar-figure.ts";
import { CAUSE_COLOURS, causeColour } from "./cause-colours.ts";
import { groupStyle } from "./group-style.ts";
import { drawChart } from "./plot-picture.ts";
import type { RunData, SimulatedRun } from "./run-data.ts";
import { textWidth } from "./text-width.ts";

const WIDTH = 600;

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
    const { mean, p5, p95 } = share;
    return [{ ...row, value: mean, low: p5 ?? mean, high: p95 ?? mean }];
  });
  return barFigure(rows, {
    label: "part of the time",
    tickFormat: "%",
    format: (part) => formatPercent(part),
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
