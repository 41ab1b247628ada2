/**
 * Ratios with their intervals on a logarithmic axis, with a line at one: over it the reference is
 * better.
 */

import * as Plot from "@observablehq/plot";
import { times } from "./cell-values.ts";
import { createLogAxis } from "./log-axis.ts";
import { drawChart } from "./plot-picture.ts";
import { shortenText } from "./text-width.ts";

/** A ratio. */
export interface RatioRow {
  readonly name: string;
  readonly value: number;
  readonly interval: readonly [number, number] | null;
}

const WIDTH = 600;
const ROW = 22;
const LABEL = { fontSize: 12, width: 190 };

/** The axis spans at least this factor. */
const LEAST_FACTOR = 1.3;

/** The ratios from top to bottom; undefined without any. */
export function ratioFigure(rows: readonly RatioRow[], label: string): string | undefined {
  if (rows.length === 0) return undefined;
  const ends = rows.flatMap(({ value, interval }) => [1, value, ...(interval ?? [])]);
  const axis = createLogAxis(Math.min(...ends), Math.max(...ends), LEAST_FACTOR);
  const middle = (row: RatioRow) => rows.indexOf(row) + 0.5;
  const colour = ({ interval }: RatioRow) => {
    if (interval !== null && interval[0] > 1) return "var(--good)";
    return interval !== null && interval[1] < 1 ? "var(--bad)" : "currentColor";
  };
  return drawChart({
    width: WIDTH,
    height: 60 + ROW * rows.length,
    marginTop: 12,
    marginRight: 64,
    marginBottom: 44,
    marginLeft: LABEL.width + 10,
    x: { type: "log", domain: axis.domain, axis: null },
    y: { domain: [rows.length, 0], axis: null },
    marks: [
      Plot.gridX(axis.labelled),
      Plot.axisX(axis.labelled, { label: `${label} →`, text: axis.format }),
      Plot.ruleX([1], { strokeDasharray: "4 3" }),
      Plot.ruleY(rows, {
        x1: ({ value, interval }) => interval?.[0] ?? value,
        x2: ({ value, interval }) => interval?.[1] ?? value,
        y: middle,
        stroke: colour,
        strokeWidth: 2,
      }),
      Plot.dot(rows, { x: "value", y: middle, r: 4, fill: colour }),
      Plot.text(rows, {
        frameAnchor: "left",
        y: middle,
        text: ({ name }) => shortenText(name, LABEL.fontSize, LABEL.width),
        textAnchor: "end",
        dx: -8,
        fontSize: LABEL.fontSize,
      }),
      Plot.text(rows, {
        frameAnchor: "right",
        y: middle,
        text: ({ value }) => times(value),
        textAnchor: "start",
        dx: 8,
        fontSize: LABEL.fontSize,
      }),
    ],
  });
}
